//! A thread that runs before it is told what to look at.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

use gil_timeline::{Clock, OwnThread};

use crate::timer::prepare_thread;
use crate::watched::Watched;

/// What the thread and whoever has started it tell each other before the first look.
#[derive(Debug, Default)]
struct Handshake {
    runs: AtomicBool,
    /// What to look at, or that there is nothing.
    told: OnceLock<Option<Arc<Watched>>>,
}

impl Handshake {
    /// Says that the thread runs, and waits until it is told what to look at.
    fn take_part(&self, starter: &Thread) -> Option<&Watched> {
        self.runs.store(true, Ordering::Release);
        starter.unpark();
        loop {
            if let Some(told) = self.told.get() {
                return told.as_deref();
            }
            thread::park();
        }
    }
}

/// A thread that will look at another one, and has not been told yet at which.
///
/// On a busy machine it takes milliseconds until a new thread runs, and what it could not look at meanwhile would be
/// missing. So it is started, waited for, and told only then where to look. Dropped before that, it ends.
#[derive(Debug)]
pub struct Starting {
    handshake: Arc<Handshake>,
    pub(crate) thread: OwnThread,
    pub(crate) clock: Clock,
}

impl Starting {
    /// Starts the thread, which will look at moments that are `interval` apart on average.
    ///
    /// Fails where the system allows no more threads.
    pub fn new(interval: Duration, clock: Clock) -> io::Result<Self> {
        let handshake = Arc::<Handshake>::default();
        let (shared, starter) = (Arc::clone(&handshake), thread::current());
        let thread = OwnThread::start("gil-sampler", move || {
            prepare_thread(interval);
            if let Some(watched) = shared.take_part(&starter) {
                watched.run(interval, clock);
            }
        })?;
        Ok(Self {
            handshake,
            thread,
            clock,
        })
    }

    /// Waits, in the thread that has started it, until it runs.
    pub fn wait(&self) {
        while !self.handshake.runs.load(Ordering::Acquire) {
            thread::park();
        }
    }

    /// Tells the thread what to look at; what it was told first counts.
    pub(crate) fn tell(&self, watched: Option<Arc<Watched>>) {
        let _ = self.handshake.told.set(watched);
        self.thread.unpark();
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        self.tell(None);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::time::Instant;

    use super::*;
    use crate::proof::ACTIVE;
    use crate::way::Way;

    const INTERVAL: Duration = Duration::from_micros(200);

    #[test]
    fn looks_when_it_runs_and_has_been_told() {
        let clock = Clock::anchored(Instant::now(), 0);
        let starting = Starting::new(INTERVAL, clock).unwrap();
        starting.wait();
        starting.wait();
        assert!(starting.handshake.runs.load(Ordering::Relaxed));
        let status = AtomicU32::new(!ACTIVE);
        // SAFETY: the thread has ended before the word is gone.
        let watched = Arc::new(unsafe { Watched::new(Way::Status(&status), None, clock.now()) });
        starting.tell(Some(Arc::clone(&watched)));
        while watched.tally().samples == 0 {
            thread::sleep(INTERVAL);
        }
        watched.close(clock.now());
        starting.thread.join();
    }

    #[test]
    fn its_thread_ends_if_it_never_begins() {
        let clock = Clock::anchored(Instant::now(), 0);
        let starting = Starting::new(INTERVAL, clock).unwrap();
        let handshake = Arc::clone(&starting.handshake);
        drop(starting);
        let before = Instant::now();
        while Arc::strong_count(&handshake) > 1 {
            assert!(before.elapsed() < Duration::from_secs(60));
            thread::sleep(INTERVAL);
        }
    }
}

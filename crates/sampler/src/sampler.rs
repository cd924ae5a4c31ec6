//! The thread that looks.

use std::sync::Arc;

use crate::starting::Starting;
use crate::stretch::Lines;
use crate::watched::Watched;
use crate::way::Way;

/// A thread that looks at another one until it is stopped.
#[derive(Debug)]
pub struct Sampler {
    watched: Arc<Watched>,
    started: Starting,
}

impl Sampler {
    /// Has a thread that runs look in that way from now on, and read `lines` then.
    ///
    /// # Safety
    ///
    /// Whoever frees what `way` looks at calls [`Watched::close`] before.
    pub unsafe fn begin(started: Starting, way: Way, lines: Option<Lines>) -> Self {
        // SAFETY: the caller says so.
        let watched = Arc::new(unsafe { Watched::new(way, lines, started.clock.now()) });
        started.tell(Some(Arc::clone(&watched)));
        Self { watched, started }
    }

    /// What is watched, to be closed when the thread that is watched ends.
    pub fn watched(&self) -> &Arc<Watched> {
        &self.watched
    }

    /// Lets no further look count. In a forked child, where there was none, it ended with the last one.
    pub fn close(&self) {
        if self.started.thread.is_of_this_process() {
            self.watched.close(self.started.clock.now());
        } else {
            self.watched.close(self.watched.tally().last());
        }
    }

    /// Closes it, and waits for the end of the thread, where this process has it.
    pub fn join(&self) {
        self.close();
        self.started.thread.join();
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.close(); // and then `started` wakes the thread, to see that
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use gil_timeline::Clock;

    use super::*;
    use crate::proof::ACTIVE;
    use crate::tally::Tally;

    const INTERVAL: Duration = Duration::from_micros(200);

    /// A made-up `_status`, and a thread that looks at it.
    fn watched(interval: Duration) -> (Box<AtomicU32>, Sampler) {
        let status = Box::new(AtomicU32::new(!ACTIVE));
        let clock = Clock::anchored(Instant::now(), 0);
        let starting = Starting::new(interval, clock).expect("there may be one more thread");
        starting.wait();
        // SAFETY: each test drops the sampler, or closes it, before the word.
        let sampler = unsafe { Sampler::begin(starting, Way::Status(&*status), None) };
        (status, sampler)
    }

    /// Waits until that holds of what was seen.
    fn until(sampler: &Sampler, holds: impl Fn(&Tally) -> bool) {
        let before = Instant::now();
        while !holds(&sampler.watched().tally()) {
            assert!(before.elapsed() < Duration::from_secs(60));
            thread::sleep(INTERVAL);
        }
    }

    #[test]
    fn sees_what_the_bit_says() {
        let (status, sampler) = watched(INTERVAL);
        until(&sampler, |tally| tally.samples >= 3);
        assert_eq!(sampler.watched().tally().attached, 0);
        status.fetch_or(ACTIVE, Ordering::Relaxed);
        until(&sampler, |tally| tally.attached >= 3);
        status.fetch_and(!ACTIVE, Ordering::Relaxed);
        // Three more samples would not be enough: a look that comes late stands for several of them, and those
        // that were nearer to the look before it count as attached.
        let detached = |tally: &Tally| tally.samples - tally.attached;
        let before = detached(&sampler.watched().tally());
        until(&sampler, |tally| detached(tally) >= before + 3);
        sampler.join();
        let tally = sampler.watched().tally();
        assert!(tally.attached >= 2 && tally.samples >= tally.attached + 5);
        assert_eq!((tally.releases, tally.spans.len()), (1, 3));
        assert_eq!(tally.end, tally.spans.last().map(|span| span.end));
    }

    #[test]
    fn joins_at_once_however_long_the_pause() {
        let (_status, sampler) = watched(Duration::from_secs(1 << 40));
        let before = Instant::now();
        sampler.join();
        sampler.join();
        assert!(before.elapsed() < Duration::from_secs(60));
        assert_eq!(sampler.watched().tally().samples, 0);
    }

    #[test]
    fn looks_at_nothing_that_was_closed() {
        let (status, sampler) = watched(Duration::from_micros(1));
        until(&sampler, |tally| tally.samples >= 10);
        sampler.close();
        drop(status);
        let tally = sampler.watched().tally();
        thread::sleep(Duration::from_millis(2));
        assert_eq!(sampler.watched().tally(), tally);
    }

    #[test]
    fn its_thread_ends_with_it() {
        let (_status, sampler) = watched(INTERVAL);
        let watched = Arc::clone(sampler.watched());
        drop(sampler);
        let before = Instant::now();
        while Arc::strong_count(&watched) > 1 {
            assert!(before.elapsed() < Duration::from_secs(60));
            thread::sleep(INTERVAL);
        }
    }

    #[test]
    fn a_function_can_say_it_too() {
        extern "C" fn current() -> *mut std::ffi::c_void {
            std::ptr::without_provenance_mut(8)
        }
        let way = |state| Way::Current(current, std::ptr::without_provenance_mut(state));
        // SAFETY: nothing is read.
        assert!(unsafe { way(8).is_attached() });
        // SAFETY: as above.
        assert!(!unsafe { way(16).is_attached() });
    }
}

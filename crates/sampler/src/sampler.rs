//! The thread that looks.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use gil_timeline::Clock;
use gil_timeline::fork::ForkSafeMutex;

use crate::starting::Starting;
use crate::stretch::Lines;
use crate::tally::Tally;
use crate::timer::{Schedule, wait};
use crate::way::Way;

/// What is known of the thread that is watched, and how to look at it as long as it is there.
#[derive(Debug)]
pub struct Watched(ForkSafeMutex<Inner>);

#[derive(Debug)]
struct Inner {
    way: Option<Way>,
    tally: Tally,
    lines: Option<Lines>,
}

impl Watched {
    /// Says that no look counts any more, and that there may be nothing left to look at.
    ///
    /// When this returns no look is under way. Called again, it does nothing.
    pub fn close(&self, now: i64) {
        self.0.with(|inner| {
            inner.way = None;
            inner.tally.finish(now);
        });
    }

    /// The file, the line and the function in which the thread was in the longest attached stretch, if that
    /// could be read.
    pub fn longest_line(&self) -> Option<(String, u32, String)> {
        self.0.with(|inner| {
            let place = inner.lines.as_ref()?.of_the_longest(&inner.tally)?;
            let (file, line, function) = place.line()?;
            Some((file.to_owned(), line, function.to_owned()))
        })
    }

    /// What was seen so far.
    pub fn tally(&self) -> Tally {
        self.0.with(|inner| inner.tally.clone())
    }

    /// Looks, if a moment of `schedule` has come. Returns how long it is to the next one, or `None` if there is
    /// nothing left to look at.
    fn look(&self, clock: Clock, schedule: &mut Schedule) -> Option<Duration> {
        self.0.with(|inner| {
            let way = inner.way?;
            // SAFETY: `close` was not called, and before the thread state is freed it is.
            let attached = unsafe { way.is_attached() };
            let now = clock.now();
            let moments = schedule.pass(inner.tally.last(), now);
            if moments != (0, 0) {
                inner.tally.add(now, attached, moments);
                if let Some(lines) = &mut inner.lines {
                    lines.look(&inner.tally);
                }
            }
            Some(schedule.rest(now))
        })
    }

    /// Looks until there is nothing left to look at.
    pub(crate) fn run(&self, interval: Duration, clock: Clock) {
        let mut schedule = Schedule::new(interval, self.tally().last());
        while let Some(rest) = self.look(clock, &mut schedule) {
            wait(rest);
        }
    }
}

/// All that watches one thread, to be closed when it ends.
#[derive(Debug, Default)]
pub struct Watching(Mutex<Vec<Weak<Watched>>>);

impl Watching {
    /// Adds one, and forgets those that are gone.
    pub fn add(&self, watched: &Arc<Watched>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|watched| watched.strong_count() > 0);
        all.push(Arc::downgrade(watched));
    }

    /// Closes them all.
    pub fn close(&mut self, now: i64) {
        let all = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for watched in all.drain(..).filter_map(|watched| watched.upgrade()) {
            watched.close(now);
        }
    }
}

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
        let watched = Arc::new(Watched(ForkSafeMutex::new(Inner {
            way: Some(way),
            tally: Tally::new(started.clock.now()),
            lines,
        })));
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
            self.watched
                .close(self.watched.0.with(|inner| inner.tally.last()));
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
    use std::time::Instant;

    use super::*;
    use crate::proof::ACTIVE;

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

    fn until(samples: u64, sampler: &Sampler) {
        let before = sampler.watched().tally().samples;
        while sampler.watched().tally().samples < before + samples {
            thread::sleep(INTERVAL);
        }
    }

    #[test]
    fn sees_what_the_bit_says() {
        let (status, sampler) = watched(INTERVAL);
        until(3, &sampler);
        assert_eq!(sampler.watched().tally().attached, 0);
        status.fetch_or(ACTIVE, Ordering::Relaxed);
        until(3, &sampler);
        status.fetch_and(!ACTIVE, Ordering::Relaxed);
        until(3, &sampler);
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
        until(10, &sampler);
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
    fn whoever_watches_is_closed_and_forgotten_when_gone() {
        let (_status, sampler) = watched(INTERVAL);
        let mut watching = Watching::default();
        for _ in 0..10 {
            let (_status, gone) = watched(INTERVAL);
            watching.add(gone.watched());
            gone.join();
        }
        watching.add(sampler.watched());
        assert!(watching.0.lock().unwrap().len() <= 2); // one may have been joined just now
        until(1, &sampler);
        watching.close(7);
        assert_eq!(sampler.watched().tally().end, Some(7));
        assert!(watching.0.lock().unwrap().is_empty());
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

//! What is known of a thread that is watched, and how to look at it.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use gil_timeline::Clock;
use gil_timeline::fork::ForkSafeMutex;

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
    /// What `way` looks at, from `now` on, and where `lines` are read then.
    ///
    /// # Safety
    ///
    /// Whoever frees that calls [`Watched::close`] before.
    pub(crate) unsafe fn new(way: Way, lines: Option<Lines>, now: i64) -> Self {
        Self(ForkSafeMutex::new(Inner {
            way: Some(way),
            tally: Tally::new(now),
            lines,
        }))
    }

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::proof::ACTIVE;

    fn watched(status: &AtomicU32) -> Arc<Watched> {
        // SAFETY: nothing looks.
        Arc::new(unsafe { Watched::new(Way::Status(status), None, 0) })
    }

    #[test]
    fn whoever_watches_is_closed_and_forgotten_when_gone() {
        let status = AtomicU32::new(!ACTIVE);
        let mut watching = Watching::default();
        for _ in 0..10 {
            watching.add(&watched(&status));
        }
        let kept = watched(&status);
        watching.add(&kept);
        assert_eq!(watching.0.lock().unwrap().len(), 1);
        watching.close(7);
        assert_eq!(kept.tally().end, Some(7));
        assert!(watching.0.lock().unwrap().is_empty());
    }
}

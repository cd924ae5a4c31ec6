//! The log itself.

use std::borrow::Cow;

use crate::Clock;
use crate::fork::ForkSafeMutex;

/// One fact: at `ns`, `thread` passed the point `label`, attached to an interpreter or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Nanoseconds of `time.perf_counter_ns()`.
    pub ns: i64,
    /// The thread's identifier, as `threading.get_ident()` gives it.
    pub thread: u64,
    /// What the thread was about to do or had just done.
    pub label: Cow<'static, str>,
    /// Whether the thread was attached at that moment, read from its thread state.
    pub attached: bool,
}

/// An append-only log that any number of threads may write to.
///
/// Its mutex is safe to take both attached and detached: nothing is called while it is held, so its
/// holder never waits for an interpreter. A fork waits until nobody holds it.
#[derive(Debug)]
pub struct Recorder {
    clock: Clock,
    records: ForkSafeMutex<Vec<Record>>,
}

impl Recorder {
    /// An empty log whose times come from `clock`.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            records: ForkSafeMutex::default(),
        }
    }

    /// Appends one record, stamped now.
    ///
    /// The stamp is read under the lock: the order of the log is the order of time.
    pub fn record(&self, thread: u64, label: impl Into<Cow<'static, str>>, attached: bool) {
        let label = label.into();
        self.records.with(|records| {
            records.push(Record {
                ns: self.clock.now(),
                thread,
                label,
                attached,
            });
        });
    }

    /// A copy of the log as it is now, oldest record first.
    pub fn snapshot(&self) -> Vec<Record> {
        self.records.with(|records| records.clone())
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.records.with(|records| records.len())
    }

    /// Whether nothing was recorded yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;
    use std::time::Instant;

    use super::*;

    fn recorder() -> Recorder {
        Recorder::new(Clock::anchored(Instant::now(), 0))
    }

    #[test]
    fn starts_empty() {
        assert!(recorder().is_empty());
    }

    #[test]
    fn keeps_what_was_recorded() {
        let log = recorder();
        log.record(7, "enter", true);
        log.record(7, String::from("mine"), false);
        let seen: Vec<_> = log
            .snapshot()
            .into_iter()
            .map(|r| (r.thread, r.label, r.attached))
            .collect();
        assert_eq!(seen, [(7, "enter".into(), true), (7, "mine".into(), false)]);
    }

    #[test]
    fn loses_nothing_and_keeps_time_order_under_contention() {
        const THREADS: u64 = 8;
        const EACH: usize = 2_000;
        let log = recorder();
        let start = Barrier::new(THREADS as usize);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (log, start) = (&log, &start);
                scope.spawn(move || {
                    start.wait();
                    for step in 0..EACH {
                        log.record(thread, step.to_string(), false);
                    }
                });
            }
        });
        let records = log.snapshot();
        assert_eq!(records.len(), THREADS as usize * EACH);
        assert!(records.is_sorted_by_key(|r| r.ns));
        for thread in 0..THREADS {
            let own = records.iter().filter(|r| r.thread == thread);
            assert!(own.map(|r| &*r.label).eq((0..EACH).map(|n| n.to_string())));
        }
    }

    #[test]
    fn a_snapshot_is_a_prefix_of_a_later_one() {
        let log = recorder();
        thread::scope(|scope| {
            scope.spawn(|| (0..5_000).for_each(|_| log.record(1, "tick", true)));
            let mut earlier = log.snapshot();
            for _ in 0..50 {
                let later = log.snapshot();
                assert!(later.starts_with(&earlier));
                earlier = later;
            }
        });
    }
}

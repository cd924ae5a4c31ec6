//! One clock for Rust and Python events.

use std::time::Instant;

/// Converts [`Instant`]s to the nanoseconds of Python's `time.perf_counter_ns()`.
///
/// That is the clock of `time.monotonic_ns()` too, except on Windows before Python 3.13: there the
/// latter is GetTickCount64, which goes on every 16 ms.
///
/// Both read the same operating-system clock, but `Instant` hides its number, so one pair of
/// readings taken together ties them; the error is the time between those two readings.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    instant: Instant,
    ns: i64,
}

impl Clock {
    /// Ties `instant` to `ns`, the reading of `time.perf_counter_ns()` at that moment.
    pub fn anchored(instant: Instant, ns: i64) -> Self {
        Self { instant, ns }
    }

    /// The present moment, in nanoseconds of `time.perf_counter_ns()`.
    pub fn now(&self) -> i64 {
        let elapsed = i64::try_from(self.instant.elapsed().as_nanos()).unwrap_or(i64::MAX);
        self.ns.saturating_add(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn counts_on_from_the_anchor() {
        let clock = Clock::anchored(Instant::now(), 1_000);
        let first = clock.now();
        std::thread::sleep(Duration::from_millis(2));
        assert!(first >= 1_000);
        assert!(clock.now() - first >= 2_000_000);
    }

    #[test]
    fn saturates_instead_of_wrapping() {
        assert_eq!(Clock::anchored(Instant::now(), i64::MAX).now(), i64::MAX);
    }
}

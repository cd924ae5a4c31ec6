//! When to look next: after a pause that nobody can foresee.
//!
//! Pauses of one length would keep step with work that has a rhythm of its own: on 0.1 ms of holding and
//! 0.1 ms of sleeping, looks every 0.1 ms saw the one or the other three times as often as it happened.
//! Exponentially distributed ones fall equally on every moment.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::Duration;

/// Pauses that are exponentially distributed.
#[derive(Clone, Debug)]
pub struct Pauses {
    mean: Duration,
    state: u64,
}

impl Pauses {
    /// Pauses that last `mean` on average, other ones each time.
    pub fn new(mean: Duration) -> Self {
        Self::seeded(mean, RandomState::new().hash_one(mean)) // the standard library's own random keys
    }

    fn seeded(mean: Duration, state: u64) -> Self {
        Self { mean, state }
    }

    /// The next pause.
    pub fn draw(&mut self) -> Duration {
        let factor = -self.uniform().ln();
        Duration::try_from_secs_f64(self.mean.as_secs_f64() * factor).unwrap_or(Duration::MAX)
    }

    /// More than 0, at most 1: 53 bits of what SplitMix64 gives.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        ((bits >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

/// A pause that is slept through: that takes an eighth less of the processor than one that can be cut short,
/// and on Windows those end at whole milliseconds.
const SHORT: Duration = Duration::from_millis(16);

/// Waits for `pause`, or until the thread is unparked if that is long; may also return early for no reason.
pub fn wait(pause: Duration) {
    if pause < SHORT {
        thread::sleep(pause);
    } else {
        thread::park_timeout(pause);
    }
}

/// Has the system run this thread as soon as its pause is over, and leave all signals to other threads.
///
/// A thread that is late looks at a moment that is not random any more: it had to wait for the watched
/// thread to leave the processor, and then that is hardly attached. A signal that this thread took would
/// not end the sleep of the thread that it was meant for.
pub fn prepare_thread(interval: Duration) {
    #[cfg(target_os = "linux")]
    linux::wake_at_once(interval);
    #[cfg(not(target_os = "linux"))]
    let _ = interval;
    // SAFETY: the set is filled before it is read, and the call changes this thread's own mask only.
    #[cfg(unix)]
    unsafe {
        let mut all = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::mem::size_of;
    use std::time::Duration;

    /// Nanoseconds by which a pause may be longer, to save power; by default 50,000.
    const SLACK: libc::c_ulong = 1_000;
    /// Nanoseconds that this thread runs at a time, the least there is. Since Linux 6.12 it therefore seldom
    /// has to wait until another one has had its own time, 3 ms or so.
    const SLICE: u64 = 100_000;
    /// With shorter pauses the thread would take so much of a core that others have to have their turn.
    const REAL_TIME: Duration = Duration::from_micros(100);

    /// Before all others, where the system lets this process have that; else as soon as may be.
    pub fn wake_at_once(interval: Duration) {
        // SAFETY: takes a number and changes nothing but this thread's own.
        unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, SLACK) };
        let size = size_of::<libc::sched_attr>() as libc::c_uint;
        // SAFETY: all zeros are a value of this struct of numbers.
        let mut own: libc::sched_attr = unsafe { std::mem::zeroed() };
        // SAFETY: the kernel writes at most `size` bytes to the struct; 0 is the calling thread.
        let got = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &mut own, size, 0) };
        if got != 0 || own.sched_policy != libc::SCHED_OTHER as u32 {
            return;
        }
        let mut real_time = own;
        real_time.sched_policy = libc::SCHED_FIFO as u32;
        real_time.sched_priority = 1;
        real_time.sched_nice = 0;
        real_time.sched_runtime = 0;
        if interval < REAL_TIME || !set(&real_time) {
            own.sched_runtime = SLICE;
            set(&own); // older kernels ignore the slice
        }
    }

    fn set(attributes: &libc::sched_attr) -> bool {
        // SAFETY: the kernel reads the struct, which says itself how long it is; 0 is the calling thread.
        unsafe { libc::syscall(libc::SYS_sched_setattr, 0, attributes, 0) == 0 }
    }
}

/// The moments to look at, which stay where they are however late a look is.
#[derive(Clone, Debug)]
pub struct Schedule {
    pauses: Pauses,
    due: i64,
}

/// How many moments that were missed one look may stand for; after so many the schedule begins anew. Without an
/// end, a schedule of moments closer than a look takes would fall ever further behind.
const MISSED: u64 = 1_000;

impl Schedule {
    /// Moments that are `mean` apart on average, from `now` on.
    pub fn new(mean: Duration, now: i64) -> Self {
        let mut schedule = Self {
            pauses: Pauses::new(mean),
            due: now,
        };
        schedule.advance();
        schedule
    }

    fn advance(&mut self) {
        let pause = i64::try_from(self.pauses.draw().as_nanos()).unwrap_or(i64::MAX);
        self.due = self.due.saturating_add(pause);
    }

    /// How long it is from `now` to the next moment.
    pub fn rest(&self, now: i64) -> Duration {
        Duration::from_nanos(self.due.saturating_sub(now).try_into().unwrap_or(0))
    }

    /// Of the moments up to a look at `now`, how many were nearer to the look before, at `last`, and how many
    /// nearer to this one. There are several where the system did not let the thread run in time.
    pub fn pass(&mut self, last: i64, now: i64) -> (u64, u64) {
        let middle = last + (now - last) / 2;
        let (mut before, mut after) = (0, 0);
        while self.due <= now {
            if before + after == MISSED {
                self.due = now;
            } else if self.due < middle {
                before += 1;
            } else {
                after += 1;
            }
            self.advance();
        }
        (before, after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn schedule(mean: Duration) -> Schedule {
        let pauses = Pauses::seeded(mean, 1);
        Schedule { pauses, due: 0 }
    }

    #[test]
    fn a_moment_that_was_missed_counts_as_the_look_nearest_to_it() {
        let mut schedule = schedule(Duration::from_millis(10));
        let (before, after) = schedule.pass(0, SECOND);
        assert!((30..=70).contains(&before) && (30..=70).contains(&after));
        assert_eq!(schedule.pass(SECOND, SECOND), (0, 0));
        let rest = schedule.rest(SECOND);
        assert!(!rest.is_zero());
        let due = SECOND + rest.as_nanos() as i64;
        assert_eq!(schedule.clone().pass(SECOND, due - 1), (0, 0));
        assert_eq!(schedule.clone().pass(due - 10, due + 13), (1, 0));
        assert_eq!(schedule.clone().pass(due - 10, due + 1), (0, 1));
        assert!(schedule.rest(due + 1).is_zero());
    }

    #[test]
    fn a_schedule_that_is_too_far_behind_begins_anew() {
        let mut schedule = schedule(Duration::from_nanos(1));
        let (before, after) = schedule.pass(0, 1_000 * SECOND);
        assert_eq!(before + after, MISSED);
        assert!(schedule.due > 1_000 * SECOND);
    }

    #[test]
    fn a_moment_beyond_all_time_never_comes() {
        let schedule = Schedule::new(Duration::MAX, 0);
        assert!(schedule.rest(0) > Duration::from_secs(1 << 30));
    }

    fn drawn(count: usize) -> Vec<f64> {
        let mut pauses = Pauses::seeded(Duration::from_secs(1), 1);
        (0..count).map(|_| pauses.draw().as_secs_f64()).collect()
    }

    #[test]
    fn pauses_are_exponentially_distributed() {
        let mut drawn = drawn(100_000);
        drawn.sort_by(f64::total_cmp);
        for (position, value) in drawn.iter().enumerate() {
            let below = (position as f64 + 0.5) / drawn.len() as f64;
            let expected = 1.0 - (-value).exp();
            assert!((below - expected).abs() < 0.01);
        }
    }

    #[test]
    fn a_pause_says_nothing_about_the_next() {
        let drawn = drawn(100_000);
        let products: f64 = drawn
            .windows(2)
            .map(|pair| (pair[0] - 1.0) * (pair[1] - 1.0))
            .sum();
        assert!((products / drawn.len() as f64).abs() < 0.02);
    }

    #[test]
    fn two_draw_other_pauses() {
        let [mut one, mut other] = [Pauses::new(Duration::MAX), Pauses::new(Duration::MAX)];
        assert_ne!(one.uniform(), other.uniform());
    }

    #[test]
    fn more_than_a_duration_holds_is_the_longest_one() {
        let mut pauses = Pauses::seeded(Duration::MAX, 1);
        assert!((0..100).any(|_| pauses.draw() == Duration::MAX));
    }
}

//! Work of which is known for what part of its time it is attached: by its own clock, read on both sides
//! of every detach and attach. What a sampler says of the same call has to agree.
//!
//! Waiting to attach again counts as detached, as it is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// The time that a call has been attached.
struct Meter {
    start: Instant,
    since: Instant, // it is attached
    attached: Duration,
}

impl Meter {
    fn start() -> Self {
        let start = Instant::now();
        Self {
            start,
            since: start,
            attached: Duration::ZERO,
        }
    }

    fn detach<T: Send>(&mut self, py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
        self.attached += self.since.elapsed();
        let value = py.detach(work);
        self.since = Instant::now();
        value
    }

    fn lasts(&self, seconds: f64) -> bool {
        self.start.elapsed().as_secs_f64() < seconds
    }

    fn share(mut self) -> f64 {
        let end = Instant::now();
        self.attached += end - self.since;
        self.attached.as_secs_f64() / (end - self.start).as_secs_f64()
    }
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Sleep detached for ``seconds``; return the share of the time that the thread was attached, about 0.
#[pyfunction]
pub fn load_sleep(py: Python<'_>, seconds: f64) -> f64 {
    let mut meter = Meter::start();
    meter.detach(py, || thread::sleep(Duration::from_secs_f64(seconds)));
    meter.share()
}

/// Compute attached for ``seconds``; return the share of the time that the thread was attached, 1.
#[pyfunction]
pub fn load_spin(_py: Python<'_>, seconds: f64) -> f64 {
    let meter = Meter::start();
    spin(Duration::from_secs_f64(seconds));
    meter.share()
}

/// Compute detached for ``seconds``, as a hash of much data does; return the share attached, about 0.
#[pyfunction]
pub fn load_compute_detached(py: Python<'_>, seconds: f64) -> f64 {
    let mut meter = Meter::start();
    meter.detach(py, || spin(Duration::from_secs_f64(seconds)));
    meter.share()
}

/// Compute attached and compute detached in turns, each for ``part`` seconds; return the share attached.
///
/// With ``sleep`` it sleeps where it is detached.
#[pyfunction]
#[pyo3(signature = (seconds, part, *, sleep = false))]
pub fn load_periodic(py: Python<'_>, seconds: f64, part: f64, sleep: bool) -> f64 {
    let part = Duration::from_secs_f64(part);
    let mut meter = Meter::start();
    while meter.lasts(seconds) {
        spin(part);
        meter.detach(py, || {
            if sleep {
                thread::sleep(part)
            } else {
                spin(part)
            }
        });
    }
    meter.share()
}

/// Compute attached, and detach for next to no time every 20 microseconds; return the share attached.
#[pyfunction]
pub fn load_short_releases(py: Python<'_>, seconds: f64) -> f64 {
    let mut meter = Meter::start();
    while meter.lasts(seconds) {
        spin(Duration::from_micros(20));
        meter.detach(py, || ());
    }
    meter.share()
}

/// Compute attached for 0.5 ms and wait detached for a lock, which another thread has 2 ms at a time; return
/// the share attached.
#[pyfunction]
pub fn load_lock_waits(py: Python<'_>, seconds: f64) -> f64 {
    let (lock, done) = (Mutex::new(()), AtomicBool::new(false));
    let mut meter = Meter::start();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let held = lock.lock();
                thread::sleep(Duration::from_millis(2));
                drop(held);
                thread::sleep(Duration::from_micros(200));
            }
        });
        while meter.lasts(seconds) {
            spin(Duration::from_micros(500));
            meter.detach(py, || drop(lock.lock()));
        }
        done.store(true, Ordering::Relaxed);
        meter.detach(py, || drop(lock.lock()));
    });
    meter.share()
}

/// Detach, and inside that attach for 3 of every 8 milliseconds; return the share attached.
#[pyfunction]
pub fn load_nested_attach(py: Python<'_>, seconds: f64) -> f64 {
    let mut meter = Meter::start();
    let inner = meter.detach(py, || {
        let begun = Instant::now();
        let mut attached = Duration::ZERO;
        while begun.elapsed().as_secs_f64() < seconds {
            thread::sleep(Duration::from_millis(5));
            attached += Python::attach(|_| {
                let since = Instant::now();
                spin(Duration::from_millis(3));
                since.elapsed()
            });
        }
        attached
    });
    meter.attached += inner;
    meter.share()
}

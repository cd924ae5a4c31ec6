//! The control of an observation: a thread that no GIL can stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gil_timeline::{Clock, OwnThread};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::instruments::background::{Notes, pause, start};
use crate::timeline::clock;
use crate::values::seconds;
use crate::values::sequences::list_of;

/// A thread made by Rust that ticks every ``interval`` seconds and never attaches.
///
/// What stops a Python thread and not this one is the interpreter, not a busy machine: compare the
/// two over the same time. It begins at once, and ends with ``stop`` or with this object.
///
/// Raises:
///     ValueError: ``interval`` is no finite number of seconds above 0.
///     RuntimeError: the system allows no more threads.
#[pyclass(frozen, module = "gil")]
pub struct Ticker {
    ticks: Arc<Ticks>,
    thread: OwnThread,
}

struct Ticks {
    ended: AtomicBool,
    moments: Notes<i64>,
}

impl Ticks {
    fn run(&self, interval: Duration, clock: Clock) {
        let mut last = Instant::now();
        while pause(last, interval, &self.ended) && self.moments.add(|| clock.now()) {
            last = Instant::now();
        }
    }
}

#[pymethods]
impl Ticker {
    #[new]
    fn new(interval: f64) -> PyResult<Self> {
        let interval = seconds::interval(interval)?;
        let clock = clock()?;
        let ticks = Arc::new(Ticks {
            ended: AtomicBool::new(false),
            moments: Notes::new(),
        });
        let ticking = Arc::clone(&ticks);
        let thread = start("gil-ticker", move || ticking.run(interval, clock))?;
        Ok(Self { ticks, thread })
    }

    /// End the thread and return when it ticked, in nanoseconds of ``time.perf_counter_ns()``.
    ///
    /// Called again, it returns the same. A forked child has not got the thread: there it returns
    /// the ticks up to the fork.
    ///
    /// Raises:
    ///     MemoryError: there was no memory for all the ticks.
    fn stop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let moments = py.detach(|| {
            self.ticks.ended.store(true, Ordering::Relaxed);
            self.thread.join();
            self.ticks.moments.copy()
        })?;
        list_of(py, &moments)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.ticks.ended.store(true, Ordering::Relaxed);
        self.thread.unpark();
    }
}

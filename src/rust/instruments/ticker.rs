//! The control of an observation: a thread that no GIL can stop.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gil_timeline::Clock;
use gil_timeline::fork::{ForkSafeMutex, generation};
use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::timeline::clock;
use crate::values::reserve::reserved;
use crate::values::seconds::duration;
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
    // Of no use to a forked child, which has neither the thread nor whoever waits for its end.
    thread: Mutex<Option<JoinHandle<()>>>,
    generation: u64,
}

#[derive(Default)]
struct Ticks {
    ended: AtomicBool,
    out_of_memory: AtomicBool,
    moments: ForkSafeMutex<Vec<i64>>,
}

impl Ticks {
    fn run(&self, pause: Duration, clock: Clock) {
        let mut last = Instant::now();
        while !self.ended.load(Ordering::Relaxed) {
            // A thread that is parked may wake for no reason.
            let rest = pause.saturating_sub(last.elapsed());
            if !rest.is_zero() {
                thread::park_timeout(rest);
            } else if self.tick(clock) {
                last = Instant::now();
            } else {
                self.out_of_memory.store(true, Ordering::Relaxed);
                return;
            }
        }
    }

    /// Returns false if there is no memory.
    fn tick(&self, clock: Clock) -> bool {
        self.moments.with(|moments| {
            let room = moments.try_reserve(1).is_ok();
            if room {
                moments.push(clock.now());
            }
            room
        })
    }

    fn copy(&self) -> PyResult<Vec<i64>> {
        self.moments.with(|moments| {
            let mut copy = reserved(moments.len())?;
            copy.extend_from_slice(moments);
            Ok(copy)
        })
    }
}

#[pymethods]
impl Ticker {
    #[new]
    fn new(interval: f64) -> PyResult<Self> {
        let pause = duration("interval", interval)?;
        if pause.is_zero() {
            return Err(PyValueError::new_err("interval must be more than 0"));
        }
        let clock = clock()?;
        let ticks = Arc::new(Ticks::default());
        let thread = {
            let ticks = Arc::clone(&ticks);
            thread::Builder::new()
                .spawn(move || ticks.run(pause, clock))
                .map_err(|_| PyRuntimeError::new_err("can't start new thread"))?
        };
        Ok(Self {
            ticks,
            thread: Mutex::new(Some(thread)),
            generation: generation(),
        })
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
            if self.is_of_this_process() {
                // Held to the end of the thread: another `stop` meanwhile returns no less.
                let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(thread) = thread.take() {
                    self.ticks.ended.store(true, Ordering::Relaxed);
                    thread.thread().unpark();
                    let _ = thread.join(); // it cannot panic
                }
            }
            self.ticks.copy()
        })?;
        if self.ticks.out_of_memory.load(Ordering::Relaxed) {
            return Err(PyMemoryError::new_err(()));
        }
        list_of(py, &moments)
    }
}

impl Ticker {
    fn is_of_this_process(&self) -> bool {
        self.generation == generation()
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        let of_this_process = self.is_of_this_process();
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(thread) = thread.take() else {
            return;
        };
        if of_this_process {
            self.ticks.ended.store(true, Ordering::Relaxed);
            thread.thread().unpark();
        } else {
            mem::forget(thread); // there is nothing left to detach from
        }
    }
}

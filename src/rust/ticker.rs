//! The control of an observation: a thread that no GIL can stop.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::Instant;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::seconds::duration;
use crate::timeline::clock;

/// A thread made by Rust that ticks every ``interval`` seconds and never attaches.
///
/// What stops a Python thread and not this one is the interpreter, not a busy machine: compare the
/// two over the same time. It begins at once, and ends with ``stop`` or with this object.
///
/// Raises:
///     ValueError: ``interval`` is no finite number of seconds above 0.
///     RuntimeError: the system allows no more threads.
#[pyclass(frozen, module = "gil")]
pub struct Ticker(Mutex<State>);

enum State {
    Running(Ending, JoinHandle<Vec<i64>>),
    Stopped(Vec<i64>),
}

// Ends the thread when dropped.
struct Ending(Arc<AtomicBool>, Thread);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.unpark();
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
        let ended = Arc::new(AtomicBool::new(false));
        let tick = {
            let ended = Arc::clone(&ended);
            move || {
                let mut moments = Vec::new();
                let mut last = Instant::now();
                while !ended.load(Ordering::Relaxed) {
                    // A thread that is parked may wake for no reason.
                    let rest = pause.saturating_sub(last.elapsed());
                    if rest.is_zero() {
                        moments.push(clock.now());
                        last = Instant::now();
                    } else {
                        thread::park_timeout(rest);
                    }
                }
                moments
            }
        };
        let thread = thread::Builder::new()
            .spawn(tick)
            .map_err(|_| PyRuntimeError::new_err("can't start new thread"))?;
        let ending = Ending(ended, thread.thread().clone());
        Ok(Self(Mutex::new(State::Running(ending, thread))))
    }

    /// End the thread and return when it ticked, in nanoseconds of ``time.monotonic_ns()``.
    ///
    /// Called again, it returns the same.
    fn stop(&self, py: Python<'_>) -> Vec<i64> {
        py.detach(|| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let moments = match mem::replace(&mut *state, State::Stopped(Vec::new())) {
                State::Running(ending, thread) => {
                    drop(ending);
                    thread.join().unwrap_or_default() // it cannot panic
                }
                State::Stopped(moments) => moments,
            };
            *state = State::Stopped(moments.clone());
            moments
        })
    }
}

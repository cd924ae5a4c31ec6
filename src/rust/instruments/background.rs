//! What the threads do alike that work in the background for an instrument.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gil_timeline::OwnThread;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Starts a thread, or raises RuntimeError where the system allows no more; the system knows its name, too.
pub fn start(name: &str, work: impl FnOnce() + Send + 'static) -> PyResult<OwnThread> {
    OwnThread::start(name, work).map_err(|_| PyRuntimeError::new_err("can't start new thread"))
}

/// Parks the thread until `length` is over since then; returns false as soon as it has `ended` before.
pub fn pause(since: Instant, length: Duration, ended: &AtomicBool) -> bool {
    while !ended.load(Ordering::Relaxed) {
        // A thread that is parked may wake for no reason.
        let rest = length.saturating_sub(since.elapsed());
        if rest.is_zero() {
            return true;
        }
        thread::park_timeout(rest);
    }
    false
}

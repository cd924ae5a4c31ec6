//! What the threads do alike that work in the background for an instrument.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gil_timeline::OwnThread;
use gil_timeline::fork::ForkSafeMutex;
use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;

use crate::values::reserve::reserved;

/// Starts a thread, or raises RuntimeError where the system allows no more; the system knows its name, too.
pub fn start(name: &str, work: impl FnOnce() + Send + 'static) -> PyResult<OwnThread> {
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|_| PyRuntimeError::new_err("can't start new thread"))?;
    Ok(OwnThread::new(thread))
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

/// What such a thread notes for whoever stops it.
pub struct Notes<T> {
    all: ForkSafeMutex<Vec<T>>,
    out_of_memory: AtomicBool,
}

impl<T: Copy> Notes<T> {
    /// None yet.
    pub fn new() -> Self {
        Self {
            all: ForkSafeMutex::new(Vec::new()),
            out_of_memory: AtomicBool::new(false),
        }
    }

    /// Adds what `note` gives. Returns false if there is no memory for it; then `copy` fails.
    pub fn add(&self, note: impl FnOnce() -> T) -> bool {
        let added = self.all.with(|all| {
            let room = all.try_reserve(1).is_ok();
            if room {
                all.push(note());
            }
            room
        });
        if !added {
            self.out_of_memory.store(true, Ordering::Relaxed);
        }
        added
    }

    /// All of them, or MemoryError.
    pub fn copy(&self) -> PyResult<Vec<T>> {
        if self.out_of_memory.load(Ordering::Relaxed) {
            return Err(PyMemoryError::new_err(()));
        }
        self.all.with(|all| {
            let mut copy = reserved(all.len())?;
            copy.extend_from_slice(all);
            Ok(copy)
        })
    }
}

//! Waiting, attached, for a lock whose holder detached and must attach again.
//!
//! Rule: take a lock with `lock_py_attached`, which detaches while it waits, or never keep one over a
//! detach or a call into Python (which may detach inside). With a GIL two threads are enough for a
//! deadlock: one has the lock and wants the GIL, the other has the GIL and wants the lock. Without,
//! it takes a third that stops the world, a garbage collection for instance.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::MutexExt;

static LOCK: Mutex<()> = Mutex::new(());

fn keep_over_detach(py: Python<'_>, guard: MutexGuard<'_, ()>, ms: u64) {
    py.detach(|| thread::sleep(Duration::from_millis(ms)));
    drop(guard);
}

/// Hazard: wait for the lock attached; keep it while detached for ``ms`` milliseconds.
#[pyfunction]
pub fn lock_attached(py: Python<'_>, ms: u64) {
    keep_over_detach(py, LOCK.lock().unwrap_or_else(PoisonError::into_inner), ms);
}

/// Cure: wait for the lock detached; keep it as long.
#[pyfunction]
pub fn lock_py_attached(py: Python<'_>, ms: u64) {
    let guard = LOCK
        .lock_py_attached(py)
        .unwrap_or_else(PoisonError::into_inner);
    keep_over_detach(py, guard, ms);
}

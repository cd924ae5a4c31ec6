//! `&mut self` kept over a detach.
//!
//! Rule: share objects between threads as `#[pyclass(frozen)]`, with atomics or a lock inside. A
//! `&mut self` borrows the object for the whole call; who comes meanwhile does not wait but fails,
//! with a GIL as well: it was given away inside.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// Hazard: calls from two threads at once fail.
#[pyclass]
#[derive(Default)]
pub struct BorrowedTally {
    total: u64,
}

#[pymethods]
impl BorrowedTally {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Detach for ``ms`` milliseconds, then count one.
    ///
    /// Raises:
    ///     RuntimeError: another call is under way.
    fn add(&mut self, py: Python<'_>, ms: u64) {
        py.detach(|| thread::sleep(Duration::from_millis(ms)));
        self.total += 1;
    }

    #[getter]
    fn total(&self) -> u64 {
        self.total
    }
}

/// Cure: calls at once all count.
#[pyclass(frozen)]
#[derive(Default)]
pub struct AtomicTally {
    total: AtomicU64,
}

#[pymethods]
impl AtomicTally {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Detach for ``ms`` milliseconds, then count one.
    fn add(&self, py: Python<'_>, ms: u64) {
        py.detach(|| thread::sleep(Duration::from_millis(ms)));
        self.total.fetch_add(1, Ordering::Relaxed);
    }

    #[getter]
    fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

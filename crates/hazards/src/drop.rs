//! Dropping the last reference to an object while detached.
//!
//! Rule: attach to drop what must go now. Without being attached no reference can be given back, so
//! PyO3 notes it and does that when any thread next attaches through it: the object, and whatever it
//! holds (a file, much memory), lives on until then.

use std::thread;

use pyo3::prelude::*;

/// Hazard: drop ``obj`` in a thread that never attaches. (So it is safe to join it attached.)
#[pyfunction]
pub fn drop_detached(obj: Py<PyAny>) {
    thread::spawn(|| drop(obj)).join().unwrap();
}

/// Cure: attach there to drop it.
#[pyfunction]
pub fn drop_attached(py: Python<'_>, obj: Py<PyAny>) {
    let thread = thread::spawn(|| Python::attach(|_| drop(obj)));
    py.detach(|| thread.join().unwrap());
}

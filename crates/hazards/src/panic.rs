//! A panic while detached.
//!
//! Rule: return an error. PyO3 attaches again and turns the panic into a `PanicException`, so nothing
//! breaks; but that is a `BaseException`: `except Exception` lets it pass, and a thread or a whole
//! program ends.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Hazard: panic inside `detach`.
#[pyfunction]
pub fn panic_detached(py: Python<'_>) {
    py.detach(|| panic!("boom while detached"));
}

/// Cure: fail inside `detach`, raise when attached again.
///
/// Raises:
///     RuntimeError: always.
#[pyfunction]
pub fn fail_detached(py: Python<'_>) -> PyResult<()> {
    py.detach(|| Err("boom while detached"))
        .map_err(PyRuntimeError::new_err)
}

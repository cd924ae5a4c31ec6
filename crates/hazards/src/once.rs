//! Waiting, attached, for another thread's lazy initialisation, which runs Python.
//!
//! Rule: what Python code initialises belongs into a `PyOnceLock`, or is got with
//! `get_or_init_py_attached`; never into a `OnceLock` or `LazyLock` alone. Python code detaches
//! where it likes (an import does: PyO3#973), and then it is a lock kept over a detach.

use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::sync::{OnceLockExt, PyOnceLock};

type Value = Py<PyAny>;

fn value(py: Python<'_>, found: &PyResult<Value>) -> PyResult<Value> {
    match found {
        Ok(value) => Ok(value.clone_ref(py)),
        Err(error) => Err(error.clone_ref(py)),
    }
}

/// Hazard: a value that is made when first asked for; whoever else asks meanwhile waits attached.
#[pyclass(frozen)]
#[derive(Default)]
pub struct OnceAttached(OnceLock<PyResult<Value>>);

#[pymethods]
impl OnceAttached {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Return what the first caller's ``init()`` did, or raise what it raised.
    fn get(&self, init: &Bound<'_, PyAny>) -> PyResult<Value> {
        let found = self.0.get_or_init(|| init.call0().map(Bound::unbind));
        value(init.py(), found)
    }
}

/// Cure: the same, but they wait detached.
#[pyclass(frozen)]
#[derive(Default)]
pub struct OncePyAttached(OnceLock<PyResult<Value>>);

#[pymethods]
impl OncePyAttached {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Return what the first caller's ``init()`` did, or raise what it raised.
    fn get(&self, init: &Bound<'_, PyAny>) -> PyResult<Value> {
        let init_py = || init.call0().map(Bound::unbind);
        let found = self.0.get_or_init_py_attached(init.py(), init_py);
        value(init.py(), found)
    }
}

/// Cure: PyO3's own cell, in which a failed ``init()`` leaves nothing behind.
#[pyclass(frozen)]
pub struct PyOnce(PyOnceLock<Value>);

#[pymethods]
impl PyOnce {
    #[new]
    fn new() -> Self {
        Self(PyOnceLock::new())
    }

    /// Return what the first successful ``init()`` did, or raise what this caller's raised.
    fn get(&self, init: &Bound<'_, PyAny>) -> PyResult<Value> {
        let py = init.py();
        let found = self
            .0
            .get_or_try_init(py, || init.call0().map(Bound::unbind))?;
        Ok(found.clone_ref(py))
    }
}

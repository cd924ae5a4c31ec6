//! A token says "this thread is attached"; inside `detach` that would be a lie.

use pyo3::prelude::*;
use pyo3::types::PyList;

#[cfg(feature = "refused")]
pub fn refused(py: Python<'_>) -> usize {
    py.detach(|| PyList::empty(py).len()) //~ E0277: Python<'static>` cannot be shared between threads safely
}

#[cfg(not(feature = "refused"))]
pub fn accepted(py: Python<'_>) -> usize {
    py.detach(|| Python::attach(|py| PyList::empty(py).len()))
}

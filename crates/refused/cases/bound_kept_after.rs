//! A `Bound` ends with the `attach` that it came from; a `Py` outlives it.

use pyo3::prelude::*;
use pyo3::types::PyList;

#[cfg(feature = "refused")]
pub fn refused() -> usize {
    let list = Python::attach(|py| PyList::empty(py)); //~ lifetime may not live long enough
    list.len()
}

#[cfg(not(feature = "refused"))]
pub fn accepted() -> usize {
    let list = Python::attach(|py| PyList::empty(py).unbind());
    Python::attach(|py| list.bind(py).len())
}

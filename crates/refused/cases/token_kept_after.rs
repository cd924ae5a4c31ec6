//! A token ends with the `attach` that gave it.

use pyo3::prelude::*;
use pyo3::types::PyList;

#[cfg(feature = "refused")]
pub fn refused() {
    let mut kept = None;
    Python::attach(|py| kept = Some(py)); //~ E0521: borrowed data escapes outside of closure
    kept.map(PyList::empty);
}

#[cfg(not(feature = "refused"))]
pub fn accepted() {
    Python::attach(|py| {
        let kept = Some(py);
        kept.map(PyList::empty);
    });
}

//! A `Bound` carries the token; take out of it what the detached work needs.

use pyo3::prelude::*;
use pyo3::types::PyList;

#[cfg(feature = "refused")]
pub fn refused(list: &Bound<'_, PyList>) -> usize {
    list.py().detach(|| list.len()) //~ E0277: Python<'static>` cannot be shared between threads safely
}

#[cfg(not(feature = "refused"))]
pub fn accepted(list: &Bound<'_, PyList>) -> usize {
    let length = list.len();
    list.py().detach(|| length)
}

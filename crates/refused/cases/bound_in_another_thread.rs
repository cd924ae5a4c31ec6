//! A `Bound` stays in its thread; a `Py` may go, and waits for a token.

use std::thread;

use pyo3::prelude::*;
use pyo3::types::PyList;

#[cfg(feature = "refused")]
pub fn refused(list: Bound<'static, PyList>) {
    thread::spawn(move || list.append(1)); //~ E0277: Python<'static>` cannot be sent between threads safely
}

#[cfg(not(feature = "refused"))]
pub fn accepted(list: Bound<'static, PyList>) {
    let list = list.unbind();
    thread::spawn(move || Python::attach(|py| list.bind(py).append(1)));
}

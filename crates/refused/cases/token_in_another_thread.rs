//! A token speaks of the thread that it was made in; another one has to attach itself.

use std::thread;

use pyo3::prelude::*;
use pyo3::types::PyList;

#[cfg(feature = "refused")]
pub fn refused(py: Python<'static>) {
    thread::spawn(move || PyList::empty(py).len()); //~ E0277: Python<'static>` cannot be sent between threads safely
}

#[cfg(not(feature = "refused"))]
pub fn accepted() {
    thread::spawn(move || Python::attach(|py| PyList::empty(py).len()));
}

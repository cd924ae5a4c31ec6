//! What all threads can reach must not hold a `Bound`.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyList;

#[cfg(feature = "refused")]
pub static KEPT: Mutex<Option<Bound<'static, PyList>>> = Mutex::new(None); //~ E0277: Python<'static>` cannot be sent between threads safely

#[cfg(not(feature = "refused"))]
pub static KEPT: Mutex<Option<Py<PyList>>> = Mutex::new(None);

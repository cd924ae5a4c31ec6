//! Values spelled as Python's `repr` spells them.

use pyo3::prelude::*;
use pyo3::types::PyString;

/// `True` or `False`.
pub fn boolean(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// A quoted string, with Python's escapes.
pub fn string(py: Python<'_>, value: &str) -> PyResult<String> {
    Ok(PyString::new(py, value).repr()?.to_string())
}

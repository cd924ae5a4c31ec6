//! What was extracted is Rust's own; what it was extracted from is not.

use pyo3::prelude::*;
use pyo3::types::PyList;

#[cfg(feature = "refused")]
pub fn refused(list: &Bound<'_, PyList>) -> PyResult<Vec<i64>> {
    list.py().detach(|| list.extract()) //~ E0277: Python<'static>` cannot be shared between threads safely
}

#[cfg(not(feature = "refused"))]
pub fn accepted(list: &Bound<'_, PyList>) -> PyResult<Vec<i64>> {
    let mut numbers: Vec<i64> = list.extract()?;
    list.py().detach(|| numbers.sort_unstable());
    Ok(numbers)
}

//! Memory that may not be there: Rust's own collections abort the process where they get none.

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

/// A vector with room for so many items, or MemoryError.
pub fn reserved<T>(length: usize) -> PyResult<Vec<T>> {
    let mut items = Vec::new();
    match items.try_reserve_exact(length) {
        Ok(()) => Ok(items),
        Err(_) => Err(PyMemoryError::new_err(())),
    }
}

//! Printing an object, whose `__repr__` is Python code, with `println!`.
//!
//! Rule: format first, print the text. `println!` keeps the lock of the standard output while it
//! formats, `__repr__` may detach, and whoever prints meanwhile waits attached: again a lock kept
//! over a detach (PyO3#4764).

use pyo3::prelude::*;

/// Hazard: print ``repr(obj)``, made while the standard output is locked.
#[pyfunction]
pub fn print_object(obj: &Bound<'_, PyAny>) {
    println!("{obj:?}");
}

/// Cure: make the text, then print it.
#[pyfunction]
pub fn print_formatted(obj: &Bound<'_, PyAny>) {
    let text = format!("{obj:?}");
    println!("{text}");
}

//! A detach inside a critical section.
//!
//! Rule: stay attached in a critical section, and keep it short. Detaching suspends the section, as
//! it gives away the GIL: others change the object meanwhile, and nothing tells. With a GIL the
//! section itself does nothing, the GIL does its work.

use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::PyList;

/// Hazard: in a critical section on ``list``, detach for ``ms`` milliseconds.
///
/// Returns its lengths at the beginning and at the end of the section.
#[pyfunction]
pub fn section_detached(list: &Bound<'_, PyList>, ms: u64) -> (usize, usize) {
    let sleep = || thread::sleep(Duration::from_millis(ms));
    with_critical_section(list.as_any(), || {
        let before = list.len();
        list.py().detach(sleep);
        (before, list.len())
    })
}

/// Cure: the same, attached all the time.
#[pyfunction]
pub fn section_attached(list: &Bound<'_, PyList>, ms: u64) -> (usize, usize) {
    with_critical_section(list.as_any(), || {
        let before = list.len();
        thread::sleep(Duration::from_millis(ms));
        (before, list.len())
    })
}

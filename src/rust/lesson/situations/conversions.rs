//! From Python's values to Rust's and back, and the work that needs no interpreter in between.

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::timeline::{Timeline, Trace};
use crate::values::sequences::{integers, list_of};

/// Convert ``values`` to a ``Vec<i64>`` and that to a new list.
///
/// Rule: be attached to convert, in both directions; what comes out on Rust's side is free.
/// With a GIL: nobody changes ``values`` meanwhile, unless an item's ``__index__`` is Python code.
/// Without: nobody either, as a list is locked while it is read; items with code are copied first.
/// The compiler refuses: ``extract`` inside ``detach``, as all that takes a ``Bound``; not the
/// ``Vec``, which has no lifetime.
///
/// Raises:
///     TypeError: ``values`` is no sequence, or a str, or an item is no integer.
///     OverflowError: an item does not fit in 64 bits.
///     MemoryError: where ``list(values)`` raises it, as for a length that is a lie. Whatever else
///         iterating and an item's ``__index__`` raise passes through.
#[pyfunction]
#[pyo3(signature = (values, *, timeline=None))]
pub fn convert<'py>(
    py: Python<'py>,
    values: &Bound<'py, PyAny>,
    timeline: Option<&Bound<'py, Timeline>>,
) -> PyResult<Bound<'py, PyList>> {
    let trace = Trace::enter(timeline);
    let numbers: Vec<i64> = integers(values)?;
    trace.mark("extracted");
    list_of(py, &numbers)
}

/// Return ``values`` sorted, as a new list; the sorting itself is done detached.
///
/// Rule: pure Rust needs no interpreter, so give it away meanwhile.
/// With a GIL: all other threads would stand still until the sorting is done.
/// Without: they run, but a garbage collection, and all that wait for it, would stand still.
/// The compiler refuses: to use ``values`` itself inside ``detach``; the ``Vec`` may go there.
///
/// Raises:
///     TypeError: ``values`` is no sequence, or a str, or an item is no integer.
///     OverflowError: an item does not fit in 64 bits.
///     MemoryError: where ``list(values)`` raises it, as for a length that is a lie. Whatever else
///         iterating and an item's ``__index__`` raise passes through.
#[pyfunction]
#[pyo3(signature = (values, *, timeline=None))]
pub fn sort_detached<'py>(
    py: Python<'py>,
    values: &Bound<'py, PyAny>,
    timeline: Option<&Bound<'py, Timeline>>,
) -> PyResult<Bound<'py, PyList>> {
    let trace = Trace::enter(timeline);
    let mut numbers: Vec<i64> = integers(values)?;
    trace.detach(py, || numbers.sort_unstable());
    list_of(py, &numbers)
}

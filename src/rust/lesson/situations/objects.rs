//! Making and changing Python objects.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::timeline::{Timeline, Trace};
use crate::values::sequences::list;

/// Return a new list of what ``values`` yields.
///
/// Rule: be attached to call the C API, and so PyO3's.
/// With a GIL: nothing else protects reference counts and the allocator, and one thread has it.
/// Without: both are thread-safe themselves, so many threads may call the C API at once. But a
/// garbage collection stops the world: it must know which threads are attached, and wait for them.
/// The compiler refuses: ``PyList::new`` inside ``detach``. It takes the token ``Python<'py>``,
/// and no closure that uses one is ``Send``, as ``detach`` demands. To call the C API itself, as
/// this function does, is ``unsafe``: nobody refuses anything.
///
/// Raises:
///     TypeError: ``values`` is not iterable. What iterating it raises passes through.
///     MemoryError: where ``list(values)`` raises it, as for a length that is a lie.
#[pyfunction]
#[pyo3(signature = (values, *, timeline=None))]
pub fn make_list<'py>(
    values: &Bound<'py, PyAny>,
    timeline: Option<&Bound<'py, Timeline>>,
) -> PyResult<Bound<'py, PyList>> {
    let _trace = Trace::enter(timeline);
    list(values)
}

/// Set ``dict[key]`` to ``value``; a subclass's own ``__setitem__`` is not asked.
///
/// Rule: be attached to read, change or drop an object.
/// With a GIL: no other thread gets in between, unless the key's ``__hash__`` or ``__eq__`` is
/// Python code.
/// Without: the dict locks itself for the one operation; two in a row are not one.
/// The compiler refuses: a ``Bound`` inside ``detach``; it carries the token.
///
/// Raises:
///     TypeError: ``dict`` is not a dict, or ``key`` is not hashable. What ``__hash__`` and
///         ``__eq__`` raise passes through.
#[pyfunction]
#[pyo3(signature = (dict, key, value, *, timeline=None))]
pub fn set_item(
    dict: &Bound<'_, PyDict>,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    timeline: Option<&Bound<'_, Timeline>>,
) -> PyResult<()> {
    let _trace = Trace::enter(timeline);
    dict.set_item(key, value)
}

//! A function that tells another what it did, without a Python frame in between.
//!
//! So tracebacks, warnings and whatever counts frames see the same as if it were the function itself.

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

/// Return a function that calls ``function`` and then ``note(args, result, error)``.
///
/// One of ``result`` and ``error`` is None. What ``function`` returned or raised is passed on; what ``note``
/// raises takes its place.
#[pyfunction]
#[pyo3(signature = (function, note, /))]
pub fn noting(
    py: Python<'_>,
    function: Py<PyAny>,
    note: Py<PyAny>,
) -> PyResult<Bound<'_, PyCFunction>> {
    PyCFunction::new_closure(
        py,
        Some(c"noting"),
        Some(c"A function that gil watches."),
        move |arguments: &Bound<'_, PyTuple>, named: Option<&Bound<'_, PyDict>>| {
            let py = arguments.py();
            let result = function.bind(py).call(arguments, named);
            let told = match &result {
                Ok(value) => (arguments, Some(value), None),
                Err(error) => (arguments, None, Some(error.value(py))),
            };
            note.bind(py).call1(told)?;
            result.map(Bound::unbind)
        },
    )
}

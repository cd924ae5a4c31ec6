//! Running Python code, importing it, and catching what it raises.

use std::ffi::CString;

use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::timeline::{Timeline, Trace};

/// Return ``func(*args)``.
///
/// Rule: be attached to run Python code.
/// With a GIL: bytecode needs it, but does not keep it. It goes to another thread that has waited
/// for the switch interval (5 ms), and at once where the code sleeps or reads a file.
/// Without: bytecode runs in many threads at once, and stops where the world is stopped.
/// The compiler refuses: a ``Bound`` callable in another thread; a ``Py`` may go there.
///
/// Raises:
///     TypeError: ``func`` is not callable. What ``func`` raises passes through.
#[pyfunction]
#[pyo3(signature = (func, *args, timeline=None))]
pub fn call<'py>(
    func: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    timeline: Option<&Bound<'py, Timeline>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _trace = Trace::enter(timeline);
    func.call1(args)
}

/// Run ``code``, Python source text, in a fresh namespace. The rest is as ``call`` says.
///
/// Raises:
///     ValueError: ``code`` has a null character in it.
///     SyntaxError: ``code`` is not Python. What it raises when run passes through.
#[pyfunction]
#[pyo3(signature = (code, *, timeline=None))]
pub fn run(py: Python<'_>, code: &str, timeline: Option<&Bound<'_, Timeline>>) -> PyResult<()> {
    let code = CString::new(code)
        .map_err(|_| PyValueError::new_err("code must not have null characters in it"))?;
    let _trace = Trace::enter(timeline);
    py.run(&code, Some(&PyDict::new(py)), None)
}

/// Import ``module`` and return its attribute ``name``.
///
/// Rule: be attached to use what the interpreter has one of: modules, builtins, ``None``.
/// With a GIL: it guards them, but a first import runs code and reads files, and lets go for that.
/// Whoever holds a lock of his own meanwhile may wait for ever (PyO3#973).
/// Without: they have locks, and a first import stops the world for a moment.
/// The compiler refuses: to keep the ``Bound`` after the ``attach`` that it came from.
///
/// Raises:
///     ModuleNotFoundError: there is no such module. What importing it raises passes through.
///     AttributeError: ``module`` has no ``name``.
///     ValueError: ``module`` is empty.
#[pyfunction]
#[pyo3(signature = (module, name, *, timeline=None))]
pub fn import_attr<'py>(
    py: Python<'py>,
    module: &str,
    name: &str,
    timeline: Option<&Bound<'py, Timeline>>,
) -> PyResult<Bound<'py, PyAny>> {
    let trace = Trace::enter(timeline);
    let module = py.import(module)?;
    trace.mark("imported");
    module.getattr(name)
}

/// Call ``func(*args)`` and return ``(True, value, None)``, or ``(False, None, exception)``.
///
/// Rule: be attached to catch an exception, and even for ``None`` and ``True``.
/// With a GIL: it guards the exception under way and, before 3.12, the references to ``None``.
/// Without: the former is the thread's own, the latter immortal; both are objects all the same.
/// The compiler refuses: nothing about a ``PyErr``, it may go anywhere; to look at it takes a
/// token.
///
/// Raises:
///     BaseException: what ``func`` raises and is no ``Exception``, as KeyboardInterrupt, passes
///         through.
#[pyfunction]
#[pyo3(signature = (func, *args, timeline=None))]
pub fn attempt<'py>(
    py: Python<'py>,
    func: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    timeline: Option<&Bound<'py, Timeline>>,
) -> PyResult<(bool, Py<PyAny>, Py<PyAny>)> {
    let trace = Trace::enter(timeline);
    match func.call1(args) {
        Ok(value) => Ok((true, value.unbind(), py.None())),
        Err(error) if error.is_instance_of::<PyException>(py) => {
            trace.mark("caught");
            Ok((false, py.None(), error.into_value(py).into_any()))
        }
        Err(error) => Err(error),
    }
}

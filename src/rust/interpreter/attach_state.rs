//! Is this thread attached to an interpreter?
//!
//! `PyGILState_Check` is no answer: it says yes to everything once a subinterpreter has existed.
//! `PyThreadState_GetUnchecked` is, but it is not in the limited API (the 3.11 and 3.12 spelling
//! was private), so it is looked up in the running interpreter.

use std::ffi::c_void;
use std::mem;
use std::sync::OnceLock;

use pyo3::exceptions::PyImportError;
use pyo3::ffi::{PyGILState_GetThisThreadState, PyThread_get_thread_ident};
use pyo3::prelude::*;

use crate::interpreter::symbols;
use crate::values::repr::boolean;

/// A function of the interpreter that returns its current thread state, or null.
pub type CurrentThreadState = unsafe extern "C" fn() -> *mut c_void;

struct Lookup {
    current: CurrentThreadState,
    // Up to 3.11 there is one current thread state a process, that of whoever holds the GIL;
    // since 3.12 (gh-99113) there is one a thread.
    process_wide: bool,
}

static LOOKUP: OnceLock<Lookup> = OnceLock::new();

/// Finds the interpreter's function; called once, when the module is imported.
pub fn look_up(py: Python<'_>) -> PyResult<()> {
    let version = py.version_info();
    let names = [
        c"PyThreadState_GetUnchecked",
        c"_PyThreadState_UncheckedGet",
    ];
    let current = names
        .iter()
        .find_map(|name| symbols::find(py, name))
        .ok_or_else(|| {
            PyImportError::new_err("this interpreter exports no PyThreadState_GetUnchecked")
        })?;
    LOOKUP.get_or_init(|| Lookup {
        // SAFETY: both names have had this signature in every CPython that this package supports.
        current: unsafe { mem::transmute::<*mut c_void, CurrentThreadState>(current.as_ptr()) },
        process_wide: (version.major, version.minor) < (3, 12),
    });
    Ok(())
}

/// What returns the thread state of whoever is attached, in any thread: up to 3.11 there is such a function.
pub fn process_wide() -> Option<CurrentThreadState> {
    let lookup = LOOKUP.get()?;
    lookup.process_wide.then_some(lookup.current)
}

/// Whether the calling thread is attached; may be asked attached and detached.
pub fn is_attached() -> bool {
    let Some(lookup) = LOOKUP.get() else {
        return false;
    };
    // SAFETY: takes nothing, only reads, needs no attached thread.
    let current = unsafe { (lookup.current)() };
    if lookup.process_wide {
        // SAFETY: reads the calling thread's own slot; needs no attached thread.
        let own = unsafe { PyGILState_GetThisThreadState() }.cast();
        !current.is_null() && current == own
    } else {
        !current.is_null()
    }
}

/// The calling thread's `threading.get_ident()`; may be asked attached and detached.
pub fn thread_ident() -> u64 {
    // SAFETY: takes nothing and needs no attached thread.
    let ident = unsafe { PyThread_get_thread_ident() };
    // `c_ulong` has 32 bits on Windows, 64 elsewhere.
    #[allow(clippy::useless_conversion)]
    u64::from(ident)
}

/// What ``states()`` saw, one bool a step. Compares equal by value.
#[pyclass(frozen, get_all, eq, hash, module = "gil")]
#[derive(PartialEq, Eq, Hash)]
pub struct AttachStates {
    /// On entry to the native function: True, ``#[pyfunction]`` is called attached.
    entered: bool,
    /// Inside ``Python::detach``: False.
    detached: bool,
    /// Inside ``Python::attach`` inside that: True.
    reattached: bool,
    /// After the inner ``attach`` ended: False.
    detached_again: bool,
    /// After ``detach`` returned: True, it attached again.
    returned: bool,
}

#[pymethods]
impl AttachStates {
    fn __repr__(&self) -> String {
        format!(
            "AttachStates(entered={}, detached={}, reattached={}, detached_again={}, returned={})",
            boolean(self.entered),
            boolean(self.detached),
            boolean(self.reattached),
            boolean(self.detached_again),
            boolean(self.returned),
        )
    }
}

/// Detach, attach again inside, and report at each step whether the thread is attached.
#[pyfunction]
pub fn states(py: Python<'_>) -> AttachStates {
    let entered = is_attached();
    let (detached, reattached, detached_again) = py.detach(|| {
        let detached = is_attached();
        let reattached = Python::attach(|_| is_attached());
        (detached, reattached, is_attached())
    });
    AttachStates {
        entered,
        detached,
        reattached,
        detached_again,
        returned: is_attached(),
    }
}

//! Is this Python's main thread, the only one in which signal handlers run?
//!
//! A call must not ask Python: an import or Python code on its way would be a place where Ctrl-C is
//! raised, and in the first import of a module the interpreter drops what is raised there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pyo3::exceptions::PyOSError;
use pyo3::ffi::{PyThreadState_Get, PyThreadState_GetID};
use pyo3::prelude::*;

use crate::interpreter::attach_state::thread_ident;

// Python runs its signal handlers in the main thread, and only while that is attached: a detached
// main thread must come back now and then, or Ctrl-C waits for the end of what it does detached.
const SIGNALS_EVERY: Duration = Duration::from_millis(50);

// The main thread's identifier, or 0 where it is not known yet.
static MAIN: AtomicU64 = AtomicU64::new(0);

/// Finds out which thread it is; called when the module is imported, by any thread.
pub fn look_up(py: Python<'_>) -> PyResult<()> {
    let ident = match py
        .import("_thread")?
        .getattr_opt("_get_main_thread_ident")?
    {
        Some(function) => function.call0()?.extract()?,
        None => look_up_before_3_13(py)?,
    };
    MAIN.store(ident, Ordering::Relaxed);
    Ok(())
}

// `threading` is not asked: there the main thread is the first one that imported it. But in a child
// that another thread than the main one has forked, only Python knows that this is the main one now;
// it says so to whoever sets the file descriptor to be woken by. There is none of the number -2.
fn look_up_before_3_13(py: Python<'_>) -> PyResult<u64> {
    match py.import("_signal")?.call_method1("set_wakeup_fd", (-2,)) {
        Err(error) if error.is_instance_of::<PyOSError>(py) => Ok(thread_ident()),
        _ => Ok(0),
    }
}

/// How long the calling thread may stay detached before it has to look for signals.
pub fn longest_slice(py: Python<'_>) -> Duration {
    if is_current(py) {
        SIGNALS_EVERY
    } else {
        Duration::MAX
    }
}

/// Whether the calling thread, which is attached, is the main one.
fn is_current(_py: Python<'_>) -> bool {
    // The first thread state of an interpreter is the main thread's, and its number is 1. That tells
    // it on 3.11 and 3.12 where another thread has imported this module.
    MAIN.load(Ordering::Relaxed) == thread_ident() || {
        // SAFETY: this thread is attached, so it has a thread state.
        unsafe { PyThreadState_GetID(PyThreadState_Get()) == 1 }
    }
}

/// Makes the calling thread the main one: in a child, that is the thread that forked.
#[cfg(unix)]
pub fn set_current() {
    MAIN.store(thread_ident(), Ordering::Relaxed);
}

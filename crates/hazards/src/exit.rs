//! Attaching when the interpreter ends or has ended.
//!
//! Rule: a thread that may outlive the interpreter uses `Python::try_attach`, and none is left detached
//! with Python work to come back to: join threads before the end. `Python::attach` is documented to
//! panic there. PyO3 0.30.1 does so only if no thread has ever attached from outside Python: it asks
//! whether the interpreter lives until that was once so (`START` in its interpreter_lifecycle.rs), and
//! never again. After that the thread hangs, or attaches to what is left, or the process crashes.
//!
//! A thread that is detached already and attaches again during the end stops there for good (CPython
//! 3.14 by its documentation; before that PyO3 sees to it, PyO3#6084).

use std::ffi::c_int;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

static REATTACHED: AtomicUsize = AtomicUsize::new(0);

type Attach = fn() -> &'static str;

fn attach() -> &'static str {
    catch_unwind(|| Python::attach(|_| ())).map_or("panicked", |()| "attached")
}

fn try_attach() -> &'static str {
    Python::try_attach(|_| ()).map_or("refused", |()| "attached")
}

fn answer(attach: Attach, ms: u64) -> &'static str {
    let (tell, told) = channel();
    // Windows gives a process that ends no more threads; what `thread::spawn` makes of that is a panic.
    if thread::Builder::new()
        .spawn(move || tell.send(attach()))
        .is_err()
    {
        return "no thread";
    }
    let patience = Duration::from_millis(ms);
    told.recv_timeout(patience).unwrap_or("no answer")
}

/// Hazard: what `Python::attach` does in a new thread: "attached", "panicked", or "no answer".
///
/// The last means that it did nothing for ``ms`` milliseconds. The caller waits detached.
#[pyfunction]
pub fn attach_in_thread(py: Python<'_>, ms: u64) -> &'static str {
    py.detach(|| answer(attach, ms))
}

/// Cure: what `Python::try_attach` does there: "attached", "refused", or "no answer".
#[pyfunction]
pub fn try_attach_in_thread(py: Python<'_>, ms: u64) -> &'static str {
    py.detach(|| answer(try_attach, ms))
}

unsafe extern "C" {
    fn atexit(function: extern "C" fn()) -> c_int;
}

extern "C" fn print_attach() {
    println!("attach: {}", answer(attach, 5000));
}

extern "C" fn print_try_attach() {
    println!("try_attach: {}", answer(try_attach, 5000));
}

fn after_exit(print: extern "C" fn()) -> PyResult<()> {
    // SAFETY: the functions above take nothing, and this library is never unloaded.
    match unsafe { atexit(print) } {
        0 => Ok(()),
        _ => Err(PyOSError::new_err("atexit() refused")),
    }
}

/// Hazard: print the former answer when the interpreter has gone and the process is about to.
///
/// On Windows it is "no thread": a process that ends gets no more of them.
///
/// Raises:
///     OSError: the C library takes no more such functions.
#[pyfunction]
pub fn attach_after_exit() -> PyResult<()> {
    after_exit(print_attach)
}

/// Cure: print the latter answer then.
///
/// Raises:
///     OSError: the C library takes no more such functions.
#[pyfunction]
pub fn try_attach_after_exit() -> PyResult<()> {
    after_exit(print_try_attach)
}

/// Hazard: start a thread that attaches, detaches for ``ms`` milliseconds, and attaches again.
///
/// Returns when it has detached.
#[pyfunction]
pub fn reattach_in_thread(py: Python<'_>, ms: u64) {
    let (tell, told) = channel();
    thread::spawn(move || {
        Python::attach(|py| {
            py.detach(|| {
                let _ = tell.send(());
                thread::sleep(Duration::from_millis(ms));
            });
            REATTACHED.fetch_add(1, Ordering::Relaxed);
        });
    });
    py.detach(move || told.recv()).unwrap();
}

/// Return how many threads of ``reattach_in_thread`` have come back.
#[pyfunction]
pub fn reattached() -> usize {
    REATTACHED.load(Ordering::Relaxed)
}

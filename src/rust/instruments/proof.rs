//! How to see whether a thread is attached, in the interpreter that runs, and the proof of it.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::thread;

use gil_sampler::proof::{ROUNDS, Round, confirms, search, words};
use gil_sampler::{Way, offsets};
use gil_timeline::fork::end_whole;
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::PyThreadState_Get;
use pyo3::prelude::*;

use crate::interpreter::attach_state::{CurrentThreadState, process_wide};
use crate::interpreter::build_info::is_free_threaded;
use crate::interpreter::symbols;

/// A way to see whether any thread is attached, proven in this process.
#[derive(Clone, Copy)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    source: Source,
}

#[derive(Clone, Copy)]
enum Source {
    /// Where each thread state has its `_status`, in bytes.
    Offset(usize),
    Current(CurrentThreadState),
}

// All thread states of a process are alike: what one thread has shown is true of the others.
static PROVEN: OnceLock<Method> = OnceLock::new();

impl Method {
    /// What holds in this process. The first call has the thread detach a few times.
    pub fn proven(py: Python<'_>) -> PyResult<Self> {
        if let Some(method) = PROVEN.get() {
            return Ok(*method);
        }
        // Not inside the lock: whoever attaches again meanwhile may wait for one who waits for the lock.
        let method = prove(py).ok_or_else(|| {
            PyRuntimeError::new_err(
                "where this interpreter keeps whether a thread is attached could not be proven: observe the call \
                 with a long sys.setswitchinterval() instead",
            )
        })?;
        Ok(*PROVEN.get_or_init(|| method))
    }

    /// How to look at the calling thread.
    pub fn of_this_thread(self, py: Python<'_>) -> Way {
        let state = thread_state(py);
        match self.source {
            Source::Offset(offset) => {
                // SAFETY: the offset was proven to lie inside a thread state, and to be a word's.
                let word = unsafe { state.as_ptr().byte_add(offset) };
                Way::Status(word.cast::<AtomicU32>())
            }
            Source::Current(function) => Way::Current(function, state.as_ptr()),
        }
    }
}

/// The calling thread's.
pub fn thread_state(_py: Python<'_>) -> NonNull<c_void> {
    // SAFETY: this thread is attached, so it has a thread state.
    unsafe { NonNull::new_unchecked(PyThreadState_Get()).cast() }
}

fn prove(py: Python<'_>) -> Option<Method> {
    if let Some(function) = process_wide() {
        let proven = (0..ROUNDS).all(|_| shows_this_thread(py, function));
        return proven.then_some(Method {
            name: "current thread state",
            source: Source::Current(function),
        });
    }
    let rounds: [Round; ROUNDS] = std::array::from_fn(|_| round(py));
    let (name, offset) = match offset_of_the_interpreter(py) {
        Some(offset) => ("debug offsets", offset),
        None => ("proven offset", search(&rounds)?),
    };
    confirms(&rounds, offset).then_some(Method {
        name,
        source: Source::Offset(offset),
    })
}

/// Whether another thread sees by `function` that this one is attached, and that it is not.
fn shows_this_thread(py: Python<'_>, function: CurrentThreadState) -> bool {
    let own = thread_state(py).as_ptr() as usize;
    let seen = || {
        thread::Builder::new()
            // SAFETY: takes nothing, only reads, needs no attached thread.
            .spawn(end_whole(move || unsafe { function() } as usize == own))
            .ok()
            .and_then(|thread| thread.join().ok())
    };
    seen() == Some(true) && py.detach(seen) == Some(false)
}

fn round(py: Python<'_>) -> Round {
    // As a number: a pointer may not go where this thread is detached, which reads its own state all the same.
    let state = thread_state(py).as_ptr() as usize;
    // SAFETY: it is the calling thread's.
    let look = || unsafe { words(state as *const u32) };
    Round {
        attached: look(),
        detached: py.detach(look),
    }
}

/// What the interpreter says itself, since 3.13.
fn offset_of_the_interpreter(py: Python<'_>) -> Option<usize> {
    offsets::status(
        &debug_offsets(py)?,
        py.version_info().minor,
        is_free_threaded(),
    )
}

/// The first words of `_PyRuntime`, if it begins with `_Py_DebugOffsets`.
pub fn debug_offsets(py: Python<'_>) -> Option<[u64; offsets::WORDS]> {
    let runtime = symbols::find(py, c"_PyRuntime")?.cast::<u64>();
    // SAFETY: `_PyRuntime` is a struct of many more words, aligned as they are.
    let first = unsafe { runtime.read() };
    if !offsets::has_cookie(first) {
        return None;
    }
    // SAFETY: it begins with the table, and goes on behind that: it has many more words than these.
    Some(unsafe { runtime.cast::<[u64; offsets::WORDS]>().read() })
}

//! Being told that a thread ends, before the interpreter frees its thread state.
//!
//! A destructor of Rust's for the thread would come too late: a Python thread frees its state before it
//! ends. But before that the interpreter drops the dictionary that each thread has for extensions, in
//! `PyThreadState_Clear`, and with it what lies in there.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use gil_sampler::Watched;
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::PyThreadState_GetDict;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::timeline::clock;

const KEY: &str = "gil._gil.ThreadEnd";

/// Lies in a thread's dictionary, and closes what watches the thread when the thread ends.
#[pyclass(frozen, module = "gil")]
struct ThreadEnd(Mutex<Vec<Weak<Watched>>>);

/// Has `watched` closed before the calling thread's state is freed.
pub fn close_before(py: Python<'_>, watched: &Arc<Watched>) -> PyResult<()> {
    // SAFETY: this thread is attached; the dictionary is borrowed from its state, or null without an exception.
    let dict = unsafe { Bound::from_borrowed_ptr_or_opt(py, PyThreadState_GetDict()) };
    let dict = dict
        .ok_or_else(|| PyRuntimeError::new_err("this thread has no dictionary for extensions"))?
        .cast_into::<PyDict>()?;
    let end = match dict.get_item(KEY)? {
        Some(end) => end.cast_into::<ThreadEnd>()?,
        None => {
            let end = Bound::new(py, ThreadEnd(Mutex::default()))?;
            dict.set_item(KEY, &end)?;
            end
        }
    };
    let mut watching = end.get().0.lock().unwrap_or_else(PoisonError::into_inner);
    watching.retain(|watched| watched.strong_count() > 0);
    watching.push(Arc::downgrade(watched));
    Ok(())
}

impl Drop for ThreadEnd {
    fn drop(&mut self) {
        let Ok(clock) = clock() else {
            return; // then nothing was ever watched
        };
        let watching = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for watched in watching.drain(..).filter_map(|watched| watched.upgrade()) {
            watched.close(clock.now());
        }
    }
}

//! Being told that a thread ends, before the interpreter frees its thread state.
//!
//! A destructor of Rust's for the thread would come too late: a Python thread frees its state before it
//! ends. But before that the interpreter drops the dictionary that each thread has for extensions, in
//! `PyThreadState_Clear`, and with it what lies in there.

use std::sync::Arc;

use gil_sampler::{Watched, Watching};
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::PyThreadState_GetDict;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::timeline::clock;

const KEY: &str = "gil._gil.ThreadEnd";

/// Lies in a thread's dictionary, and closes what watches the thread when the thread ends.
#[pyclass(frozen, module = "gil")]
struct ThreadEnd(Watching);

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
            let end = Bound::new(py, ThreadEnd(Watching::default()))?;
            dict.set_item(KEY, &end)?;
            end
        }
    };
    end.get().0.add(watched);
    Ok(())
}

impl Drop for ThreadEnd {
    fn drop(&mut self) {
        // Without a clock nothing was ever watched.
        if let Ok(clock) = clock() {
            self.0.close(clock.now());
        }
    }
}

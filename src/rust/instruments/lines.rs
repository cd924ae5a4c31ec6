//! How to read the line that a thread is in, in the interpreter that runs, and the proof of it.

use std::sync::OnceLock;

use gil_sampler::frame::{Layout, Own, Place, TEXT_KINDS, Types, text};
use pyo3::ffi::PyEval_GetFrame;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyType};

use crate::instruments::proof::{debug_offsets, thread_state};
use crate::interpreter::build_info::is_free_threaded;

static PROVEN: OnceLock<Option<Layout>> = OnceLock::new();

/// Where the lines of threads are read, if that was proven on the frame that called this.
///
/// `None` also where there is no such frame: that proves nothing, and is tried again.
pub fn proven(py: Python<'_>) -> Option<Layout> {
    if let Some(layout) = PROVEN.get() {
        return *layout;
    }
    // SAFETY: this thread is attached; what comes back is borrowed, or null without an exception.
    let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, PyEval_GetFrame().cast()) }?;
    let layout = prove(py, &frame).ok().flatten();
    *PROVEN.get_or_init(|| layout)
}

fn prove(py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<Option<Layout>> {
    let code = frame.getattr("f_code")?;
    let (file, function): (String, String) = (
        code.getattr("co_filename")?.extract()?,
        code.getattr("co_qualname")?.extract()?,
    );
    let line: u32 = frame.getattr("f_lineno")?.extract()?;
    let types = Types {
        code: address(&code.get_type()),
        text: address(&py.get_type::<PyString>()),
        bytes: address(&py.get_type::<PyBytes>()),
    };
    let (words, minor) = (debug_offsets(py), py.version_info().minor);
    let Some(layout) = Layout::of(words.as_ref(), minor, is_free_threaded(), types) else {
        return Ok(None);
    };
    let state = thread_state(py).as_ptr() as u64;
    Ok(TEXT_KINDS
        .map(|kind| layout.with_text_kind(kind))
        .into_iter()
        .filter(|layout| reads_strings(py, layout))
        .find(|layout| {
            let place = Place::read(&Own, layout, state);
            let read = place.as_ref().and_then(Place::line);
            read == Some((file.as_str(), line, function.as_str()))
        }))
}

/// Whether strings of each kind are read as what they are.
fn reads_strings(py: Python<'_>, layout: &Layout) -> bool {
    ["a.py", "\u{e9}.py", "\u{100}.py", "\u{1d11e}.py"]
        .iter()
        .all(|value| {
            let string = PyString::new(py, value);
            text(&Own, layout, string.as_ptr() as u64).as_deref() == Some(value)
        })
}

fn address(kind: &Bound<'_, PyType>) -> u64 {
    kind.as_ptr() as u64
}

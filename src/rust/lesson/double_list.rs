//! The function it all started from: release the GIL, take it back, double a list.

use std::thread;

use pyo3::exceptions::{PyIndexError, PyOverflowError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::lesson::phases::sleep_detached;
use crate::lesson::stdout::{Line, say};
use crate::timeline::{Timeline, Trace};
use crate::values::reserve::reserved;
use crate::values::seconds::duration;
use crate::values::sequences::list_of;

/// Detach, attach again, double ``list``, and write the outcome to ``result[idx]``.
///
/// Prints a line at each of four steps, to the process's standard output (file descriptor 1, past
/// ``sys.stdout``): ``Rust: Enter double_list...``, ``Rust: Release GIL...`` (detached, then sleeps
/// for ``detached`` seconds), ``Rust: Acquire GIL...`` (attached, then sleeps for ``attached``
/// seconds), ``Rust: Exit...`` (before it writes ``result``).
/// A line for which there is no room, as in a full pipe, is waited for detached (on POSIX).
///
/// ``list`` is read only after the detached phase, so what other threads did to it meanwhile
/// counts. ``result`` is written last, and not at all if anything failed. In the main thread a
/// signal handler's exception (Ctrl-C) ends the detached phase within 0.1 s; in other threads
/// Python runs no signal handlers, and the phase stays in one piece.
///
/// Raises:
///     TypeError: an argument, or an item of ``list``, has the wrong type. What an item's own
///         ``__index__`` raises passes through. For an item, a note names its position.
///     IndexError: ``result`` has no place ``idx``; checked at once and again at the end, because
///         another thread may shorten ``result``.
///     OverflowError: ``idx`` is negative (it does not count from the end), or an item or its
///         double does not fit in 32 bits.
///     ValueError: ``detached`` or ``attached`` is negative, not finite or beyond 2**64 seconds.
///     OSError: standard output cannot be written to: it is closed, its reader has gone, ...
#[pyfunction]
#[pyo3(signature = (list, result, idx, *, detached=1.0, attached=1.0, timeline=None))]
pub fn double_list(
    py: Python<'_>,
    list: &Bound<'_, PyList>,
    result: &Bound<'_, PyList>,
    idx: usize,
    detached: f64,
    attached: f64,
    timeline: Option<&Bound<'_, Timeline>>,
) -> PyResult<()> {
    let detached = duration("detached", detached)?;
    let attached = duration("attached", attached)?;
    if idx >= result.len() {
        // The text of the write below, which would fail only after both phases.
        return Err(PyIndexError::new_err("list assignment index out of range"));
    }
    let trace = Trace::enter(timeline);
    say(py, &trace, "Rust: Enter double_list...\n")?;
    let line = Line::new("Rust: Release GIL...\n");
    sleep_detached(py, &trace, detached, Some(line))?;

    // Read only now: what another thread did to the list meanwhile counts.
    let doubled = doubled(list)?;

    // The thread is attached since `sleep_detached` returned, so this takes nothing and, at its
    // end, gives nothing back; it stands here because the original has it.
    Python::attach(|py| {
        trace.mark("acquire");
        say(py, &trace, "Rust: Acquire GIL...\n")?;
        thread::sleep(attached);
        py.check_signals()?;
        let doubled = list_of(py, &doubled)?;
        say(py, &trace, "Rust: Exit...\n")?;
        result.set_item(idx, doubled)
    })
}

fn doubled(list: &Bound<'_, PyList>) -> PyResult<Vec<i64>> {
    let mut doubled = reserved(list.len())?;
    for (position, item) in list.iter().enumerate() {
        doubled.push(double(position, &item)?.into());
    }
    Ok(doubled)
}

fn double(position: usize, item: &Bound<'_, PyAny>) -> PyResult<i32> {
    // Asked apart: what the item's own code raises, be it an OverflowError, passes through.
    // SAFETY: this thread is attached; what comes back is an int or null, with an exception set.
    let number = unsafe {
        let number = ffi::PyNumber_Index(item.as_ptr());
        Bound::from_owned_ptr_or_err(item.py(), number)
    };
    let number = number.or_else(|error| {
        error.add_note(item.py(), format!("while doubling item {position}"))?;
        Err(error)
    })?;
    let too_large = |what: String| {
        PyOverflowError::new_err(format!("item {position}: {what} does not fit in i32"))
    };
    let Ok(value) = number.extract::<i32>() else {
        return Err(too_large(shown(&number)?));
    };
    value
        .checked_mul(2)
        .ok_or_else(|| too_large(format!("{value} * 2")))
}

// `str` of an int refuses more than 4300 digits (sys.set_int_max_str_digits).
fn shown(number: &Bound<'_, PyAny>) -> PyResult<String> {
    match number.str() {
        Ok(text) => Ok(text.to_string()),
        Err(error) if error.is_instance_of::<PyValueError>(number.py()) => {
            let bits: u64 = number.call_method0("bit_length")?.extract()?;
            Ok(format!("an integer of {bits} bits"))
        }
        Err(error) => Err(error),
    }
}

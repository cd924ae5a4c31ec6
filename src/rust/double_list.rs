//! The function it all started from: release the GIL, take it back, double a list.

use std::thread;

use pyo3::exceptions::{PyIndexError, PyOverflowError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::phases::sleep_detached;
use crate::seconds::duration;
use crate::stdout::{os_error, say};
use crate::timeline::{Timeline, Trace};

/// Detach, attach again, double ``list``, and write the outcome to ``result[idx]``.
///
/// Prints a line at each of four steps, to the process's standard output (file descriptor 1, past
/// ``sys.stdout``): ``Rust: Enter double_list...``, ``Rust: Release GIL...`` (detached, then sleeps
/// for ``detached`` seconds), ``Rust: Acquire GIL...`` (attached, then sleeps for ``attached``
/// seconds), ``Rust: Exit...`` (before it writes ``result``).
///
/// ``list`` is read only after the detached phase, so what other threads did to it meanwhile
/// counts. ``result`` is written last, and not at all if anything failed. In the main thread a
/// signal handler's exception (Ctrl-C) ends the detached phase within 0.1 s; in other threads
/// Python runs no signal handlers, and the phase stays in one piece.
///
/// Raises:
///     TypeError: an argument, or an item of ``list``, has the wrong type; for an item, a note
///         names its position.
///     IndexError: ``result`` has no place ``idx``; checked at once and again at the end, because
///         another thread may shorten ``result``.
///     OverflowError: ``idx`` is negative (it does not count from the end), or an item or its
///         double does not fit in 32 bits.
///     ValueError: ``detached`` or ``attached`` is negative, not finite or beyond 2**64 seconds.
///     OSError: standard output cannot be written to.
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
    say("Rust: Enter double_list...").map_err(os_error)?;
    sleep_detached(py, &trace, detached, || say("Rust: Release GIL..."))?;

    // Read only now: what another thread did to the list meanwhile counts.
    let doubled = doubled(list)?;

    // The thread is attached since `sleep_detached` returned, so this takes nothing and, at its
    // end, gives nothing back; it stands here because the original has it.
    Python::attach(|py| {
        trace.mark("acquire");
        say("Rust: Acquire GIL...").map_err(os_error)?;
        thread::sleep(attached);
        py.check_signals()?;
        let doubled = PyList::new(py, doubled)?;
        say("Rust: Exit...").map_err(os_error)?;
        result.set_item(idx, doubled)
    })
}

fn doubled(list: &Bound<'_, PyList>) -> PyResult<Vec<i32>> {
    list.iter()
        .enumerate()
        .map(|(position, item)| {
            let py = item.py();
            let too_large = |what: String| {
                PyOverflowError::new_err(format!("item {position}: {what} does not fit in i32"))
            };
            let value: i32 = item.extract().map_err(|error: PyErr| {
                if error.is_instance_of::<PyOverflowError>(py) {
                    return too_large(shown(&item));
                }
                let note = format!("while doubling item {position}");
                let _ = error.value(py).call_method1("add_note", (note,));
                error
            })?;
            value
                .checked_mul(2)
                .ok_or_else(|| too_large(format!("{value} * 2")))
        })
        .collect()
}

// `str` of an int refuses more than 4300 digits (sys.set_int_max_str_digits).
fn shown(number: &Bound<'_, PyAny>) -> String {
    let text = number.str().map(|text| text.to_string());
    text.unwrap_or_else(|_| {
        let bits = number.call_method0("bit_length").and_then(|n| n.extract());
        bits.map_or("a number".to_owned(), |bits: u64| {
            format!("an integer of {bits} bits")
        })
    })
}

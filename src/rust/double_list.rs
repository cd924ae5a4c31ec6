//! The function it all started from: release the GIL, take it back, double a list.

use std::io::{self, Write as _};
use std::thread;

use pyo3::exceptions::{PyIndexError, PyOverflowError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::phases::sleep_detached;
use crate::seconds::duration;
use crate::timeline::{Timeline, Trace};

/// Print four lines while detaching and attaching again, then write the doubled `list` to
/// `result[idx]`.
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
    say("Rust: Enter double_list...")?;
    sleep_detached(py, &trace, detached, || say("Rust: Release GIL..."))?;

    // Read only now: what another thread did to the list meanwhile counts.
    let doubled = doubled(list)?;

    // The thread is attached since `sleep_detached` returned, so this takes nothing and, at its
    // end, gives nothing back; it stands here because the original has it.
    Python::attach(|py| {
        trace.mark("acquire");
        say("Rust: Acquire GIL...")?;
        thread::sleep(attached);
        py.check_signals()?;
        let doubled = PyList::new(py, doubled)?;
        say("Rust: Exit...")?;
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

// `println!` would panic where the reader of a pipe has gone.
fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

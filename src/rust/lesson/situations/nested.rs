//! Attaching where one is attached already.

use std::thread;

use pyo3::prelude::*;

use crate::timeline::{Timeline, Trace};
use crate::values::seconds::duration;

/// Attach inside attached, sleep for ``seconds``: half of it inside, half of it after.
///
/// Rule: a ``#[pyfunction]`` is called attached; ``attach`` inside it takes nothing, and its end
/// gives nothing back. Only ``detach`` does.
/// With a GIL: no other Python thread runs from the first half to the last, as in ``hold``.
/// Without: whatever stops the world waits for the end, as in ``hold``.
/// The compiler refuses: nothing; a token is proof of being attached, not of having begun it.
///
/// Raises:
///     ValueError: ``seconds`` is negative, not finite or beyond 2**64.
#[pyfunction]
#[pyo3(signature = (seconds, *, timeline=None))]
pub fn nested(seconds: f64, timeline: Option<&Bound<'_, Timeline>>) -> PyResult<()> {
    let half = duration("seconds", seconds)? / 2;
    let trace = Trace::enter(timeline);
    Python::attach(|_py| {
        trace.mark("acquire");
        thread::sleep(half);
    });
    trace.mark("leave");
    thread::sleep(half);
    Ok(())
}

//! What holding and what releasing means: the same sleep, attached and detached.

use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::interpreter::main_thread::longest_slice;
use crate::lesson::stdout::{Line, os_error};
use crate::timeline::{Timeline, Trace};
use crate::values::seconds::duration;

/// Sleep for ``seconds`` without detaching.
///
/// On a GIL build no other Python thread runs meanwhile. Without a GIL the others do run, but
/// whatever stops the world (``gc.collect()``, ``os.fork()``, ...) waits for the end.
///
/// Raises:
///     ValueError: ``seconds`` is negative, not finite or beyond 2**64.
#[pyfunction]
#[pyo3(signature = (seconds, *, timeline=None))]
pub fn hold(seconds: f64, timeline: Option<&Bound<'_, Timeline>>) -> PyResult<()> {
    let phase = duration("seconds", seconds)?;
    let _trace = Trace::enter(timeline);
    thread::sleep(phase);
    Ok(())
}

/// Detach, sleep for ``seconds``, attach again; other threads run and the world can stop.
///
/// In the main thread the sleep is cut into slices of 50 ms, so that a signal handler's exception
/// (Ctrl-C) can end it.
///
/// Raises:
///     ValueError: ``seconds`` is negative, not finite or beyond 2**64.
#[pyfunction]
#[pyo3(signature = (seconds, *, timeline=None))]
pub fn release(
    py: Python<'_>,
    seconds: f64,
    timeline: Option<&Bound<'_, Timeline>>,
) -> PyResult<()> {
    let phase = duration("seconds", seconds)?;
    let trace = Trace::enter(timeline);
    if phase.is_zero() {
        // There is nothing to cut into slices, so no clock is read: that takes as long as all the rest.
        trace.detach(py, || ());
        return py.check_signals();
    }
    sleep_detached(py, &trace, phase, None)
}

/// Detaches, writes `line`, sleeps until `phase` is over, attaches again.
///
/// In the main thread the phase is cut into slices ([`longest_slice`]), and whatever a signal
/// handler raises ends it; in any other thread it stays in one piece.
pub fn sleep_detached(
    py: Python<'_>,
    trace: &Trace<'_>,
    phase: Duration,
    mut line: Option<Line>,
) -> PyResult<()> {
    let slice = longest_slice(py);
    let mut start = Instant::now();
    loop {
        let over = trace
            .detach(py, || {
                if let Some(line) = &mut line {
                    if !line.write(slice)? {
                        return Ok(false);
                    }
                    start = Instant::now();
                }
                line = None;
                let rest = phase.saturating_sub(start.elapsed());
                thread::sleep(rest.min(slice));
                // Asked while detached: waiting to attach is no part of the phase.
                Ok(start.elapsed() >= phase)
            })
            .map_err(os_error)?;
        py.check_signals()?;
        if over {
            return Ok(());
        }
    }
}

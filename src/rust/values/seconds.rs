//! Durations as Python gives them.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// `seconds` as a duration, or a `ValueError` that names the argument.
#[inline]
pub fn duration(name: &str, seconds: f64) -> PyResult<Duration> {
    // Nothing has to be converted: a call that only lets others in takes as little time as it can.
    if seconds == 0.0 {
        return Ok(Duration::ZERO);
    }
    converted(name, seconds)
}

// Not inlined: it would be a tenth of some functions.
#[inline(never)]
fn converted(name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        // Python's spelling: Rust would print 1e300 with three hundred zeros.
        let given = Python::attach(|py| seconds.into_pyobject(py).map(|f| f.to_string()));
        let given = given.unwrap_or_default();
        PyValueError::new_err(format!(
            "{name} must be a number of seconds, finite and not negative, got {given}"
        ))
    })
}

/// `seconds` as a pause between two moments: a `ValueError` that names `interval` if that is no duration, or none.
pub fn interval(seconds: f64) -> PyResult<Duration> {
    let pause = duration("interval", seconds)?;
    if pause.is_zero() {
        return Err(PyValueError::new_err("interval must be more than 0"));
    }
    Ok(pause)
}

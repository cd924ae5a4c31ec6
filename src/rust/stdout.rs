//! Lines to the process's standard output, past `sys.stdout`.

use std::io::{self, Write as _};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

/// Prints one line; may be called attached and detached.
///
/// `println!` would panic where the reader of a pipe has gone.
pub fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// The `OSError` for a failed [`say`], with the `errno` that PyO3's own conversion leaves out.
pub fn os_error(py: Python<'_>, error: io::Error) -> PyErr {
    let Some(code) = error.raw_os_error() else {
        return error.into();
    };
    let strerror = py
        .import("os")
        .and_then(|os| os.call_method1("strerror", (code,)))
        .and_then(|text| text.extract::<String>());
    strerror.map_or_else(|failed| failed, |text| PyOSError::new_err((code, text)))
}

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
///
/// The text is the system's, as `os.strerror` has it; to ask that would take an import.
pub fn os_error(error: io::Error) -> PyErr {
    let Some(code) = error.raw_os_error() else {
        return error.into();
    };
    let text = error.to_string();
    let strerror = text.trim_end_matches(&format!(" (os error {code})"));
    PyOSError::new_err((code, strerror.to_owned()))
}

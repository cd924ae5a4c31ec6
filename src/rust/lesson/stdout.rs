//! Lines to the process's standard output, past `sys.stdout`.
//!
//! Not `println!`, which panics where the reader of a pipe has gone, nor `std::io::stdout()`: that keeps
//! back what it could not write, takes a closed file descriptor for a success, and has a lock that a
//! forked child may find locked for ever.

use std::fs::File;
use std::io::{self, Write as _};
use std::mem::ManuallyDrop;
use std::time::Duration;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::interpreter::main_thread::longest_slice;
use crate::timeline::Trace;

/// What is left to write of one line.
pub struct Line(&'static [u8]);

impl Line {
    /// `text` ends the line itself. Short as it is, a pipe takes it as a whole or not at all, so no
    /// line of another thread gets in between.
    pub fn new(text: &'static str) -> Self {
        Self(text.as_bytes())
    }

    /// Writes, and returns whether that was all. It was not if there was no room for so long, or a
    /// signal came: then the caller has to look for signals, and to call again.
    pub fn write(&mut self, patience: Duration) -> io::Result<bool> {
        while !self.0.is_empty() {
            if !is_writable(patience)? {
                return Ok(false);
            }
            match stdout().write(self.0) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.0 = &self.0[written..],
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => return Ok(false),
                    _ => return Err(error),
                },
            }
        }
        Ok(true)
    }
}

/// Writes one line, in an attached thread.
///
/// It stays attached if the line can be written at once: to detach would let others in, and the line
/// says what this thread does. If the reader is slow, it waits detached. The reader may be a thread
/// of this very process, which would have to attach.
pub fn say(py: Python<'_>, trace: &Trace<'_>, text: &'static str) -> PyResult<()> {
    let mut line = Line::new(text);
    let mut done = line.write(Duration::ZERO).map_err(os_error)?;
    while !done {
        let slice = longest_slice(py);
        done = trace.detach(py, || line.write(slice)).map_err(os_error)?;
        py.check_signals()?;
    }
    Ok(())
}

/// Waits until standard output takes a line, or an error, at once; false if that takes longer.
#[cfg(unix)]
fn is_writable(patience: Duration) -> io::Result<bool> {
    // Rounded down: not a moment is waited for a patience of nothing. Without a limit for MAX.
    let milliseconds = i32::try_from(patience.as_millis()).unwrap_or(-1);
    let mut asked = libc::pollfd {
        fd: libc::STDOUT_FILENO,
        events: libc::POLLOUT,
        revents: 0,
    };
    // SAFETY: `asked` is one entry, and stays until poll() returns.
    match unsafe { libc::poll(&mut asked, 1, milliseconds) } {
        -1 => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            error => Err(error),
        },
        ready => Ok(ready > 0),
    }
}

/// There is no such question to ask: who writes may have to wait.
#[cfg(not(unix))]
fn is_writable(_patience: Duration) -> io::Result<bool> {
    Ok(true)
}

#[cfg(unix)]
fn stdout() -> ManuallyDrop<File> {
    use std::os::fd::FromRawFd as _;
    // SAFETY: it is never dropped, so this does not close what it does not own.
    ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDOUT_FILENO) })
}

#[cfg(windows)]
fn stdout() -> ManuallyDrop<File> {
    use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _};
    let handle = io::stdout().as_raw_handle();
    // SAFETY: it is never dropped, so this does not close what it does not own.
    ManuallyDrop::new(unsafe { File::from_raw_handle(handle) })
}

/// The `OSError` for what could not be written, with the `errno` that PyO3's own conversion leaves out.
///
/// The text is the system's, as `os.strerror` has it; to ask that would take an import.
pub fn os_error(error: io::Error) -> PyErr {
    let mut text = error.to_string();
    let Some(code) = error.raw_os_error() else {
        return PyOSError::new_err(text);
    };
    if let Some(strerror) = text.strip_suffix(&format!(" (os error {code})")) {
        text.truncate(strerror.len());
    }
    coded(code, text)
}

#[cfg(not(windows))]
fn coded(code: i32, text: String) -> PyErr {
    PyOSError::new_err((code, text))
}

/// There the code is no `errno` but the `winerror`, the fourth argument, from which Python derives both
/// the `errno`, whatever the first says, and the class. Its own texts have no full stop.
#[cfg(windows)]
fn coded(code: i32, mut text: String) -> PyErr {
    text.truncate(text.trim_end_matches('.').len());
    PyOSError::new_err((0, text, None::<String>, code))
}

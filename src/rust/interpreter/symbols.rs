//! What the running interpreter exports, beyond the limited API.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::prelude::*;

#[cfg(windows)]
use crate::interpreter::build_info::is_free_threaded;

/// The address of a function or of data, or `None` if there is no such symbol.
#[cfg(unix)]
pub fn find(_py: Python<'_>, name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: the name ends with a null.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) })
}

/// The address of a function or of data, or `None` if there is no such symbol.
#[cfg(windows)]
pub fn find(py: Python<'_>, name: &CStr) -> Option<NonNull<c_void>> {
    let version = py.version_info();
    let t = if is_free_threaded() { "t" } else { "" };
    let dll = format!("python{}{}{t}.dll", version.major, version.minor);
    let library = libloading::os::windows::Library::open_already_loaded(dll).ok()?;
    // SAFETY: nothing is done with the address here, and the interpreter's own DLL is never unloaded.
    let symbol = unsafe { library.get::<*mut c_void>(name.to_bytes_with_nul()) };
    NonNull::new(symbol.ok()?.as_raw_ptr())
}

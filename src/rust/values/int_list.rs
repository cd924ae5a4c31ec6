//! Lists of ints, read and made about as fast as plain C does it: see `nox -s bench`.
//!
//! Under the stable ABI each item that is read or written is a call into the interpreter, and on a
//! free-threaded one each that is written takes the list's lock. So as little as can be is done an item.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::PyList;

use crate::values::reserve::reserved;

#[cfg(not(Py_LIMITED_API))]
use pyo3::ffi::PyList_GET_ITEM as item_of; // not a call: it reads the list's memory
#[cfg(Py_LIMITED_API)]
use pyo3::ffi::PyList_GetItem as item_of;

/// The numbers of a list, read where it stands, or None if it holds anything but ints.
///
/// Such an item is for others to read: its `__index__` may be Python code, and change the list.
pub fn read(list: &Bound<'_, PyList>) -> PyResult<Option<Vec<i64>>> {
    // Where there is no GIL, this keeps other threads from changing the list.
    with_critical_section(list, || {
        let mut numbers = reserved(list.len())?;
        for position in 0..list.len() {
            // SAFETY: this thread is attached. The list keeps its item alive, as nobody changes it: no
            // other thread can, and what is called here runs no Python code.
            let number = unsafe {
                let item = item_of(list.as_ptr(), position as ffi::Py_ssize_t);
                if ffi::PyLong_CheckExact(item) == 0 {
                    return Ok(None);
                }
                ffi::PyLong_AsLongLong(item)
            };
            if number == -1 {
                PyErr::take(list.py()).map_or(Ok(()), Err)?;
            }
            numbers.push(number);
        }
        Ok(Some(numbers))
    })
}

/// Makes a first list, so that no call has to; called when the module is imported.
///
/// `intern!` makes its string the first time, and detaches meanwhile: other threads would run in the midst
/// of a function that stays attached.
pub fn prepare(py: Python<'_>) -> PyResult<()> {
    list_of(py, &[]).map(drop)
}

/// A new list of `numbers`: `memoryview.tolist` makes all of it in one call.
pub fn list_of<'py>(py: Python<'py>, numbers: &[i64]) -> PyResult<Bound<'py, PyList>> {
    let mut length = numbers.len() as ffi::Py_ssize_t;
    let mut memory = ffi::Py_buffer::new();
    memory.buf = numbers.as_ptr().cast_mut().cast();
    memory.len = size_of_val(numbers) as ffi::Py_ssize_t;
    memory.itemsize = size_of::<i64>() as ffi::Py_ssize_t;
    memory.readonly = 1;
    memory.ndim = 1;
    memory.format = c"q".as_ptr().cast_mut(); // as `struct` has it: 64 bits, with a sign
    memory.shape = &raw mut length;
    // SAFETY: this thread is attached. The view copies the shape, reads the numbers only in `tolist`, and
    // is of no use after `release`, should somebody have found it with `gc.get_objects`.
    let view = unsafe { ffi::PyMemoryView_FromBuffer(&raw const memory) };
    // SAFETY: that is a new reference, or null with an exception set.
    let view = unsafe { Bound::from_owned_ptr_or_err(py, view)? };
    let list = view.call_method0(intern!(py, "tolist"));
    view.call_method0(intern!(py, "release"))?;
    Ok(list?.cast_into()?)
}

//! What Python code holds, taken over as `list()` and `tuple()` do it.
//!
//! A length that Python code tells is a hint: it may be a lie, and it may be more than there is memory
//! for. `list()` reserves as much as it is told, raises MemoryError if there is not so much, and takes
//! what iterating then yields.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use crate::values::int_list;
pub use crate::values::int_list::list_of;
use crate::values::reserve::reserved;

/// `list(values)`.
pub fn list<'py>(values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: this thread is attached; what comes back is a new list or null, with an exception set.
    unsafe {
        let list = ffi::PySequence_List(values.as_ptr());
        Ok(Bound::from_owned_ptr_or_err(values.py(), list)?.cast_into_unchecked())
    }
}

/// `tuple(values)`. No other thread and no item's own code can change or shorten that.
pub fn tuple<'py>(values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    // A tuple is filled with zeros as long as it is told to become: memory, if it was a lie, that a
    // list does not touch. These two tell the truth.
    if values.is_exact_instance_of::<PyList>() || values.is_exact_instance_of::<PyTuple>() {
        // SAFETY: this thread is attached; what comes back is a tuple or null, with an exception set.
        return unsafe {
            let tuple = ffi::PySequence_Tuple(values.as_ptr());
            Ok(Bound::from_owned_ptr_or_err(values.py(), tuple)?.cast_into_unchecked())
        };
    }
    tuple(list(values)?.as_any())
}

/// The integers that a sequence holds.
pub fn integers(values: &Bound<'_, PyAny>) -> PyResult<Vec<i64>> {
    let py = values.py();
    if let Ok(list) = values.cast_exact::<PyList>() {
        if let Some(numbers) = int_list::read(list)? {
            return Ok(numbers);
        }
    }
    refuse_other_than_sequences(values)?;
    let items = tuple(values)?;
    let mut numbers = reserved(items.len())?;
    for position in 0..items.len() {
        // SAFETY: this thread is attached, `items` has that many items, and keeps each alive.
        let number = unsafe {
            let item = ffi::PyTuple_GetItem(items.as_ptr(), position as ffi::Py_ssize_t);
            ffi::PyLong_AsLongLong(item)
        };
        if number == -1 {
            PyErr::take(py).map_or(Ok(()), Err)?;
        }
        numbers.push(number);
    }
    Ok(numbers)
}

// `Vec::extract` takes the same, but imports `collections.abc` for its error.
fn refuse_other_than_sequences(values: &Bound<'_, PyAny>) -> PyResult<()> {
    if values.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("Can't extract `str` to `Vec`"));
    }
    // SAFETY: this thread is attached; the function only looks at the object's type.
    if unsafe { ffi::PySequence_Check(values.as_ptr()) } == 1 {
        return Ok(());
    }
    let name = values.get_type().qualname()?;
    let message = format!("'{name}' object is not an instance of 'Sequence'");
    Err(PyTypeError::new_err(message))
}

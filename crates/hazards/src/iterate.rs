//! A list that others change while it is iterated.
//!
//! Rule: take a copy in one step, work on that. PyO3's iterator asks for the length and takes the item
//! anew at each step (PyO3#4789), so nothing crashes; but without a GIL the items may be partly from
//! before a change and partly from after it. With one nothing comes in between, as long as the loop
//! runs no Python code.

use pyo3::prelude::*;
use pyo3::types::PyList;

/// Hazard: add up the items of ``list`` one by one.
#[pyfunction]
pub fn sum_items(list: &Bound<'_, PyList>) -> PyResult<i64> {
    let mut sum = 0;
    // A loop: `Iterator::sum` might lock the list from the first item to the last.
    for item in list.iter() {
        sum += item.extract::<i64>()?;
    }
    Ok(sum)
}

/// Cure: copy ``list`` into a tuple, which locks it once, and add up that.
#[pyfunction]
pub fn sum_snapshot(list: &Bound<'_, PyList>) -> PyResult<i64> {
    let mut sum = 0;
    for item in list.to_tuple().iter() {
        sum += item.extract::<i64>()?;
    }
    Ok(sum)
}

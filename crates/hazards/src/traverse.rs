//! Attaching in `__traverse__`.
//!
//! Rule: `__traverse__` visits and does nothing else. A garbage collection calls it in the middle of
//! its work, without a GIL while the world stands still; PyO3 forbids to attach there, and
//! `Python::attach` panics. Code that may run there uses `Python::try_attach`.

use std::panic::catch_unwind;
use std::sync::OnceLock;

use pyo3::exceptions::PyLookupError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

/// An object that notes what happens when it attaches while a collection traverses it.
#[pyclass(frozen)]
pub struct Traversed {
    seen: OnceLock<(bool, bool)>,
}

#[pymethods]
impl Traversed {
    #[new]
    fn new() -> Self {
        Self {
            seen: OnceLock::new(),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what PyO3 asks for")]
    fn __traverse__(&self, _visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.seen.get_or_init(|| {
            let panicked = catch_unwind(|| Python::attach(|_| ())).is_err();
            (panicked, Python::try_attach(|_| ()).is_none())
        });
        Ok(())
    }

    /// Return whether `Python::attach` panicked (hazard) and `Python::try_attach` refused (cure).
    ///
    /// Raises:
    ///     LookupError: no collection came by yet.
    fn seen(&self) -> PyResult<(bool, bool)> {
        let seen = self.seen.get().copied();
        seen.ok_or_else(|| PyLookupError::new_err("not yet traversed"))
    }
}

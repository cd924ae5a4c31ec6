//! Which build is this?

use pyo3::ffi;
use pyo3::prelude::*;

use crate::values::repr::{boolean, string};

/// What ``build_info()`` found. Compares equal by value.
#[pyclass(frozen, get_all, eq, hash, module = "gil")]
#[derive(PartialEq, Eq, Hash)]
pub struct BuildInfo {
    /// The interpreter's version, as ``platform.python_version()``.
    python: String,
    /// The version of PyO3 that the extension was compiled with, from its Cargo.lock.
    pyo3: String,
    /// What the extension was compiled for: ``abi3``, ``abi3t``, or a version such as ``cp314t``.
    abi: String,
    /// Whether the interpreter was built without the GIL: ``sysconfig``'s ``Py_GIL_DISABLED``.
    free_threaded_build: bool,
    /// Whether the GIL was on at the call: ``sys._is_gil_enabled()``, and True before 3.13.
    gil_enabled: bool,
}

#[pymethods]
impl BuildInfo {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "BuildInfo(python={}, pyo3={}, abi={}, free_threaded_build={}, gil_enabled={})",
            string(py, &self.python)?,
            string(py, &self.pyo3)?,
            string(py, &self.abi)?,
            boolean(self.free_threaded_build),
            boolean(self.gil_enabled),
        ))
    }
}

/// Describe the interpreter, the extension, and whether the GIL is on now.
#[pyfunction]
pub fn build_info(py: Python<'_>) -> PyResult<BuildInfo> {
    // Absent before 3.13, where there is no way to be without a GIL.
    // SAFETY: this thread is attached, and the name ends with a null.
    let asked = unsafe {
        let function = ffi::PySys_GetObject(c"_is_gil_enabled".as_ptr());
        Bound::from_borrowed_ptr_or_opt(py, function)
    };
    let gil_enabled = match asked {
        Some(function) => function.call0()?.extract()?,
        None => true,
    };
    let version = Python::version_str();
    Ok(BuildInfo {
        python: version.split(' ').next().unwrap_or(version).to_owned(),
        pyo3: env!("GIL_PYO3_VERSION").to_owned(),
        abi: env!("GIL_ABI").to_owned(),
        free_threaded_build: is_free_threaded(),
        gil_enabled,
    })
}

/// Whether the interpreter was built without the GIL, by what `python -VV` and `sys.version` say.
///
/// Not by `sysconfig`, which is Python code: Ctrl-C may get lost in its first import. Nor by
/// `cfg(Py_GIL_DISABLED)`: that is true in an abi3t build on a GIL interpreter as well.
pub fn is_free_threaded() -> bool {
    let mut words = Python::version_str().split(' ');
    words.any(|word| word == "free-threading")
}

//! Which build is this?

use pyo3::prelude::*;

use crate::repr::{boolean, string};

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
    let python = py.import("platform")?.call_method0("python_version")?;
    // Not `cfg(Py_GIL_DISABLED)`: that is true in an abi3t build on a GIL interpreter as well.
    let free_threaded = py
        .import("sysconfig")?
        .call_method1("get_config_var", ("Py_GIL_DISABLED",))?;
    // Absent before 3.13, where there is no way to be without a GIL.
    let gil_enabled = match py.import("sys")?.getattr_opt("_is_gil_enabled")? {
        Some(function) => function.call0()?.extract()?,
        None => true,
    };
    Ok(BuildInfo {
        python: python.extract()?,
        pyo3: env!("GIL_PYO3_VERSION").to_owned(),
        abi: env!("GIL_ABI").to_owned(),
        free_threaded_build: free_threaded.is_truthy()?,
        gil_enabled,
    })
}

//! Which build is this?

use pyo3::prelude::*;

/// What `build_info()` found.
#[pyclass(frozen, get_all, eq, hash, module = "gil")]
#[derive(PartialEq, Eq, Hash)]
pub struct BuildInfo {
    python: String,
    pyo3: String,
    abi: String,
    free_threaded_build: bool,
    gil_enabled: bool,
}

#[pymethods]
impl BuildInfo {
    fn __repr__(&self) -> String {
        let name = |value| if value { "True" } else { "False" };
        format!(
            "BuildInfo(python={:?}, pyo3={:?}, abi={:?}, free_threaded_build={}, gil_enabled={})",
            self.python,
            self.pyo3,
            self.abi,
            name(self.free_threaded_build),
            name(self.gil_enabled),
        )
    }
}

/// Describe the interpreter, the extension and the state of the GIL now.
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

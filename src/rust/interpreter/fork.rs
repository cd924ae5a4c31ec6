//! What a fork does to this module: the child has one thread, the one that forked.

/// Has the C library call what follows around every fork; called when the module is imported.
///
/// Not `os.register_at_fork`: that calls Python code, and only for forks that Python makes.
#[cfg(unix)]
pub fn register() -> pyo3::PyResult<()> {
    use std::sync::OnceLock;

    use pyo3::exceptions::PyMemoryError;

    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let register = || {
        // SAFETY: the three functions take nothing, never panic, and stay as long as the process: Python
        // unloads no extension.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) }
    };
    if *REGISTERED.get_or_init(|| register() == 0) {
        Ok(())
    } else {
        Err(PyMemoryError::new_err(
            "no memory for the handlers of fork()",
        ))
    }
}

/// There is no fork here.
#[cfg(not(unix))]
pub fn register() -> pyo3::PyResult<()> {
    Ok(())
}

#[cfg(unix)]
extern "C" fn before() {
    gil_timeline::fork::before();
}

#[cfg(unix)]
extern "C" fn in_parent() {
    gil_timeline::fork::in_parent();
}

#[cfg(unix)]
extern "C" fn in_child() {
    gil_timeline::fork::in_child();
    crate::interpreter::main_thread::set_current();
}

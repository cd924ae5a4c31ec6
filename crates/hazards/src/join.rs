//! Waiting, attached, for a thread that must attach.
//!
//! Rule: detach to join. With a GIL the new thread never gets what the joining one keeps. Without,
//! it gets in, unless the world is to stop meanwhile: a garbage collection waits for the joining
//! thread, the new thread waits for the collection. On 3.13t the first thread that attaches itself
//! stops the world (it makes functions and classes immortal), so there it always hangs.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use pyo3::prelude::*;

fn attaching_after(ms: u64) -> JoinHandle<()> {
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(ms));
        Python::attach(|_| ());
    })
}

/// Hazard: join a thread that attaches after ``ms`` milliseconds, and stay attached.
#[pyfunction]
pub fn join_attached(ms: u64) {
    attaching_after(ms).join().unwrap();
}

/// Cure: detach, then join it.
#[pyfunction]
pub fn join_detached(py: Python<'_>, ms: u64) {
    let thread = attaching_after(ms);
    py.detach(|| thread.join().unwrap());
}

//! A lock that another thread holds while the process forks.
//!
//! Rule: keep no lock over a fork that the child will need, or take it yourself around the fork. The
//! child has one thread, the one that forked, and a copy of the lock as it was: locked, by a thread
//! that does not exist there. Neither the GIL nor its absence matters. POSIX only.

use std::cell::RefCell;
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::MutexExt;

static LOCK: Mutex<()> = Mutex::new(());

thread_local! {
    static AROUND_FORK: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
}

fn lock(py: Python<'_>) -> MutexGuard<'static, ()> {
    let guard = LOCK.lock_py_attached(py);
    guard.unwrap_or_else(PoisonError::into_inner)
}

/// Start a thread that holds the lock for ``ms`` milliseconds; return when it does.
#[pyfunction]
pub fn lock_in_thread(py: Python<'_>, ms: u64) {
    let (tell, told) = channel();
    thread::spawn(move || {
        let _guard = LOCK.lock();
        let _ = tell.send(());
        thread::sleep(Duration::from_millis(ms));
    });
    py.detach(move || told.recv()).unwrap();
}

/// Hazard in a child, where the lock may never be given back: take it and give it back.
#[pyfunction]
pub fn take_lock(py: Python<'_>) {
    drop(lock(py));
}

/// Cure, for ``os.register_at_fork(before=...)``: take the lock, so that no other thread has it.
#[pyfunction]
pub fn before_fork(py: Python<'_>) {
    AROUND_FORK.set(Some(lock(py)));
}

/// Cure, for ``after_in_parent`` and ``after_in_child``: give the lock back.
#[pyfunction]
pub fn after_fork() {
    AROUND_FORK.set(None);
}

//! Threads that Rust makes, each of which attaches itself.

use std::panic;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle, Thread};

use gil_timeline::fork::end_whole;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::interpreter::main_thread::longest_slice;
use crate::timeline::{Timeline, Trace};
use crate::values::sequences::{list, tuple};

/// Return ``[func(value) for value in values]``, called in up to ``threads`` threads made by Rust.
///
/// The threads take the values in order, one at a time. After an exception, as after Ctrl-C in the
/// main thread, no further value is taken, and what runs runs to its end. Of several exceptions the
/// first is raised, unless a signal handler raises one, too (Ctrl-C): then that, with the first as its
/// context. All threads have ended when this returns.
///
/// Rule: each thread attaches itself, and whoever waits for it detaches.
/// With a GIL: a thread that waits while it holds it waits for ever.
/// Without: the same, as soon as the world has to be stopped meanwhile.
/// The compiler refuses: a token or a ``Bound`` in the other thread; a ``Py`` may go there.
///
/// To ``threading`` these threads are unknown, unless ``func`` asks for
/// ``threading.current_thread()``: that makes a dummy, which 3.11 and 3.12 keep for good.
///
/// A daemon thread that is still in here, or in ``call``, when the interpreter ends, aborts the
/// process on a standard build up to 3.13, with glibc (python/cpython#87135).
///
/// Raises:
///     ValueError: ``threads`` is less than 1.
///     TypeError: ``values`` is not iterable, or ``func`` not callable. What ``func`` raises
///         passes through.
///     MemoryError: where ``list(values)`` raises it, as for a length that is a lie.
///     RuntimeError: the system allows no more threads.
#[pyfunction]
#[pyo3(signature = (func, values, threads=4, *, timeline=None))]
pub fn map_threads<'py>(
    py: Python<'py>,
    func: &Bound<'py, PyAny>,
    values: &Bound<'py, PyAny>,
    threads: isize,
    timeline: Option<&Bound<'py, Timeline>>,
) -> PyResult<Bound<'py, PyList>> {
    if threads < 1 {
        let message = format!("threads must be at least 1, got {threads}");
        return Err(PyValueError::new_err(message));
    }
    let trace = Trace::enter(timeline);
    let values = tuple(values)?;
    let job = Job {
        func: func.clone().unbind(),
        count: values.len(),
        values: values.unbind(),
        next: AtomicUsize::new(0),
        running: AtomicUsize::new(0),
        error: OnceLock::new(),
        ended: AtomicBool::new(false),
    };
    let slice = longest_slice(py);
    let mut interrupt = None;
    let results = trace.detach(py, || {
        thread::scope(|scope| {
            let threads = job.count.min(threads.unsigned_abs());
            let start = |_| job.start(scope, &trace);
            let workers: Vec<_> = (0..threads).map_while(start).collect();
            while job.running.load(Ordering::Acquire) > 0 {
                thread::park_timeout(slice);
                job.attached(&trace, |py| {
                    let first = interrupt.as_ref().or(job.error.get());
                    if let Err(error) = handling(py, first, || py.check_signals()) {
                        interrupt = Some(error);
                        job.ended.store(true, Ordering::Relaxed);
                    }
                });
            }
            let join = |worker: ScopedJoinHandle<'_, _>| {
                worker.join().unwrap_or_else(|it| panic::resume_unwind(it))
            };
            workers.into_iter().flat_map(join).collect::<Vec<_>>()
        })
    });
    if let Some(error) = interrupt.or(job.error.into_inner()) {
        return Err(error);
    }
    let list = list(job.values.bind(py))?;
    for (position, result) in results {
        list.set_item(position, result)?;
    }
    Ok(list)
}

type Results = Vec<(usize, Py<PyAny>)>;

struct Job {
    func: Py<PyAny>,
    values: Py<PyTuple>,
    count: usize,
    next: AtomicUsize,
    running: AtomicUsize,
    error: OnceLock<PyErr>,
    ended: AtomicBool, // no further value is to be taken
}

impl Job {
    fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        trace: &'scope Trace<'_>,
    ) -> Option<ScopedJoinHandle<'scope, Results>> {
        self.running.fetch_add(1, Ordering::Relaxed);
        let ending = Ending(self, thread::current());
        let work = move || {
            let _ending = ending;
            self.share(&trace.of_this_thread())
        };
        let started = thread::Builder::new().spawn_scoped(scope, end_whole(work));
        if started.is_err() {
            self.fail(PyRuntimeError::new_err("can't start new thread"));
        }
        started.ok()
    }

    /// What one thread does, attached from its first value to its last.
    fn share(&self, trace: &Trace<'_>) -> Results {
        let mut results = Vec::new();
        self.attached(trace, |py| {
            while !self.ended.load(Ordering::Relaxed) {
                let position = self.next.fetch_add(1, Ordering::Relaxed);
                if position >= self.count {
                    break;
                }
                let call = |value| self.func.bind(py).call1((value,));
                match self.values.bind(py).get_item(position).and_then(call) {
                    Ok(result) => results.push((position, result.unbind())),
                    Err(error) => self.fail(error),
                }
            }
        });
        results
    }

    // Daemon threads may still be here when the interpreter ends, and `Python::attach` would panic.
    fn attached(&self, trace: &Trace<'_>, work: impl FnOnce(Python<'_>)) {
        if trace.attach(work).is_none() {
            self.fail(PyRuntimeError::new_err("the interpreter is shutting down"));
        }
    }

    // The first stays. `set` runs no Python, so no thread waits here for one that waits for it.
    fn fail(&self, error: PyErr) {
        let _ = self.error.set(error);
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` as if in an `except` clause for `error`: what is raised there has it as its context.
fn handling<T>(py: Python<'_>, error: Option<&PyErr>, work: impl FnOnce() -> T) -> T {
    let Some(error) = error else {
        return work();
    };
    // SAFETY: this thread is attached; the first gives a reference away, the second takes none.
    let before = unsafe {
        let before = ffi::PyErr_GetHandledException();
        ffi::PyErr_SetHandledException(error.value(py).as_ptr());
        Bound::from_owned_ptr_or_opt(py, before)
    };
    let value = work();
    let before = before.as_ref().map_or(ptr::null_mut(), Bound::as_ptr);
    // SAFETY: as above; null means that there was none.
    unsafe { ffi::PyErr_SetHandledException(before) };
    value
}

// Wakes the caller at the end of a thread, also if that ends by a panic or never began.
struct Ending<'a>(&'a Job, Thread);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Release);
        self.1.unpark();
    }
}

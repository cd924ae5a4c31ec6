//! What others wait for: a thread that asks for its turn now and then.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use gil_timeline::fork::ForkSafeMutex;
use gil_timeline::{Clock, OwnThread};
use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::ffi::PySys_GetObject;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyList;

use crate::instruments::background::{pause, start};
use crate::timeline::clock;
use crate::values::reserve::reserved;
use crate::values::seconds;

/// A thread made by Rust that asks for its turn every ``interval`` seconds, and notes how long it waits.
///
/// With a GIL it attaches, and so takes the GIL. Without, it attaches and, unless ``stop_the_world`` is
/// False, stops the world (it calls ``sys._current_frames()``), as a garbage collection does, and so waits
/// for every attached thread. It begins at once, and ends with ``stop``, with this object, or before the
/// interpreter does.
///
/// Raises:
///     ValueError: ``interval`` is no finite number of seconds above 0.
///     RuntimeError: the system allows no more threads, or the interpreter is shutting down.
#[pyclass(frozen, module = "gil")]
pub struct Knocker(Arc<Knocks>);

/// When it asked, when its turn came, and when that was over.
type Knock = (i64, i64, i64);

struct Knocks {
    ended: AtomicBool,
    made: Made,
    // Set right after it was started.
    thread: OnceLock<OwnThread>,
}

impl Knocks {
    fn run(&self, interval: Duration, clock: Clock, stops: bool) {
        let mut last = Instant::now();
        while pause(last, interval, &self.ended) {
            let Some(knock) = knock(clock, stops) else {
                return; // the interpreter is shutting down
            };
            if !self.made.add(knock) {
                return;
            }
            last = Instant::now();
        }
    }

    /// Ends the thread, without waiting for it.
    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Ends the thread and waits for it; the calling thread is detached, as the other one may have to attach.
    fn join(&self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.get() {
            thread.join();
        }
    }
}

/// The knocks so far, for whoever stops the thread.
struct Made {
    all: ForkSafeMutex<Vec<Knock>>,
    out_of_memory: AtomicBool,
}

impl Made {
    fn new() -> Self {
        Self {
            all: ForkSafeMutex::new(Vec::new()),
            out_of_memory: AtomicBool::new(false),
        }
    }

    /// Adds one. Returns false if there is no memory for it; then `copy` fails.
    fn add(&self, knock: Knock) -> bool {
        let added = self.all.with(|all| {
            let room = all.try_reserve(1).is_ok();
            if room {
                all.push(knock);
            }
            room
        });
        if !added {
            self.out_of_memory.store(true, Ordering::Relaxed);
        }
        added
    }

    /// All of them, or MemoryError.
    fn copy(&self) -> PyResult<Vec<Knock>> {
        if self.out_of_memory.load(Ordering::Relaxed) {
            return Err(PyMemoryError::new_err(()));
        }
        self.all.with(|all| {
            let mut copy = reserved(all.len())?;
            copy.extend_from_slice(all);
            Ok(copy)
        })
    }
}

/// Returns nothing where the interpreter is shutting down.
fn knock(clock: Clock, stops: bool) -> Option<Knock> {
    let asked = clock.now();
    let got = Python::try_attach(|py| {
        if stops && !has_gil(py) {
            stop_the_world(py);
        }
        clock.now()
    })?;
    Some((asked, got, clock.now()))
}

fn has_gil(py: Python<'_>) -> bool {
    // Absent before 3.13, where there is no way to be without a GIL.
    let enabled =
        function_of_sys(py, c"_is_gil_enabled").and_then(|function| function.call0().ok());
    enabled.is_none_or(|enabled| enabled.is_truthy().unwrap_or(true))
}

fn stop_the_world(py: Python<'_>) {
    if let Some(function) = function_of_sys(py, c"_current_frames") {
        drop(function.call0()); // of what it returns or raises, nothing is used
    }
}

fn function_of_sys<'py>(py: Python<'py>, name: &std::ffi::CStr) -> Option<Bound<'py, PyAny>> {
    // SAFETY: this thread is attached, the name ends with a null; what comes back is borrowed, or null.
    unsafe { Bound::from_borrowed_ptr_or_opt(py, PySys_GetObject(name.as_ptr())) }
}

// All that may still run, to be ended before the interpreter is: a thread that waits to attach then would
// never come back.
static RUNNING: ForkSafeMutex<Vec<Weak<Knocks>>> = ForkSafeMutex::new(Vec::new());
static ALL_ENDED: AtomicBool = AtomicBool::new(false);

#[pyfunction]
fn end_all(py: Python<'_>) {
    ALL_ENDED.store(true, Ordering::Relaxed);
    let running = RUNNING.with(mem::take);
    py.detach(|| {
        for knocks in running.iter().filter_map(Weak::upgrade) {
            knocks.join();
        }
    });
}

fn end_before_the_interpreter(py: Python<'_>, knocks: &Arc<Knocks>) -> PyResult<()> {
    if ALL_ENDED.load(Ordering::Relaxed) {
        return Err(PyRuntimeError::new_err(
            "can't start new thread: the interpreter is shutting down",
        ));
    }
    static REGISTERED: PyOnceLock<()> = PyOnceLock::new();
    REGISTERED.get_or_try_init(py, || {
        let end_all = pyo3::wrap_pyfunction!(end_all, py)?;
        py.import("atexit")?
            .call_method1("register", (end_all,))
            .map(drop)
    })?;
    RUNNING.with(|running| {
        running.retain(|knocks| knocks.strong_count() > 0);
        running.push(Arc::downgrade(knocks));
    });
    Ok(())
}

#[pymethods]
impl Knocker {
    #[new]
    #[pyo3(signature = (interval = 0.05, *, stop_the_world = true))]
    fn new(py: Python<'_>, interval: f64, stop_the_world: bool) -> PyResult<Self> {
        let interval = seconds::interval(interval)?;
        let clock = clock()?;
        let knocks = Arc::new(Knocks {
            ended: AtomicBool::new(false),
            made: Made::new(),
            thread: OnceLock::new(),
        });
        end_before_the_interpreter(py, &knocks)?;
        let knocking = Arc::clone(&knocks);
        let thread = start("gil-knocker", move || {
            knocking.run(interval, clock, stop_the_world)
        })?;
        let _ = knocks.thread.set(thread); // nobody else does
        Ok(Self(knocks))
    }

    /// End the thread and return its knocks: ``(asked_ns, got_ns, left_ns)``, oldest first.
    ///
    /// In nanoseconds of ``time.perf_counter_ns()``: when it asked for its turn, when its turn came (without
    /// a GIL: when the world had stopped and gone on), and when it was detached again. A knock that waits
    /// when this is called is waited for, and counts. Called again, it returns the same. A forked child has
    /// not got the thread: there it returns the knocks up to the fork.
    ///
    /// Raises:
    ///     MemoryError: there was no memory for all the knocks.
    fn stop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let knocks = py.detach(|| {
            self.0.join();
            self.0.made.copy()
        })?;
        PyList::new(py, knocks)
    }
}

impl Drop for Knocker {
    fn drop(&mut self) {
        self.0.end();
    }
}

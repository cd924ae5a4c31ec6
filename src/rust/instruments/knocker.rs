//! What others wait for: a thread that asks for its turn now and then.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gil_timeline::Clock;
use gil_timeline::fork::{ForkSafeMutex, generation};
use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyValueError};
use pyo3::ffi::PySys_GetObject;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyList;

use crate::timeline::clock;
use crate::values::seconds::duration;

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
    out_of_memory: AtomicBool,
    made: ForkSafeMutex<Vec<Knock>>,
    // Of no use to a forked child, which has neither the thread nor whoever waits for its end.
    thread: Mutex<Option<JoinHandle<()>>>,
    generation: u64,
}

impl Knocks {
    fn run(&self, pause: Duration, clock: Clock, stops: bool) {
        let mut last = Instant::now();
        while !self.ended.load(Ordering::Relaxed) {
            // A thread that is parked may wake for no reason.
            let rest = pause.saturating_sub(last.elapsed());
            if !rest.is_zero() {
                thread::park_timeout(rest);
                continue;
            }
            let Some(knock) = knock(clock, stops) else {
                return; // the interpreter is shutting down
            };
            if !self.note(knock) {
                self.out_of_memory.store(true, Ordering::Relaxed);
                return;
            }
            last = Instant::now();
        }
    }

    /// Returns false if there is no memory.
    fn note(&self, knock: Knock) -> bool {
        self.made.with(|made| {
            let room = made.try_reserve(1).is_ok();
            if room {
                made.push(knock);
            }
            room
        })
    }

    /// Ends the thread, without waiting for it.
    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        // Locked, somebody waits for the thread's end already, which may need this thread to detach.
        if let Ok(Some(thread)) = self.thread.try_lock().as_deref() {
            thread.thread().unpark();
        }
    }

    /// Ends the thread and waits for it; the calling thread is detached, as the other one may have to attach.
    fn join(&self) {
        if !self.is_of_this_process() {
            return;
        }
        self.ended.store(true, Ordering::Relaxed);
        // Held to the end of the thread: another `join` meanwhile waits as long.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            thread.thread().unpark();
            let _ = thread.join(); // it cannot panic
        }
    }

    fn is_of_this_process(&self) -> bool {
        self.generation == generation()
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
        let pause = duration("interval", interval)?;
        if pause.is_zero() {
            return Err(PyValueError::new_err("interval must be more than 0"));
        }
        let clock = clock()?;
        let knocks = Arc::new(Knocks {
            ended: AtomicBool::new(false),
            out_of_memory: AtomicBool::new(false),
            made: ForkSafeMutex::new(Vec::new()),
            thread: Mutex::new(None),
            generation: generation(),
        });
        end_before_the_interpreter(py, &knocks)?;
        let thread = {
            let knocks = Arc::clone(&knocks);
            thread::Builder::new()
                .name("gil-knocker".to_owned())
                .spawn(move || knocks.run(pause, clock, stop_the_world))
                .map_err(|_| PyRuntimeError::new_err("can't start new thread"))?
        };
        *knocks.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
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
        py.detach(|| self.0.join());
        if self.0.out_of_memory.load(Ordering::Relaxed) {
            return Err(PyMemoryError::new_err(()));
        }
        PyList::new(py, self.0.made.with(|made| made.clone()))
    }
}

impl Drop for Knocker {
    fn drop(&mut self) {
        if self.0.is_of_this_process() {
            self.0.end();
        } else {
            mem::forget(Arc::clone(&self.0)); // there is nothing left to detach from
        }
    }
}

//! Someone else who keeps the GIL, at a chosen moment and for a chosen time.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gil_timeline::{Clock, OwnThread};
use pyo3::prelude::*;

use crate::instruments::background::{pause, start};
use crate::interpreter::main_thread::longest_slice;
use crate::timeline::clock;
use crate::values::seconds::duration;

// No moment: Python's clock counts up from the start of the system.
const NEVER: i64 = i64::MIN;

/// A thread made by Rust that attaches ``after`` seconds from now and stays attached for ``seconds``.
///
/// It sleeps meanwhile, and takes no processor time. With a GIL no other Python thread runs until it
/// lets go. Without a GIL the others do run, but whatever stops the world waits. So it shows what a
/// timeout is worth while somebody else's native code does not let go.
///
/// As a context manager it waits at the end of the block until it has let go; an exception in the
/// block ends it at once. Otherwise it ends by itself, with ``stop``, or with this object.
///
/// Raises:
///     ValueError: ``seconds`` or ``after`` is negative, not finite or beyond 2**64.
///     RuntimeError: the system allows no more threads.
#[pyclass(frozen, module = "gil")]
pub struct Holder {
    shared: Arc<Shared>,
    thread: OwnThread,
}

struct Shared {
    asked: AtomicI64,
    got: AtomicI64,
    left: AtomicI64,
    stopped: AtomicBool,
    // Only the process that made the thread looks at these: a fork may leave the mutex locked.
    ended: Mutex<bool>,
    end: Condvar,
}

impl Shared {
    fn run(&self, after: Duration, phase: Duration, clock: Clock) {
        self.sleep(after);
        if !self.stopped.load(Ordering::Relaxed) {
            self.asked.store(clock.now(), Ordering::Relaxed);
            // Where the interpreter is shutting down nobody attaches any more.
            let _ = Python::try_attach(|_| {
                self.got.store(clock.now(), Ordering::Relaxed);
                self.sleep(phase);
                self.left.store(clock.now(), Ordering::Release); // the other two come before it
            });
        }
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.end.notify_all();
    }

    // Attached or not, as it is called.
    fn sleep(&self, phase: Duration) {
        pause(Instant::now(), phase, &self.stopped);
    }

    /// Waits for the end of the thread, at most for `slice`; returns whether it has come.
    fn wait(&self, slice: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let (ended, _) = self
            .end
            .wait_timeout_while(ended, slice, |ended| !*ended)
            .unwrap_or_else(PoisonError::into_inner);
        *ended
    }

    fn moments(&self) -> Option<(i64, i64, i64)> {
        let left = self.left.load(Ordering::Acquire);
        (left != NEVER).then(|| {
            let read = |moment: &AtomicI64| moment.load(Ordering::Relaxed);
            (read(&self.asked), read(&self.got), left)
        })
    }
}

#[pymethods]
impl Holder {
    #[new]
    #[pyo3(signature = (seconds, *, after=0.0))]
    fn new(seconds: f64, after: f64) -> PyResult<Self> {
        let phase = duration("seconds", seconds)?;
        let after = duration("after", after)?;
        let clock = clock()?;
        let shared = Arc::new(Shared {
            asked: AtomicI64::new(NEVER),
            got: AtomicI64::new(NEVER),
            left: AtomicI64::new(NEVER),
            stopped: AtomicBool::new(false),
            ended: Mutex::new(false),
            end: Condvar::new(),
        });
        let holding = Arc::clone(&shared);
        let thread = start("gil-holder", move || holding.run(after, phase, clock))?;
        Ok(Self { shared, thread })
    }

    /// Wait, detached, until the thread has let go, and return three moments of it.
    ///
    /// They are those at which it asked to attach, at which it got that, and up to which it kept it,
    /// in nanoseconds of ``time.perf_counter_ns()``; None if it never attached, because it was
    /// stopped before. In the main thread a signal handler's exception (Ctrl-C) ends the wait within
    /// 0.1 s. A forked child has not got the thread: there it returns at once.
    fn wait(&self, py: Python<'_>) -> PyResult<Option<(i64, i64, i64)>> {
        if self.thread.is_of_this_process() {
            let slice = longest_slice(py);
            while !py.detach(|| self.shared.wait(slice)) {
                py.check_signals()?;
            }
            py.check_signals()?;
        }
        Ok(self.shared.moments())
    }

    /// Have the thread let go now, and return what ``wait`` returns.
    fn stop(&self, py: Python<'_>) -> Option<(i64, i64, i64)> {
        py.detach(|| {
            self.shared.stopped.store(true, Ordering::Relaxed);
            self.thread.join();
        });
        self.shared.moments()
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    #[pyo3(signature = (kind, value, traceback, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let _ = (value, traceback);
        if kind.is_none() {
            self.wait(py)?;
        } else {
            self.stop(py);
        }
        Ok(())
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        self.thread.unpark();
    }
}

//! The timeline as Python sees it, and the marks that the native functions leave on it.

use std::sync::OnceLock;
use std::time::Instant;

use gil_timeline::{Clock, Record, Recorder};
use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList};

use crate::interpreter::attach_state::{is_attached, thread_ident};
use crate::values::repr::{boolean, string};

// The first is slow, and any may be interrupted by the system: the fastest has the smallest error.
const READINGS: usize = 5;
static CLOCK: OnceLock<Clock> = OnceLock::new();

/// Ties Rust's clock to Python's; called once, when the module is imported.
pub fn start_clock(py: Python<'_>) -> PyResult<()> {
    let perf_counter_ns = py.import("time")?.getattr("perf_counter_ns")?;
    let mut readings = Vec::new();
    for _ in 0..READINGS {
        let instant = Instant::now();
        let ns = perf_counter_ns.call0()?.extract()?;
        readings.push((instant.elapsed(), instant, ns));
    }
    if let Some((_, instant, ns)) = readings.into_iter().min() {
        CLOCK.get_or_init(|| Clock::anchored(instant, ns));
    }
    Ok(())
}

/// The clock of all timelines.
pub fn clock() -> PyResult<Clock> {
    CLOCK
        .get()
        .copied()
        .ok_or_else(|| PyRuntimeError::new_err("gil._gil was not initialised by an import"))
}

/// One fact on a ``Timeline``. Compares equal by value, hashable.
#[pyclass(frozen, get_all, eq, hash, module = "gil")]
#[derive(PartialEq, Eq, Hash)]
pub struct Event {
    /// When, in nanoseconds of ``time.perf_counter_ns()``.
    ///
    /// That is the clock of ``time.monotonic_ns()`` too, except on Windows before Python 3.13, where
    /// the latter goes on only every 16 ms.
    ns: i64,
    /// Which thread, as ``threading.get_ident()``.
    thread: u64,
    /// Which point was passed.
    ///
    /// Native functions write ``enter``, ``detach`` (about to), ``detached`` (just did), ``attach``
    /// (about to wait for it), ``attached`` (just got it) and ``exit``; ``double_list`` and
    /// ``nested`` also ``acquire`` (attached a second time), ``nested`` ``leave`` (that has ended),
    /// ``import_attr`` ``imported``, ``attempt`` ``caught``, ``convert`` ``extracted``.
    /// ``Timeline.mark`` writes anything.
    label: String,
    /// Whether the thread was attached then, by its thread state (``PyThreadState_GetUnchecked``).
    attached: bool,
}

impl From<Record> for Event {
    fn from(record: Record) -> Self {
        Self {
            ns: record.ns,
            thread: record.thread,
            label: record.label.into_owned(),
            attached: record.attached,
        }
    }
}

#[pymethods]
impl Event {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "Event(ns={}, thread={}, label={}, attached={})",
            self.ns,
            self.thread,
            string(py, &self.label)?,
            boolean(self.attached),
        ))
    }
}

/// A log of events that any number of threads may write to at once. Events are never dropped.
///
/// Iterating goes over the events so far, oldest first; later marks do not change it.
#[pyclass(frozen, module = "gil")]
pub struct Timeline(Recorder);

#[pymethods]
impl Timeline {
    #[new]
    fn new() -> PyResult<Self> {
        Ok(Self(Recorder::new(clock()?)))
    }

    /// Write ``label`` into the log, for the calling thread, now.
    fn mark(&self, label: &str) -> PyResult<()> {
        let mut own = String::new();
        own.try_reserve_exact(label.len())
            .map_err(|_| PyMemoryError::new_err(()))?;
        own.push_str(label);
        self.0.record(thread_ident(), own, is_attached());
        Ok(())
    }

    /// Return all events so far, oldest first; a copy that later marks do not change.
    fn events(&self) -> Vec<Event> {
        self.0.snapshot().into_iter().map(Event::from).collect()
    }

    /// Return the events as a plain-text table, one lane a thread, milliseconds since the first.
    ///
    /// ``[+]`` after a label means that the thread was attached at that moment.
    fn format(&self) -> String {
        gil_timeline::format(&self.0.snapshot())
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        PyList::new(py, self.events())?.try_iter()
    }

    fn __repr__(&self) -> String {
        match self.0.len() {
            1 => "<Timeline: 1 event>".to_owned(),
            n => format!("<Timeline: {n} events>"),
        }
    }
}

/// The trace of one call on a timeline: `enter` when made, `exit` on every way out.
///
/// Without a timeline it costs a call nothing.
pub struct Trace<'a>(Option<Lane<'a>>);

// Where the marks of one thread go.
struct Lane<'a> {
    log: &'a Recorder,
    thread: u64,
}

impl<'a> Trace<'a> {
    /// Records `enter`; without a timeline, records nothing ever.
    #[inline]
    pub fn enter(timeline: Option<&'a Bound<'_, Timeline>>) -> Self {
        Self::begin(timeline.map(|timeline| &timeline.get().0))
    }

    /// A trace of its own for the calling thread, on the same timeline.
    pub fn of_this_thread(&self) -> Self {
        Self::begin(self.0.as_ref().map(|lane| lane.log))
    }

    #[inline]
    fn begin(log: Option<&'a Recorder>) -> Self {
        let trace = Self(log.map(Lane::of_this_thread));
        trace.mark("enter");
        trace
    }

    /// Records `label` now.
    #[inline]
    pub fn mark(&self, label: &'static str) {
        if let Some(lane) = &self.0 {
            lane.mark(label);
        }
    }

    /// Runs `work` detached, and records the four moments around it: `detach` and `attached` on
    /// the attached side, `detached` and `attach` on the other. From `attach` to `attached` the
    /// thread waits to be let in again.
    pub fn detach<T: Send>(&self, py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
        let Some(lane) = &self.0 else {
            return py.detach(work);
        };
        lane.mark("detach");
        let value = py.detach(|| {
            lane.mark("detached");
            let value = work();
            lane.mark("attach");
            value
        });
        lane.mark("attached");
        value
    }

    /// Runs `work` attached, in a thread that is not, with the same four marks the other way round.
    ///
    /// Returns `None`, and does not run it, where the interpreter is shutting down.
    pub fn attach<T>(&self, work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
        self.mark("attach");
        let value = Python::try_attach(|py| {
            self.mark("attached");
            let value = work(py);
            self.mark("detach");
            value
        });
        self.mark("detached");
        value
    }
}

impl<'a> Lane<'a> {
    #[cold]
    fn of_this_thread(log: &'a Recorder) -> Self {
        let thread = thread_ident();
        Self { log, thread }
    }

    // Not inlined: it stands at every step of every function, for the sake of the few calls that have a
    // timeline.
    #[cold]
    fn mark(&self, label: &'static str) {
        self.log.record(self.thread, label, is_attached());
    }
}

impl Drop for Trace<'_> {
    #[inline]
    fn drop(&mut self) {
        self.mark("exit");
    }
}

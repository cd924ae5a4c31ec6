//! The sampler as Python sees it: is a thread attached, and for what part of its time?

use gil_sampler::{Lines, Starting, Tally};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::instruments::lines;
use crate::instruments::proof::{Method, thread_state};
use crate::instruments::thread_end::close_before;
use crate::timeline::clock;
use crate::values::repr::string;
use crate::values::seconds;

/// A thread made by Rust that looks, at random moments, whether the thread that made it is attached.
///
/// It never attaches, so it sees that also while another thread keeps the GIL. The moments are ``interval``
/// seconds apart on average, exponentially distributed, so that they keep step with nothing. The constructor
/// lets others in until its thread runs; then that begins at once, and ends with ``stop``, with this object,
/// or with the thread that it watches.
///
/// On Linux it has real-time priority where the process may have that, so that a busy machine does not keep
/// it waiting; by default it takes 1 to 2 % of a core.
///
/// With a GIL, attached means that the thread has it. Without, attached is a thread that a stop of the
/// world (as a garbage collection makes) has to wait for.
///
/// Raises:
///     ValueError: ``interval`` is no finite number of seconds above 0.
///     RuntimeError: where this interpreter keeps the state of a thread could not be proven, or the
///         system allows no more threads.
#[pyclass(frozen, module = "gil")]
pub struct Sampler {
    sampler: gil_sampler::Sampler,
    /// How it sees that.
    ///
    /// ``debug offsets`` (3.13 and later), ``proven offset`` (3.12), or ``current thread state`` (3.11).
    #[pyo3(get)]
    method: &'static str,
}

#[pymethods]
impl Sampler {
    #[new]
    #[pyo3(signature = (interval = 1.5e-3))]
    fn new(py: Python<'_>, interval: f64) -> PyResult<Self> {
        let interval = seconds::interval(interval)?;
        let clock = clock()?;
        let method = Method::proven(py)?;
        let way = method.of_this_thread(py);
        let state = thread_state(py).as_ptr() as u64;
        let lines = lines::proven(py).map(|layout| Lines::new(layout, state));
        let starting = Starting::new(interval, clock)
            .map_err(|_| PyRuntimeError::new_err("can't start new thread"))?;
        py.detach(|| starting.wait());
        // SAFETY: before this thread's state is freed, `close_before` closes the sampler.
        let sampler = unsafe { gil_sampler::Sampler::begin(starting, way, lines) };
        close_before(py, sampler.watched())?;
        Ok(Self {
            sampler,
            method: method.name,
        })
    }

    /// End the thread and return what it saw.
    ///
    /// Called again, it returns the same. A forked child has not got the thread: there it returns what was
    /// seen up to the fork.
    fn stop(&self, py: Python<'_>) -> Samples {
        self.sampler.close(); // what comes while this thread waits is not to count
        py.detach(|| self.sampler.join());
        Samples {
            method: self.method,
            tally: self.sampler.watched().tally(),
            longest_line: self.sampler.watched().longest_line(),
        }
    }
}

/// What a ``Sampler`` saw. Compares equal by value, hashable.
#[pyclass(frozen, eq, hash, module = "gil")]
#[derive(PartialEq, Eq, Hash)]
pub struct Samples {
    /// How it saw that: ``Sampler.method``.
    #[pyo3(get)]
    method: &'static str,
    tally: Tally,
    /// The Python line in which the thread was in the longest attached stretch: file, line, function.
    ///
    /// It is that of the innermost Python frame, read while the stretch lasted; a stretch may go through
    /// other lines before and after. None if there was no such stretch, or if the line could not be read:
    /// the way of reading it is not believed until it gave the right line of this class's own caller.
    #[pyo3(get)]
    longest_line: Option<(String, u32, String)>,
}

#[pymethods]
impl Samples {
    /// When it began, in nanoseconds of ``time.perf_counter_ns()``.
    #[getter]
    fn start_ns(&self) -> i64 {
        self.tally.start
    }

    /// When it was stopped or the thread ended, in nanoseconds of ``time.perf_counter_ns()``.
    #[getter]
    fn end_ns(&self) -> i64 {
        self.tally.end.unwrap_or(self.tally.start)
    }

    /// How many random moments it looked at.
    #[getter]
    fn samples(&self) -> u64 {
        self.tally.samples
    }

    /// At how many of them the thread was attached.
    #[getter]
    fn attached(&self) -> u64 {
        self.tally.attached
    }

    /// How many of the moments had no look of their own, and count as the look nearest to them.
    ///
    /// That happens where other programs have all processors, or where looks last longer than the interval.
    #[getter]
    fn missed(&self) -> u64 {
        self.tally.missed
    }

    /// How often the thread was detached where it had been attached at the look before.
    #[getter]
    fn releases(&self) -> u64 {
        self.tally.releases
    }

    /// How long the longest attached stretch was, in nanoseconds; 0 if there was none.
    ///
    /// A stretch is what lies between two looks that saw the thread detached, less half of the pauses at
    /// both ends. What is shorter than a pause may be missed, in both states.
    #[getter]
    fn longest_ns(&self) -> i64 {
        self.tally.longest.map_or(0, |span| span.end - span.start)
    }

    /// When that stretch began, in nanoseconds of ``time.perf_counter_ns()``; 0 if there was none.
    #[getter]
    fn longest_start_ns(&self) -> i64 {
        self.tally.longest.map_or(0, |span| span.start)
    }

    /// How many runs of equal looks ``spans`` leaves out, the last ones: it keeps 4,096.
    #[getter]
    fn spans_left_out(&self) -> u64 {
        self.tally.dropped
    }

    /// Return the runs of looks that saw the same, oldest first: ``(start_ns, end_ns, attached)``.
    ///
    /// Each begins where the one before ends, halfway between the two looks that saw a change; the first
    /// begins at ``start_ns``.
    fn spans<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let spans = self.tally.spans.iter();
        PyList::new(py, spans.map(|span| (span.start, span.end, span.attached)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "Samples(method={}, start_ns={}, end_ns={}, samples={}, attached={}, missed={}, releases={}, longest_ns={}, \
             longest_start_ns={}, spans_left_out={})",
            string(py, self.method)?,
            self.start_ns(),
            self.end_ns(),
            self.samples(),
            self.attached(),
            self.missed(),
            self.releases(),
            self.longest_ns(),
            self.longest_start_ns(),
            self.spans_left_out(),
        ))
    }
}

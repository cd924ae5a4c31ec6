//! What a busy machine does to the calling thread.

use pyo3::prelude::*;

/// Return for how long the calling thread has been ready to run without a processor, in nanoseconds.
///
/// It is 0 where the system does not tell (all but Linux). The thread stays attached while that is read, so
/// that a ``Sampler`` sees nothing of it.
#[pyfunction]
pub fn ready_ns() -> u64 {
    gil_sampler::ready_ns()
}

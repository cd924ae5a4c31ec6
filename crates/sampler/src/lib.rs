//! A thread that looks, at random moments, whether another thread is attached to an interpreter.
//!
//! It never attaches itself, so no GIL can stop it. It knows no PyO3: of CPython it knows where a thread
//! state keeps the bit that says so, and it believes that only after the thread to be watched has shown it
//! ([`proof`]). So `cargo test` runs it alone, on memory that is made up.

pub mod frame;
pub mod offsets;
mod processor;
pub mod proof;
mod sampler;
mod starting;
mod stretch;
mod tally;
mod timer;
mod watched;
mod way;

pub use processor::ready_ns;
pub use sampler::Sampler;
pub use starting::Starting;
pub use stretch::Lines;
pub use tally::{Span, Tally};
pub use watched::{Watched, Watching};
pub use way::Way;

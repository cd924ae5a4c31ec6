//! Threads of Rust's own that see what Python's threads cannot.

mod background;
pub mod declaration;
pub mod holder;
pub mod knocker;
mod lines;
pub mod noting;
pub mod processor;
mod proof;
pub mod sampler;
mod thread_end;

//! Threads of Rust's own that never attach, and so see what Python's threads cannot.

pub mod declaration;
pub mod noting;
pub mod ticker;

//! The situations in which code must be attached, each as a function that does the thing.
//!
//! "Attached" is today's word for "holding the GIL": on an interpreter that has one it is the same,
//! on a free-threaded one any number of threads may be attached at once. Each function marks its
//! steps on a timeline, so that `python -m gil situations` can show what was the case at each.
//! What the compiler refuses stands, as code that it is given, in `crates/refused/cases`.

pub mod calls;
pub mod conversions;
pub mod map_threads;
pub mod nested;
pub mod objects;

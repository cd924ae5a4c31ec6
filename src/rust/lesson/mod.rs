//! What is shown: functions that hold the GIL and release it, and the situations in which code must be attached.

pub mod double_list;
pub mod phases;
pub mod situations;
pub mod stdout;

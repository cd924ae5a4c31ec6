//! What the running interpreter is asked: which it is, which thread is attached, which is the main one.

pub mod attach_state;
pub mod build_info;
pub mod fork;
pub mod main_thread;
pub mod symbols;

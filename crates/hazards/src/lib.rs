//! What goes wrong between threads and an interpreter, each hazard beside its cure; and loads of which is
//! known how long they are attached.
//!
//! Functions here deadlock, panic, and leave locks locked, on purpose; so they are in no wheel of
//! gil-demo, and `tests/hazards` runs what may hang in processes with a deadline. A file is a hazard:
//! its documentation gives the rule and the reason, its functions come in pairs. "With a GIL" and
//! "without" mean `sys._is_gil_enabled()` at run time, not the build.

mod borrow;
mod drop;
mod exit;
mod fork;
mod gil_used;
mod iterate;
mod join;
mod loads;
mod lock;
mod once;
mod panic;
mod print;
mod section;
mod traverse;

#[pyo3::pymodule(gil_used = false)]
mod gil_hazards {
    #[pymodule_export]
    use crate::borrow::{AtomicTally, BorrowedTally};
    #[pymodule_export]
    use crate::drop::{drop_attached, drop_detached};
    #[pymodule_export]
    use crate::exit::{
        attach_after_exit, attach_in_thread, reattach_in_thread, reattached, try_attach_after_exit,
        try_attach_in_thread,
    };
    #[pymodule_export]
    use crate::fork::{after_fork, before_fork, lock_in_thread, take_lock};
    #[pymodule_export]
    use crate::iterate::{sum_items, sum_snapshot};
    #[pymodule_export]
    use crate::join::{join_attached, join_detached};
    #[pymodule_export]
    use crate::loads::{
        load_compute_detached, load_lock_waits, load_nested_attach, load_periodic,
        load_short_releases, load_sleep, load_spin,
    };
    #[pymodule_export]
    use crate::lock::{lock_attached, lock_py_attached};
    #[pymodule_export]
    use crate::once::{OnceAttached, OncePyAttached, PyOnce};
    #[pymodule_export]
    use crate::panic::{fail_detached, panic_detached};
    #[pymodule_export]
    use crate::print::{print_formatted, print_object};
    #[pymodule_export]
    use crate::section::{section_attached, section_detached};
    #[pymodule_export]
    use crate::traverse::Traversed;
}

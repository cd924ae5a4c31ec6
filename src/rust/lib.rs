//! The native core of `gil-demo`, imported as `gil._gil`.

mod attach_state;
mod build_info;
mod double_list;
mod fork;
mod int_list;
mod main_thread;
mod phases;
mod repr;
mod reserve;
mod seconds;
mod sequences;
mod situations;
mod stdout;
mod ticker;
mod timeline;

// PyO3 declares every module free-threading-safe since 0.28; written out because this module's
// subject is exactly that declaration.
#[pyo3::pymodule(gil_used = false)]
mod _gil {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::attach_state::{AttachStates, states};
    #[pymodule_export]
    use crate::build_info::{BuildInfo, build_info};
    #[pymodule_export]
    use crate::double_list::double_list;
    #[pymodule_export]
    use crate::phases::{hold, release};
    #[pymodule_export]
    use crate::situations::calls::{attempt, call, import_attr, run};
    #[pymodule_export]
    use crate::situations::conversions::{convert, sort_detached};
    #[pymodule_export]
    use crate::situations::map_threads::map_threads;
    #[pymodule_export]
    use crate::situations::nested::nested;
    #[pymodule_export]
    use crate::situations::objects::{make_list, set_item};
    #[pymodule_export]
    use crate::ticker::Ticker;
    #[pymodule_export]
    use crate::timeline::{Event, Timeline};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::attach_state::look_up(module.py())?;
        crate::main_thread::look_up(module.py())?;
        crate::fork::register()?;
        crate::int_list::prepare(module.py())?;
        crate::timeline::start_clock(module.py())
    }
}

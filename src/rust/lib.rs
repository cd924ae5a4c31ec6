//! The native core of `gil-demo`, imported as `gil._gil`.

mod instruments;
mod interpreter;
mod lesson;
mod timeline;
mod values;

// PyO3 declares every module free-threading-safe since 0.28; written out because this module's
// subject is exactly that declaration.
#[pyo3::pymodule(gil_used = false)]
mod _gil {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::instruments::declaration::declaration;
    #[pymodule_export]
    use crate::instruments::holder::Holder;
    #[pymodule_export]
    use crate::instruments::knocker::Knocker;
    #[pymodule_export]
    use crate::instruments::noting::noting;
    #[pymodule_export]
    use crate::instruments::processor::ready_ns;
    #[pymodule_export]
    use crate::instruments::sampler::{Sampler, Samples};
    #[pymodule_export]
    use crate::interpreter::attach_state::{AttachStates, states};
    #[pymodule_export]
    use crate::interpreter::build_info::{BuildInfo, build_info};
    #[pymodule_export]
    use crate::lesson::double_list::double_list;
    #[pymodule_export]
    use crate::lesson::phases::{hold, release};
    #[pymodule_export]
    use crate::lesson::situations::calls::{attempt, call, import_attr, run};
    #[pymodule_export]
    use crate::lesson::situations::conversions::{convert, sort_detached};
    #[pymodule_export]
    use crate::lesson::situations::map_threads::map_threads;
    #[pymodule_export]
    use crate::lesson::situations::nested::nested;
    #[pymodule_export]
    use crate::lesson::situations::objects::{make_list, set_item};
    #[pymodule_export]
    use crate::timeline::{Event, Timeline};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::interpreter::attach_state::look_up(module.py())?;
        crate::interpreter::main_thread::look_up(module.py())?;
        crate::interpreter::fork::register()?;
        crate::values::int_list::prepare(module.py())?;
        crate::timeline::start_clock(module.py())
    }
}

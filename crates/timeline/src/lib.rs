//! The timeline core: a log of events that many threads write to at once.
//!
//! It knows no Python and no PyO3, so `cargo test`, loom or ThreadSanitizer can run it alone.

mod clock;
pub mod fork;
mod format;
mod recorder;
mod thread;

pub use clock::Clock;
pub use format::format;
pub use recorder::{Record, Recorder};
pub use thread::OwnThread;

//! How to see whether a thread is attached.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::proof::ACTIVE;

/// What says whether one thread is attached, to any thread that asks.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// The bit [`ACTIVE`] of this word in its thread state.
    Status(*const AtomicU32),
    /// That the process-wide current thread state, which this function returns, is its own: up to 3.11.
    Current(unsafe extern "C" fn() -> *mut c_void, *mut c_void),
}

// SAFETY: what the pointers lead to is there as long as this is used, by the contract of `is_attached`; which
// thread looks does not matter.
unsafe impl Send for Way {}

impl Way {
    /// Whether the thread is attached now.
    ///
    /// # Safety
    ///
    /// The thread state that this is about has not been freed, or is only compared with (`Current`).
    pub unsafe fn is_attached(&self) -> bool {
        match *self {
            // SAFETY: the word is there, as the caller sees to; its thread writes it, so it is read at once.
            Self::Status(word) => unsafe { (*word).load(Ordering::Relaxed) & ACTIVE != 0 },
            // SAFETY: the function takes nothing, only reads, and needs no attached thread.
            Self::Current(function, state) => unsafe { function() == state },
        }
    }
}

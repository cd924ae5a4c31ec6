//! A thread that a forked child has not got.

use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::{io, mem};

use crate::fork::{end_whole, generation};

/// A thread that this process has started, or the one that it was forked from.
#[derive(Debug)]
pub struct OwnThread {
    // Of no use to a forked child, which has neither the thread nor whoever waits for its end.
    thread: Mutex<Option<JoinHandle<()>>>,
    generation: u64,
}

impl OwnThread {
    /// Starts a thread that does `work`, and that the system knows by this name.
    ///
    /// Fails where the system allows no more threads.
    pub fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let thread = Builder::new()
            .name(name.to_owned())
            .spawn(end_whole(work))?;
        Ok(Self {
            thread: Mutex::new(Some(thread)),
            generation: generation(),
        })
    }

    /// Whether the thread is one of this process, not of the one that it was forked from.
    pub fn is_of_this_process(&self) -> bool {
        self.generation == generation()
    }

    /// Wakes the thread if it is parked, where this process has it.
    pub fn unpark(&self) {
        if !self.is_of_this_process() {
            return;
        }
        // Locked, somebody waits for its end and has woken it, and may need the calling thread to go on.
        if let Ok(Some(thread)) = self.thread.try_lock().as_deref() {
            thread.thread().unpark();
        }
    }

    /// Wakes the thread and waits for its end, where this process has it.
    pub fn join(&self) {
        if !self.is_of_this_process() {
            return;
        }
        // Held to the end of the thread: another `join` meanwhile waits as long.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            thread.thread().unpark();
            let _ = thread.join(); // it cannot panic
        }
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        if !self.is_of_this_process() {
            let thread = self
                .thread
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner);
            mem::forget(thread.take()); // there is nothing left to detach from
        }
    }
}

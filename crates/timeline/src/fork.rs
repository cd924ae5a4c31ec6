//! A mutex that a fork cannot leave locked.
//!
//! A forked child has one thread, the one that forked, and the memory as it was. A mutex that
//! another thread held at that moment stays locked there, and what it guards may be half written.
//! So whoever forks calls [`before`], which waits until no thread holds any [`ForkSafeMutex`] and
//! lets none take one, and then [`in_parent`] or [`in_child`]. The standard library has such a mutex, too, for
//! threads that end: see [`end_whole`].

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

static GATE: Gate = Gate(AtomicUsize::new(0));
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// A mutex that is free in a child, with its value whole, whatever the parent's threads did.
#[derive(Debug, Default)]
pub struct ForkSafeMutex<T>(Mutex<T>);

impl<T> ForkSafeMutex<T> {
    /// A mutex around `value`.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Calls `work` with the value, while no other thread has it and no fork happens.
    ///
    /// `work` must neither fork nor use a [`ForkSafeMutex`]: it would wait for itself.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let _inside = GATE.enter();
        // What is done to the value is whole even if `work` panics, as far as this crate is concerned.
        let mut value = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut value)
    }
}

thread_local! {
    static ENDING: RefCell<Option<Inside<'static>>> = const { RefCell::new(None) };
}

/// Returns what a new thread is to do in place of `work`: the same, but no fork happens while the thread ends.
///
/// Each thread of the standard library locks a static mutex when it ends (`delete_current_info` in
/// library/std/src/sys/pal/unix/stack_overflow/thread_info.rs). A child that is forked at that moment has the mutex
/// locked for ever: each thread that the child starts hangs at its end, and so does whoever joins that thread. So
/// a fork waits for this one from the end of `work` until its thread locals are dropped, which comes after that.
pub fn end_whole<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    struct Ending;
    impl Drop for Ending {
        fn drop(&mut self) {
            ENDING.set(Some(GATE.enter()));
        }
    }
    move || {
        ENDING.with(|_| ()); // the thread local that is used first is dropped last
        let _ending = Ending; // also if `work` panics
        work()
    }
}

/// To be called right before a fork, by the thread that forks.
pub fn before() {
    GATE.close();
}

/// To be called right after a fork, in the parent, by the thread that forked.
pub fn in_parent() {
    GATE.open();
}

/// To be called right after a fork, in the child.
pub fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    GATE.open();
}

/// How many forks there are between this process and the one that loaded this library.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Counts the threads that are inside; a bit says that it is closed.
struct Gate(AtomicUsize);

const CLOSED: usize = 1 << (usize::BITS - 1);
// A fork takes from a tenth of a millisecond to several.
const PAUSE: Duration = Duration::from_micros(50);

impl Gate {
    fn enter(&self) -> Inside<'_> {
        let mut state = self.0.load(Ordering::Relaxed);
        loop {
            if state & CLOSED != 0 {
                thread::sleep(PAUSE);
                state = self.0.load(Ordering::Relaxed);
                continue;
            }
            let entered = self.0.compare_exchange_weak(
                state,
                state + 1,
                Ordering::Acquire,
                Ordering::Relaxed,
            );
            match entered {
                Ok(_) => return Inside(self),
                Err(now) => state = now,
            }
        }
    }

    /// Lets nobody in, and waits until all are out.
    fn close(&self) {
        while self.0.fetch_or(CLOSED, Ordering::Acquire) & CLOSED != 0 {
            thread::sleep(PAUSE); // another thread forks
        }
        while self.0.load(Ordering::Acquire) != CLOSED {
            thread::yield_now();
        }
    }

    /// Lets others in again, after `close`.
    fn open(&self) {
        self.0.store(0, Ordering::Release);
    }
}

struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn nobody_is_inside_a_closed_gate() {
        let gate = Gate(AtomicUsize::new(0));
        let inside = AtomicUsize::new(0);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let _inside = gate.enter();
                        inside.fetch_add(1, Ordering::SeqCst);
                        thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
            let closers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        (0..200).all(|_| {
                            gate.close();
                            let empty = inside.load(Ordering::SeqCst) == 0;
                            thread::yield_now();
                            let still = inside.load(Ordering::SeqCst) == 0;
                            gate.open();
                            empty && still
                        })
                    })
                })
                .collect();
            let empty: Vec<bool> = closers.into_iter().map(|c| c.join().unwrap()).collect();
            done.store(true, Ordering::Relaxed);
            assert_eq!(empty, [true, true]);
        });
    }

    #[test]
    fn a_closed_gate_lets_in_whoever_came_when_it_opens() {
        let gate = Gate(AtomicUsize::new(0));
        gate.close();
        thread::scope(|scope| {
            let late = scope.spawn(|| drop(gate.enter()));
            thread::sleep(Duration::from_millis(5));
            assert!(!late.is_finished());
            gate.open();
        });
        assert_eq!(gate.0.load(Ordering::Relaxed), 0);
    }

    /// Not on Windows, which has no fork, and where a thread whose thread locals are dropped lets no other one start.
    #[cfg(unix)]
    #[test]
    fn no_fork_happens_while_a_thread_ends() {
        use std::panic::resume_unwind;
        use std::sync::mpsc;

        static DROPPED: AtomicUsize = AtomicUsize::new(0);
        struct Late(mpsc::Sender<bool>, mpsc::Receiver<()>);
        impl Drop for Late {
            fn drop(&mut self) {
                let _ = self.0.send(has_signal_stack());
                let _ = self.1.recv();
                DROPPED.fetch_add(1, Ordering::SeqCst);
            }
        }
        thread_local! {
            static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
        }
        for panics in [false, true] {
            let ((tell, told), (go, gone)) = (mpsc::channel(), mpsc::channel());
            let late = Late(tell.clone(), gone);
            let before = DROPPED.load(Ordering::SeqCst);
            let ends = thread::spawn(end_whole(move || {
                let _ = tell.send(has_signal_stack());
                LATE.set(Some(late));
                if panics {
                    resume_unwind(Box::new(()));
                }
            }));
            // Where the standard library has given up the thread's signal stack it has unlocked that mutex.
            assert_eq!((told.recv(), told.recv()), (Ok(true), Ok(false)));
            let (begins, begun) = mpsc::channel();
            let forks = thread::spawn(move || {
                let _ = begins.send(());
                super::before();
                let dropped = DROPPED.load(Ordering::SeqCst);
                in_parent();
                dropped
            });
            begun.recv().unwrap();
            thread::sleep(Duration::from_millis(5));
            assert!(!forks.is_finished());
            drop(go);
            assert_eq!(forks.join().unwrap(), before + 1);
            assert_eq!(ends.join().is_err(), panics);
        }
    }

    /// Whether the thread has a stack for signals, as each that the standard library has started.
    #[cfg(unix)]
    fn has_signal_stack() -> bool {
        // SAFETY: all zeros are a value of this struct, and the call with no new stack only fills it.
        let stack = unsafe {
            let mut stack: libc::stack_t = std::mem::zeroed();
            assert_eq!(libc::sigaltstack(std::ptr::null(), &mut stack), 0);
            stack
        };
        stack.ss_flags & libc::SS_DISABLE == 0
    }

    #[test]
    fn a_panic_leaves_the_mutex_free() {
        let mutex = ForkSafeMutex::new(1);
        let panicked =
            thread::scope(|scope| scope.spawn(|| mutex.with(|_| panic!("on purpose"))).join());
        assert!(panicked.is_err());
        assert_eq!(mutex.with(|value| *value), 1);
    }
}

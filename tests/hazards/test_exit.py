"""Attaching while the interpreter ends and after it has ended. At the end Python clears the main module:
what a destructor does there happens in the middle of it.
"""

import os
import platform
import sys
import sysconfig

import pytest

WINDOWS = sys.platform == "win32"
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

# What a new thread hears, before and, the last time, while Python clears the main module.
DURING = """
import os, sys, gil_hazards
def ask(ms, name, function, write=os.write): write(1, f"{name}: {function(ms)}\\n".encode())
class Last:
    def __init__(self, name): self.name, self.function = name, getattr(gil_hazards, name)
    def __del__(self, ms=int(sys.argv[1]), ask=ask, exit=os._exit):
        ask(ms, self.name, self.function)
        exit(0)
last = Last(sys.argv[-1])
for name in sys.argv[2:-1]: ask(10_000, name, getattr(gil_hazards, name))
"""
AFTER = """
import sys, gil_hazards
for name in sys.argv[1:]: getattr(gil_hazards, name)()
"""
LONG, SHORT = 10_000, 400  # milliseconds of patience
ATTACH, TRY_ATTACH = "attach_in_thread", "try_attach_in_thread"


@pytest.mark.claim("H2", "0s")
@pytest.mark.child("-c", DURING, LONG, ATTACH, RUST_BACKTRACE="0")
def test_attach_panics_during_the_end(child):
    """If no thread has attached before, `attach` sees that the interpreter is ending, and panics."""
    assert (child.returncode, child.stdout) == (0, "attach_in_thread: panicked\n")
    assert "panicked at" in child.stderr


@pytest.mark.claim("H2", "0s")
@pytest.mark.child("-c", DURING, SHORT, ATTACH, ATTACH)
def test_attach_is_blind_during_the_end_if_it_has_attached_before(child):
    """With PyO3 0.30.1 it no longer looks: the thread never comes back, or attaches to what is left."""
    before, during = child.stdout.splitlines()
    assert before == "attach_in_thread: attached"
    assert during in {"attach_in_thread: no answer", "attach_in_thread: attached"}
    assert child.stderr == ""


@pytest.mark.claim("H2", "0s")
@pytest.mark.child("-c", AFTER, "attach_after_exit", RUST_BACKTRACE="0")
def test_attach_panics_after_the_end(child):
    """So it does when the interpreter has gone. Windows then has no new threads that could attach."""
    assert (child.returncode, child.stdout) == (0, f"attach: {'no thread' if WINDOWS else 'panicked'}\n")
    assert WINDOWS or "panicked at" in child.stderr


@pytest.mark.claim("H2", "0s")
@pytest.mark.child("-c", DURING, LONG, TRY_ATTACH, TRY_ATTACH)
def test_try_attach_refuses_during_the_end(child):
    """`try_attach` always looks."""
    seen = ["try_attach_in_thread: attached", "try_attach_in_thread: refused"]
    assert (child.returncode, child.stdout.splitlines(), child.stderr) == (0, seen, "")


@pytest.mark.claim("H2", "0s")
@pytest.mark.child("-c", AFTER + "gil_hazards.try_attach_in_thread(10_000)", "try_attach_after_exit")
def test_try_attach_refuses_after_the_end(child):
    """It does so when the interpreter has gone, too, where there are new threads then."""
    seen = f"try_attach: {'no thread' if WINDOWS else 'refused'}\n"
    assert (child.returncode, child.stdout, child.stderr) == (0, seen, "")


# At the end a destructor waits by `gil.release`, which is Rust's own sleep. On Windows `time.sleep` fails
# there, because Python has given up the handle by which it would wait for Ctrl-C too (WinError 6); and 3.15
# refuses to wait for a lock that nobody gives back (PythonFinalizationError).
REATTACH = """
import os, time, gil, gil_hazards
gil_hazards.reattach_in_thread(10)
while not gil_hazards.reattached(): time.sleep(0.01)
gil_hazards.reattach_in_thread(1000)
class Last:
    def __del__(self, wait=gil.release, reattached=gil_hazards.reattached, write=os.write):
        wait(2)
        write(1, b"%d" % reattached())
last = Last()
"""


@pytest.mark.claim("H1")
@pytest.mark.child("-c", REATTACH)
def test_rust_thread_that_reattaches_at_the_end_stays_away(child):
    """A thread that is waited for comes back (the 1); one that comes at the end never does, nor aborts.

    With PyO3 up to 0.28 the latter was an abort on 3.11 and 3.12 (PyO3#6084).
    """
    assert (child.returncode, child.stdout, child.stderr) == (0, "1", "")


DAEMON = """
import threading, time, gil
class Last:
    def __del__(self, wait=gil.release): wait(0.4)
last, timeline = Last(), gil.Timeline()
threading.Thread(target=gil.release, args=(0.1,), kwargs={"timeline": timeline}, daemon=True).start()
while len(timeline) < 3: time.sleep(0.01)
"""


@pytest.mark.claim("H3")
@pytest.mark.child("-c", DAEMON)
def test_daemon_thread_in_release_at_the_end(child):
    """A daemon thread whose detached phase ends when the interpreter does: the process ends as it should."""
    assert (child.returncode, child.stdout, child.stderr) == (0, "", "")


CALLING = """
import sys, threading, time, gil
class Last:
    def __del__(self, wait=gil.release, seconds=float(sys.argv[2])): wait(seconds)
def sleep_for_ever(_):
    started.set()
    while True: time.sleep(0.05)
# The main module's names stay: the function needs them.
sys.last, started = Last(), threading.Event()
function, arguments = {"call": (gil.call, [1]), "map_threads": (gil.map_threads, [[1]])}[sys.argv[1]]
threading.Thread(target=function, args=(sleep_for_ever, *arguments), daemon=True).start()
started.wait()
"""
# Up to 3.13 a standard build ends whoever would attach by pthread_exit. With glibc, that unwinds the stack;
# Rust's part of it cannot be (rust-lang/rust#135929, python/cpython#87135).
UNWINDS = platform.libc_ver()[0] == "glibc" and not FREE_THREADED and sys.version_info < (3, 14)
END = 20 if UNWINDS else 0.4  # seconds; a busy machine may need many of them for the abort


@pytest.mark.claim("H3", "0s")
@pytest.mark.child("-c", CALLING, "call", END)
def test_daemon_thread_in_python_code_called_from_rust_at_the_end(child):
    """Where it wants to attach again in the middle of Python code, it stays away, or aborts the process."""
    assert (child.returncode, child.stdout) == (-6 if UNWINDS else 0, "")


@pytest.mark.claim("H1", "0s")
@pytest.mark.child("-c", CALLING, "map_threads", END)
def test_rust_thread_in_python_code_at_the_end(child):
    """A thread that Rust made does the same."""
    assert (child.returncode, child.stdout) == (-6 if UNWINDS else 0, "")


TRAVERSED = "import gc, gil_hazards; found = gil_hazards.Traversed(); gc.collect(); print(found.seen())"


@pytest.mark.claim("0s")
@pytest.mark.child("-c", TRAVERSED)
def test_attach_and_try_attach_in_a_traversal(child):
    """In `__traverse__` it is as after the end: `attach` panics, `try_attach` refuses."""
    assert (child.returncode, child.stdout) == (0, "(True, True)\n")
    assert "prohibited while a __traverse__ implementation is running" in child.stderr


LOCKED = """
import os, signal, gil_hazards
def lock_in_child(seconds):
    child = os.fork()
    if not child:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        gil_hazards.take_lock()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
for _ in range(20):  # on a loaded machine the lock may be free again before the fork
    gil_hazards.lock_in_thread(1000)
    if code := lock_in_child(0.7): break
print(code)
gil_hazards.take_lock()
around = gil_hazards.after_fork
os.register_at_fork(before=gil_hazards.before_fork, after_in_parent=around, after_in_child=around)
gil_hazards.lock_in_thread(100)
print(lock_in_child(30))
"""


@forks
@pytest.mark.claim("H4")
@pytest.mark.child("-c", LOCKED)
def test_child_inherits_a_lock_for_good(child):
    """A lock that another thread held at the fork stays locked in the child, until an alarm kills it.

    Whoever takes the lock around the fork can give it back in the child.
    """
    assert child.stdout == "-14\n0\n"
    assert child.returncode == 0
    # Since 3.12, and only when os.fork() finds more threads than one.
    warned = "use of fork() may lead to deadlocks in the child" in child.stderr
    assert warned is (sys.version_info >= (3, 12))


FORK = """
import os, sys, threading, time, gil
entered = "detached" if sys.argv[1] == "release" else "enter"
def fork_during(seconds):
    timeline = gil.Timeline()
    phase = getattr(gil, sys.argv[1])
    thread = threading.Thread(target=phase, args=(seconds,), kwargs={"timeline": timeline})
    thread.start()
    while all(event.label != entered for event in timeline): time.sleep(0.001)
    timeline.mark("fork")
    child = os.fork()
    if not child:
        states = gil.states()
        os._exit(not states.entered or states.detached)
    timeline.mark("forked")
    thread.join()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    labels = [event.label for event in timeline]
    return code, *(labels.index(label) < labels.index("exit") for label in ("fork", "forked"))
for seconds in (0.2, 2):  # the longer one is for a machine so loaded that the fork came too late
    seen = " ".join(map(str, fork_during(seconds)))
    if seen == sys.argv[2]: break
print(seen)
"""
GIL = getattr(sys, "_is_gil_enabled", lambda: True)()

DURING_RELEASE = "0 True True"
DURING_HOLD = "0 False False" if GIL else "0 True False"


@forks
@pytest.mark.claim("H4")
@pytest.mark.child("-W", "ignore", "-c", FORK, "release", DURING_RELEASE)
def test_fork_while_released(child):
    """Another thread's detached phase does not delay a fork, and the child can attach and detach."""
    assert (child.stdout, child.stderr) == (f"{DURING_RELEASE}\n", "")


@forks
@pytest.mark.claim("H4")
@pytest.mark.child("-W", "ignore", "-c", FORK, "hold", DURING_HOLD)
def test_fork_while_held(child):
    """A fork waits for the end of a `hold`: with a GIL to begin, without to stop the world."""
    assert (child.stdout, child.stderr) == (f"{DURING_HOLD}\n", "")

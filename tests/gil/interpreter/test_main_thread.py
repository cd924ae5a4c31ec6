"""Who the main thread is, and that no call asks Python for it: Ctrl-C raised on the way might be dropped."""

import os
import sysconfig

import pytest

# It is the same thread with and without a GIL.
pytestmark = pytest.mark.lane_independent
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

# Both are replaced for the whole process, hence one of its own. Code in C that imports calls __import__, be
# the module imported already or not; and a profiler sees every call of a Python function.
ALONE = """
import builtins, os, sys
import gil
from gil import Sampler, Timeline

def calls(timeline):
    for sleep in gil.hold, gil.release, gil.nested:
        yield sleep, [0.001], timeline
    yield gil.double_list, [[1], [None], 0], {"detached": 0, "attached": 0} | timeline
    yield gil.map_threads, [abs, [1]], timeline
    yield gil.make_list, [range(3)], timeline
    yield gil.set_item, [{}, 1, 2], timeline
    yield gil.call, [abs, 1], timeline
    yield gil.attempt, [abs, 1], timeline
    yield gil.attempt, [int, "x"], timeline
    for function in gil.convert, gil.sort_detached:
        for values in [1], (1,), b"1", range(3), [2**70], ["x"], {1}, None, "1":
            yield function, [values], timeline
    yield gil.release, [-1], timeline
    yield gil.double_list, [[1], [], 0], timeline
    for item in "x", 2**40, 10**5000:
        yield gil.double_list, [[item], [None], 0], {"detached": 0} | timeline
    yield gil.map_threads, [abs, [1], 0], timeline
    yield gil.map_threads, [abs, ["x"]], timeline

def others(timeline):
    yield gil.build_info, [], {}
    yield gil.states, [], {}
    yield Sampler, [-1], {}
    yield Sampler(3600).stop, [], {}
    yield timeline.mark, ["x"], {}
    yield timeline.format, [], {}
    yield timeline.events, [], {}
    yield repr, [timeline], {}
    yield repr, [timeline.events()], {}

def refuse(name, *_): raise AssertionError(f"{name} is imported")
def note(frame, event, argument):
    if event == "call": seen.append(frame.f_code.co_qualname)

timeline = Timeline()
made = [*calls({}), *calls({"timeline": timeline}), *others(timeline)]
errors = (TypeError, ValueError, IndexError, OverflowError)
builtins.__import__ = refuse
for function, positional, named in made:
    seen = []
    sys.setprofile(note)
    try: function(*positional, **named)
    except errors: pass
    finally: sys.setprofile(None)
    if seen: print(function, positional, seen, file=sys.stderr)
print(len(made), "calls", file=sys.stderr)
"""


def test_calls_neither_import_nor_run_python_code(run_python):
    """Native functions call no Python function that they were not given, and do not import."""
    ran = run_python("-c", ALONE)
    assert (ran.returncode, ran.stderr) == (0, "79 calls\n")


# Without site, which may import anything; the package is where it is.
PATH = f"import sys; sys.path.insert(0, {sysconfig.get_path('platlib')!r})\n"

# How often the calling thread detaches in a phase: the main one comes back between slices, to look for
# signals. A loaded machine may keep it from a slice until the end of the phase: hence the longer ones.
SLICES = """
import _thread, sys
def slices():
    for seconds in (0.12, 1, 5):
        timeline = gil.Timeline()
        gil.release(seconds, timeline=timeline)
        count = sum(event.label == "detach" for event in timeline)
        if count > 1 or not in_main: break
    return "slices" if count > 1 else "one piece"
def in_thread(function):
    lock = _thread.allocate_lock()
    lock.acquire()
    def run():
        function()
        lock.release()
    _thread.start_new_thread(run, ())
    while not lock.acquire(timeout=0.01): pass
"""
IMPORTED_BY_ANOTHER = """
assert "threading" not in sys.modules, "the test is about _thread"
def first():
    global gil, in_main
    {before}
    import gil
    in_main = False
    print(slices())
in_thread(first)
in_main = True
print(slices())
"""


@pytest.mark.parametrize("before", ["pass", "import threading"])
def test_import_by_another_thread(before, run_python):
    """The first to import need not be the main thread, and up to 3.12 `threading` takes the wrong one."""
    ran = run_python("-S", "-c", PATH + SLICES + IMPORTED_BY_ANOTHER.format(before=before))
    assert (ran.stdout, ran.stderr) == ("one piece\nslices\n", "")


FORKED_BY_ANOTHER = """
import os, warnings
warnings.simplefilter("ignore")  # 3.12 warns of forks with threads
{import_before}
def fork():
    global gil, in_main
    child = os.fork()
    if not child:
        import gil
        in_main = True
        print(slices(), flush=True)
        {within}
        os._exit(0)
    os.waitpid(child, 0)
in_thread(fork)
"""
WITHIN = """in_main = False
        in_thread(lambda: print(slices(), flush=True))"""


@forks
@pytest.mark.parametrize("import_before", ["import gil", "import threading"])
def test_fork_by_another_thread(import_before, run_python):
    """The thread that forks is the child's main thread, and no other thread of the child is."""
    code = FORKED_BY_ANOTHER.format(import_before=import_before, within=WITHIN)
    ran = run_python("-c", SLICES + code)
    assert (ran.stdout, ran.stderr) == ("slices\none piece\n", "")

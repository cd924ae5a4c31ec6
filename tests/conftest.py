"""For all tests: the state of the GIL they expect, and safe ways to run threads and interpreters."""

import concurrent.futures
import contextlib
import importlib
import importlib.util
import json
import math
import os
import platform
import signal
import subprocess
import sys
import sysconfig
import threading
import warnings
from pathlib import Path

import pytest

COLLECTED = pytest.StashKey[dict]()  # by node id, what --collected writes
# Not asked again later: pytest changes it at each test, and a thread that copies it meanwhile fails.
ENVIRONMENT = dict(os.environ)
PROCESSES = {"run_python", "start_python", "child"}  # the fixtures that start them


def gil_enabled():
    # The state now; sysconfig's Py_GIL_DISABLED tells only the build. Before 3.13 the GIL was always on.
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def spelled(enabled):
    return "on" if enabled else "off"


def pytest_addoption(parser):
    group = parser.getgroup("gil")
    group.addoption(
        "--expect-gil", choices=["on", "off"], help="fail unless the GIL is so after `import gil`"
    )
    group.addoption(
        "--collected",
        metavar="FILE",
        help="write which tests there are, their claims, and which of them this run chose, as JSON",
    )
    group.addoption(
        "--switch-interval", type=float, metavar="SECONDS", help="sys.setswitchinterval() for the run"
    )


def pytest_configure(config):
    # Whatever a shell starts with `&` ignores Ctrl-C, and so would the processes that tests interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    interval = config.getoption("--switch-interval")
    if interval is not None:
        sys.setswitchinterval(interval)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    expected = session.config.getoption("--expect-gil") or spelled(gil_enabled())
    with warnings.catch_warnings():
        # Python warns when an import brings the GIL back; as an error that would hide the sentence below.
        warnings.simplefilter("default")
        if importlib.util.find_spec("gil"):  # the tests of the workshop run without it
            importlib.import_module("gil")
    now = spelled(gil_enabled())
    if now != expected:
        pytest.exit(f"the GIL is {now} after `import gil`, it should be {expected}", returncode=1)


def pytest_report_header(config):
    build = "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else "standard"
    module = sys.modules.get("gil._gil")
    return (
        f"gil: {platform.python_implementation()} {platform.python_version()}, {build} build, "
        f"GIL {spelled(gil_enabled())}, switch interval {sys.getswitchinterval():g} s, "
        f"{module.__file__ if module else 'gil is not installed'}"
    )


def pytest_itemcollected(item):
    if not PROCESSES.isdisjoint(item.fixturenames):
        item.add_marker(pytest.mark.process)
        item.add_marker(pytest.mark.thread_unsafe(reason="waits for a process of its own"))
    claims = [id_ for mark in item.iter_markers("claim") for id_ in mark.args]
    item.config.stash.setdefault(COLLECTED, {})[item.nodeid] = {"claims": claims, "chosen": False}


def pytest_collection_modifyitems(items):
    # The first of them starts the processes of all (the fixture `children`), and so none waits for another.
    items.sort(key=lambda item: item.get_closest_marker("child") is None)


def pytest_collection_finish(session):
    file = session.config.getoption("--collected")
    if file:
        collected = session.config.stash.get(COLLECTED, {})
        for item in session.items:
            collected[item.nodeid]["chosen"] = True
        Path(file).write_text(json.dumps(collected), encoding="utf-8")


def start_all(*functions, deadline=30):
    """Call all at the same moment, a thread each; return their values, or raise what they raised."""
    start = threading.Barrier(len(functions))
    values = [None] * len(functions)
    errors = []

    def run(position, function):
        try:
            start.wait(deadline)
            values[position] = function()
        except Exception as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    # Daemons: a thread that hangs must not keep the interpreter from ending.
    threads = [threading.Thread(target=run, args=both, daemon=True) for both in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline)
        if thread.is_alive():
            # No faulthandler.dump_traceback: it may stop the world, and so wait for this very thread.
            pytest.fail(f"{thread.name} still runs after {deadline} s")
    if len(errors) > 1:
        raise ExceptionGroup("several threads failed", errors)
    if errors:
        raise errors[0]
    return values


def shortest_of(measure, *, below, tries=30):
    """Return the shortest of what `measure` gives; it is asked again until one is below `below`.

    A busy machine makes things take longer and never shorter. So one that is short is proof, and a defect
    that makes every single one long cannot pass, however often it is asked.
    """
    shortest = math.inf
    for _ in range(tries):
        shortest = min(shortest, measure())
        if shortest < below:
            break
    return shortest


@contextlib.contextmanager
def python_process(*arguments, deadline=60, **variables):
    """Start this interpreter in a process of its own; kill it after the deadline, which fails the test.

    What it has forked is killed with it: a child that hangs would keep the pipes open, whose end is waited
    for.
    """
    # Unbuffered, Python writes the text and the end of a line apart; a test that wants this says so.
    changed = ENVIRONMENT | {"PYTHONUNBUFFERED": None} | variables
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={name: value for name, value in changed.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding=changed.get("PYTHONIOENCODING"),  # else as the process has it: the locale's
        start_new_session=True,  # nothing on Windows
    )
    overdue = threading.Event()

    def kill():
        if process.returncode is not None:
            return  # its number may be another's by now
        if os.name == "posix":
            # If all of them have ended meanwhile; macOS says then that it is not permitted.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()

    def end():
        overdue.set()
        kill()

    alarm = threading.Timer(deadline, end)
    alarm.start()
    try:
        with process:
            try:
                yield process
            except BaseException:  # Ctrl-C does not reach another session
                kill()
                raise
    finally:
        alarm.cancel()
        alarm.join()  # tests that count threads come next
    if overdue.is_set():  # on Windows its status is 1 then, as if it had failed by itself
        pytest.fail(f"still ran after {deadline} s, and was ended: {process.args}")


@pytest.fixture(scope="session")
def run_concurrently():
    return start_all


@pytest.fixture(scope="session")
def shortest():
    return shortest_of


@pytest.fixture(scope="session")
def start_python():
    return python_process


@pytest.fixture(scope="session")
def run_python():
    def run(*arguments, **options):
        with python_process(*arguments, **options) as process:
            out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return run


@pytest.fixture(scope="session")
def children(request, run_python):
    """Start the process of every test marked `child`, so that those that hang do it side by side."""
    marked = [
        (item.nodeid, item.get_closest_marker("child"))
        for item in request.session.items
        if not any(skip.args[0] for skip in item.iter_markers("skipif"))
    ]
    # Starting a process is dear under Wine: of many that start at once none would meet its deadline.
    with concurrent.futures.ThreadPoolExecutor(12 if os.name == "posix" else 3) as pool:
        yield {
            nodeid: pool.submit(run_python, *map(str, mark.args), **mark.kwargs)
            for nodeid, mark in marked
            if mark
        }


@pytest.fixture
def child(request, children):
    """Return the process of this test's mark, when it has ended."""
    return children[request.node.nodeid].result()

"""The watch over imports: what it sees of each extension module, in every state of the GIL."""

import _json
import concurrent.futures
import importlib.util
import json
import sys
import sysconfig
import threading
import time
import types
from pathlib import Path

import pytest

import gil
from gil.instruments import imports
from gil.instruments.imports import watch

SCENES = Path(__file__).with_name("scenes.py")
LIBRARY = importlib.util.find_spec("gil_hazards.gil_hazards").origin
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
MINOR = sys.version_info[:2]
# What the module of the scenes says. PyO3 writes it into the slot where the ABI has one: 3.11's has none. Of
# a module made from slots alone, as on 3.15, only the flag can be read, which a standard build has not got.
if FREE_THREADED:
    DECLARES = "used" if MINOR < (3, 15) else "undeclared"
else:
    DECLARES = "undeclared" if MINOR < (3, 15) else "unknown"
WANTS = True if FREE_THREADED else None  # a free-threaded Python would load another file than this one does

MODES = {"warning": ("-W", "ignore"), "error": ("-W", "error"), "1": (), "0": ()}
if not FREE_THREADED:
    MODES = {"standard": ("-W", "error")}
alone = pytest.mark.lane_independent


@pytest.fixture(scope="module")
def runs(run_python):
    """Start the scenes in each state of the GIL, side by side."""
    with concurrent.futures.ThreadPoolExecutor(len(MODES)) as pool:
        yield {
            mode: pool.submit(
                run_python, *options, str(SCENES), LIBRARY, PYTHON_GIL=mode if mode.isdigit() else None
            )
            for mode, options in MODES.items()
        }


@pytest.fixture(params=MODES)
def told(request, runs):
    """Return what all scenes told in one state of the GIL, and which that was."""
    run = runs[request.param].result()
    assert (run.returncode, run.stderr) == (0, "")
    return json.loads(run.stdout) | {"mode": request.param}


def check(modules, name, *, seen):
    assert len(modules) == 1
    module = modules[0]
    assert (module["name"], module["declares"], module["wants_gil"]) == (name, DECLARES, WANTS)
    assert module["seen"] is seen
    assert Path(module["file"]).name.startswith("gil_used.")
    assert module["abi"] == "no tag"
    assert bool(module["importers"]) is seen


@alone
def test_a_module_is_seen_with_those_who_imported_it(told):
    """Also the library whose code ran the import, called while the program imported that library."""
    program = told["program"]
    assert len(program["modules"]) == 1
    module = program["modules"][0]
    chain = [(link["module"], Path(link["file"]).name, link["line"]) for link in module["importers"]]
    assert chain[:3] == [("lib.inner", "inner.py", 1), ("lib", "__init__.py", 2), ("app", "app.py", 1)]
    assert [link[:2] for link in chain[3:]] == [("__main__", SCENES.name)]
    if told["mode"] != "error":
        check(program["modules"], "lib.gil_used", seen=True)
    assert program["wanting"] == ["lib.gil_used"] * bool(WANTS)


@alone
def test_the_state_of_the_gil_does_not_matter(told):
    """On or off before, and whether it was switched: what the module wants is the same."""
    states = {"warning": (False, True), "error": (False, True), "1": (True, True), "0": (False, False)}
    program = told["program"]
    assert (program["before"], program["after"]) == states.get(told["mode"], (True, True))
    switched = told["mode"] in {"warning", "error"}
    assert program["culprit"] == ("lib.gil_used" if switched else None)
    assert [module["wants_gil"] for module in program["modules"]] == [WANTS]


@alone
def test_a_warning_that_is_an_error_leaves_no_module(told):
    """The GIL is on then all the same, and the watch has seen by what."""
    program = told["program"]
    if told["mode"] == "error":
        assert "'lib.gil_used'" in program["raised"]
        assert program["modules"][0]["declares"] == "undeclared"
        assert not any(module["file"] for module in program["later"])
    else:
        assert program["raised"] is None
        check(program["later"], "lib.gil_used", seen=False)
    assert program["later_culprit"] is None  # it began when the GIL was on, or nothing has switched it on


@alone
def test_the_second_module_is_seen_too(told):
    """CPython names the first only. This one lies in a namespace package."""
    check(told["second"]["modules"], "space.gil_used", seen=True)
    assert told["second"]["culprit"] is None


@alone
def test_a_module_is_seen_that_sys_modules_has_not(told):
    """Loaded by its path, or by a loader of the user's own that puts another object in its place."""
    assert told["by_path"]["registered"] is False
    check(told["by_path"]["modules"], "gil_used", seen=True)
    assert told["by_path"]["later"] == []
    assert told["own_loader"]["replaced"] == "not a module"
    check(told["own_loader"]["modules"], "own.gil_used", seen=True)


@alone
def test_what_the_callback_raises_the_import_raises(told):
    """It is called only for a module that is known to want the GIL."""
    assert told["refused"] == ("refused.gil_used" if WANTS else "imported")


@alone
def test_two_threads_import_at_once(told):
    """Both modules are seen, each once."""
    assert told["threads"] == [1, 1]


@alone
def test_a_traceback_is_as_without_a_watch(told):
    """There is no frame of the watch in it."""
    without, under = told["tracebacks"]
    assert without == under
    assert "ImportError" in without


if MINOR >= (3, 13):
    OTHER = """
import _interpreters
from gil.instruments.imports import Watch
with Watch() as watch:
    def seen(): return [module.name for module in watch.modules if module.name == "_statistics"]
    other = _interpreters.create()
    print(_interpreters.run_string(other, "import _statistics"), seen())
    _interpreters.destroy(other)
    import _statistics
    print(seen())
"""

    @alone
    @pytest.mark.child("-W", "error", "-c", OTHER)
    def test_another_interpreter_is_not_watched(child):
        """Its importlib has functions of its own; the same import here is seen."""
        assert (child.returncode, child.stderr) == (0, "")
        assert child.stdout == "None []\n['_statistics']\n"


def test_an_own_module_is_seen_and_wants_no_gil():
    """A second copy of a module of Python's own, loaded by its path."""
    spec = importlib.util.find_spec("_json")
    with imports.Watch() as seeing:
        importlib.util.module_from_spec(spec)
    [module] = [module for module in seeing.modules if module.name == "_json"]
    assert module.wants_gil is False
    assert module.distribution is None
    assert seeing.culprit is None


@alone
def test_without_a_callback_the_logger_gets_a_warning(caplog):
    """A sentence for each module. `gil` has the function itself, and imports it when it is used."""
    module = imports.ExtensionModule("a", None, "built in", "used", True, (), seen=True)
    watch._log(module)
    assert [(record.name, record.levelname) for record in caplog.records] == [("gil", "WARNING")]
    assert caplog.messages == ["a (built in) wants the GIL: it declares that it needs it."]
    assert gil.watch_imports is imports.watch_imports
    with pytest.raises(AttributeError, match="module 'gil' has no attribute 'watch_exports'"):
        gil.watch_exports  # noqa: B018


def test_looking_around_loads_nothing():
    """A lazy module stays as it is, and an object that pretends to be a module is not asked."""

    class Pretender:
        @property
        def __class__(self):
            raise AssertionError("was asked")

    names = [f"{kind}_{threading.get_ident()}" for kind in ("lazy", "pretender")]
    spec = importlib.util.spec_from_file_location(names[0], json.__file__)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    sys.modules.update(zip(names, [lazy, Pretender()], strict=True))
    try:
        spec.loader.exec_module(lazy)
        with imports.Watch() as seeing:
            assert seeing.modules
        assert type(lazy).__name__ == "_LazyModule"
    finally:
        for name in names:
            del sys.modules[name]


def test_everything_that_is_loaded_here_is_known():
    """No module of Python's own wants the GIL, and gil itself does not."""
    with imports.Watch() as seeing:
        known = {module.name: module for module in seeing.modules}
    assert "sys.monitoring" not in known  # made by `sys` itself, so that nobody asks it
    assert {"sys", "builtins", "_imp", "gil._gil"} <= set(known)
    assert known["sys"].file is None
    assert known["sys"].abi == "built in"
    if FREE_THREADED:
        assert known["gil._gil"].wants_gil is False
        assert [module.name for module in seeing.wanting] == []


def test_declaration_of_what_is_no_extension_module():
    """Python code and other objects declare nothing."""
    lazy = types.ModuleType("lazy")
    assert [gil.declaration(value) for value in (json, lazy, 1, None, object)] == [None] * 5
    with pytest.raises(TypeError):
        gil.declaration()


def test_declaration_of_an_extension_module():
    """A standard build reads it in the slots, too: Python's own have them since 3.13, where it is from."""
    assert gil.declaration(_json) == ("not used" if MINOR >= (3, 13) else "undeclared")
    assert gil.declaration(sys) == ("not used" if FREE_THREADED else "unknown")  # it has no slots


@alone
def test_a_watch_keeps_nobody_elses_objects(run_concurrently):
    """CPython fails with a SystemError in a thread that makes a tuple to which another one refers."""
    over = time.monotonic() + 0.2

    def make_tuples():
        while time.monotonic() < over:
            assert len(tuple(number for number in range(100))) == 100

    def look_around():
        while time.monotonic() < over:
            assert imports.Watch().start().stop().modules

    run_concurrently(look_around, *[make_tuples] * 3)


PUT_BACK = """
import _imp, importlib.util
from gil.instruments import imports

original = _imp.create_dynamic, _imp.create_builtin
first, last = imports.Watch().start(), imports.Watch().start()
assert first.start() is first
replaced = _imp.create_dynamic
assert replaced is not original[0]
first.stop()
assert _imp.create_dynamic is replaced
last.stop().stop()
assert (_imp.create_dynamic, _imp.create_builtin) == original

def others(spec, file=None):
    return replaced(spec, file)

with imports.Watch():
    replaced = _imp.create_dynamic
    _imp.create_dynamic = others
assert _imp.create_dynamic is others
with imports.Watch() as seeing:  # comes after the other's
    importlib.util.module_from_spec(importlib.util.find_spec("_json"))
assert [module.seen for module in seeing.modules if module.name == "_json"]
"""


@pytest.mark.child("-c", PUT_BACK)
@alone
def test_the_functions_of_importlib_are_put_back(child):
    """By the last of two watches, whatever their order; and not over what somebody else has put there.

    In a process of its own: in this one the guard watches, too.
    """
    assert (child.returncode, child.stderr) == (0, "")


def test_noting_passes_on_what_the_function_does():
    """The note gets the arguments and one of result and error; what it raises takes the error's place."""
    notes = []
    divide = gil.noting(lambda one, other: one / other, lambda *note: notes.append(note))
    assert divide(1, other=2) == 0.5
    with pytest.raises(ZeroDivisionError) as raised:
        divide(1, 0)
    assert notes[0] == ((1,), 0.5, None)
    assert notes[1] == ((1, 0), None, raised.value)
    with pytest.raises(TypeError):
        gil.noting(int, 1)("2")

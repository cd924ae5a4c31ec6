"""Who imported whom, read from frames that are made up; test_watch.py has real ones."""

import sys
from types import SimpleNamespace

import pytest

from gil.instruments.imports import Importer
from gil.instruments.imports.chain import importers

pytestmark = pytest.mark.lane_independent
BOOTSTRAP, EXTERNAL = "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"


def python(module, line, *, function="<module>"):
    return {"name": module, "file": f"{module}.py", "line": line, "function": function}


def load(name):
    """The frame of importlib's that loads a module of that name."""
    return {
        "name": "importlib._bootstrap",
        "file": BOOTSTRAP,
        "function": "_find_and_load",
        "locals": {"name": name},
    }


def extension(name, method="exec_module"):
    """The frame in which importlib runs a module's native code, or has it made."""
    loader = SimpleNamespace(name=name)
    function = f"ExtensionFileLoader.{method}"
    return {"name": "importlib", "file": EXTERNAL, "function": function, "locals": {"self": loader}}


def stack(*frames):
    """Return the innermost frame; they are given from the outermost on."""
    made = None
    for frame in frames:
        function = frame["function"]
        code = SimpleNamespace(
            co_filename=frame["file"], co_name=function.rpartition(".")[2], co_qualname=function
        )
        made = SimpleNamespace(
            f_code=code,
            f_globals={"__name__": frame["name"]},
            f_locals=frame.get("locals", {}),
            f_lineno=frame.get("line", 0),
            f_back=made,
        )
    return made


def chain(*frames):
    return list(map(str, importers(stack(*frames, extension("new", "create_module")))))


def test_native_code_imports():
    """It has no line; importlib knows which module it was running."""
    assert chain(
        python("app", 1), load("a"), extension("a"), load("b"), extension("b", "create_module"), load("new")
    ) == ["b (native code)", "a (native code)", "app (app.py:1)"]


def test_a_package_is_loaded_before_its_module():
    """One statement has importlib load both: it is the importer of both."""
    assert chain(python("app", 2), load("a.new"), load("a")) == ["app (app.py:2)"]


def test_a_function_that_imports_when_it_is_called():
    """The module whose import has called it comes next, with the line of the call."""
    assert chain(
        python("app", 1),
        load("a"),
        python("a", 5),
        python("b", 7, function="work"),
        python("importlib", 88, function="import_module"),
        load("new"),
    ) == ["b (b.py:7)", "a (a.py:5)", "app (app.py:1)"]


def test_a_module_whose_code_runs_elsewhere():
    """As with pytest, whose loader runs the code of tests itself; or with one that gives it another name."""
    loader = python("rewrite", 3, function="exec_module")
    work, end = python("b", 7, function="work"), ["pytest (pytest.py:9)"]
    assert chain(python("pytest", 9), load("a"), loader, python("a", 5), work, load("new")) == [
        "b (b.py:7)", "a (a.py:5)", *end,
    ]  # fmt: skip
    assert chain(python("pytest", 9), load("a"), loader, python("c", 5), work, load("new")) == [
        "b (b.py:7)", "a (line unknown)", *end,
    ]  # fmt: skip


def test_what_is_loaded_without_a_search():
    """By its path: there is no frame that loads by name."""
    assert chain(python("app", 3)) == ["app (app.py:3)"]
    assert importers(None) == ()
    here = importers(sys._getframe())[0]
    assert here == Importer(__name__, __file__, here.line)

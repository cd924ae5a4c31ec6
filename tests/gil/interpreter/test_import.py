"""Importing the package, from the outside: in processes of its own, and against its stub."""

import ast
import copy
import importlib.util
import inspect
import sysconfig
from importlib import resources

import pytest

import gil
import gil._gil

pytestmark = pytest.mark.gil_state

INTERPRETERS = next(
    (name for name in ("concurrent.interpreters", "_interpreters") if importlib.util.find_spec(name)), None
)
# Parsed once: ast.parse() in many threads at once fails up to 3.12 (python/cpython#106905).
STUB = ast.parse(resources.files(gil).joinpath("_gil.pyi").read_text(encoding="utf-8")).body


def signature(function):
    arguments = copy.deepcopy(function.args)
    for argument in (*arguments.args, *arguments.kwonlyargs):
        argument.annotation = None
    return f"({ast.unparse(arguments)})"


if sysconfig.get_config_var("Py_GIL_DISABLED"):  # in a standard build there is nothing to keep off

    @pytest.mark.claim("I1", "3g")
    def test_import_keeps_the_gil_off(run_python):
        """The extension declares itself safe: with warnings as errors it imports, and no GIL comes back."""
        code = "import sys, gil; print(sys._is_gil_enabled())"
        # PYTHON_GIL=0 would keep the GIL off whatever the extension declares.
        run = run_python("-W", "error", "-c", code, PYTHON_GIL=None)
        assert (run.returncode, run.stdout, run.stderr) == (0, "False\n", "")


@pytest.mark.claim("I1", "3k")
def test_import_is_silent(run_python):
    """The import warns of nothing and prints nothing."""
    run = run_python("-W", "error", "-c", "import gil")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.claim("0k")
def test_import_by_eight_threads_is_one_import(run_python):
    """Threads that all import first get one module, and an extension initialised once."""
    code = """
import threading
start, modules = threading.Barrier(8), []
def load():
    start.wait()
    import gil._gil
    modules.append(gil._gil)
threads = [threading.Thread(target=load) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(modules), len(set(modules)), modules[0].states() == modules[0].states())
"""
    run = run_python("-c", code)
    assert (run.stdout, run.stderr) == ("8 1 True\n", "")


if INTERPRETERS:  # since 3.13

    @pytest.mark.claim("I4")
    def test_subinterpreters_are_refused(run_python):
        """PyO3 supports one interpreter a process, and says so instead of crashing."""
        code = f"""
from importlib import import_module
interpreters = import_module({INTERPRETERS!r})
code = "try: import gil\\nexcept ImportError as error: print(error, flush=True)"
if hasattr(interpreters, "run_string"):
    failure = interpreters.run_string(interpreters.create(), code)
    assert failure is None, failure
else:
    interpreters.create().exec(code)
"""
        run = run_python("-c", code)
        assert run.stdout == "module gil._gil does not support loading in subinterpreters\n", run.stderr
        assert run.stderr == ""


@pytest.mark.lane_independent
def test_package_reexports_the_extension():
    """Every public name of the native core is the package's, too."""
    public = [name for name in dir(gil._gil) if not name.startswith("_")]
    assert all(getattr(gil, name) is getattr(gil._gil, name) for name in public)
    assert {*public, "__version__"} <= set(gil.__all__)


@pytest.mark.lane_independent
def test_stub_has_the_names_of_the_extension():
    """Type checkers are told of what there is, and of nothing else."""
    declared = {
        node.target.id if isinstance(node, ast.AnnAssign) else node.name
        for node in STUB
        if isinstance(node, ast.AnnAssign | ast.FunctionDef | ast.ClassDef)
    }
    assert declared == {name for name in dir(gil._gil) if not name.startswith("_")} | {"__version__"}


@pytest.mark.parametrize("name", ["build_info", "double_list", "hold", "release", "states"])
@pytest.mark.lane_independent
def test_stub_has_the_signatures_of_the_extension(name):
    """Names, kinds and defaults of the parameters are those of the native function."""
    [function] = [node for node in STUB if isinstance(node, ast.FunctionDef) and node.name == name]
    assert signature(function) == str(inspect.signature(getattr(gil, name)))


@pytest.mark.lane_independent
def test_typing_marker_is_installed():
    """Without `py.typed` type checkers would not look at the stub."""
    assert resources.files(gil).joinpath("py.typed").is_file()


@pytest.mark.lane_independent
def test_classes_are_the_packages():
    """Errors and reprs name the classes by the module that people import."""
    classes = [value for value in vars(gil._gil).values() if inspect.isclass(value)]
    assert len(classes) == sum(isinstance(node, ast.ClassDef) for node in STUB)
    assert {cls.__module__ for cls in classes} == {"gil"}

"""Packages imported in processes of their own: whatever they do, there is an answer in a sentence."""

import concurrent.futures
import importlib.machinery
import importlib.util
import os
import shutil
import sys
import sysconfig
import time

import pytest

from gil.instruments.imports import child, inspect_imports, inspection

pytestmark = [
    pytest.mark.lane_independent,
    pytest.mark.process,
    pytest.mark.thread_unsafe(reason="starts processes"),
]
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
DEADLINE = 20
# What a module has in it, and the sentence that this deserves.
CODE = {
    "odd": (
        "import os, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "print('one')\nprint('two', flush=True)\nos.closerange(0, 256)\nos.chdir(os.sep)"
    ),
    "exits": "import sys; sys.exit(3)",
    "raises": "raise ValueError('no good.')",
    "hangs": "import time; time.sleep(60)",
    "wants": "from wanting import gil_used",
    "wants_and_ends": "from wanting import gil_used; import os; os._exit(7)",
    "strict": "import warnings; warnings.simplefilter('error'); from wanting import gil_used",
}
PROBLEMS = {
    "exits": "exits exits when it is imported, with 3.",
    "raises": "raises cannot be imported: ValueError: no good.",
    "hangs": "hangs was still being imported after 0.4 s; --timeout allows more.",
    "wants_and_ends": "wants_and_ends ends the process when it is imported, with exit code 7.",
    "dies": "The process died of SIGKILL while dies was imported.",
}
POSIX = {
    "dies": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "forks": "import os\nif os.fork():\n    os.wait()",  # the child goes on as if it were the parent
    "leaves": "import os, time\nif not os.fork():\n    time.sleep(60)",
}
if os.name == "posix":
    CODE |= POSIX


@pytest.fixture(scope="module")
def inspected(tmp_path_factory):
    """Import all of them, side by side."""
    folder = tmp_path_factory.mktemp("packages")
    for name, code in CODE.items():
        (folder / f"{name}.py").write_text(code)
    (folder / "wanting").mkdir()
    library = importlib.util.find_spec("gil_hazards.gil_hazards").origin
    suffix = importlib.machinery.EXTENSION_SUFFIXES[-1]
    shutil.copy(library, folder / "wanting" / f"gil_used{suffix}")
    shutil.copytree(folder / "wanting", folder / "lies")
    (folder / "lies" / "__init__.py").write_text("")
    (folder / "lies" / f"broken{suffix}").write_text("PyInit_broken")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("PYTHON_GIL", raising=False)
        with concurrent.futures.ThreadPoolExecutor(len(CODE)) as pool:
            begun = time.monotonic()
            found = {
                name: pool.submit(
                    inspection.inspect_package, name, (name,), timeout=0.4 if name == "hangs" else DEADLINE
                )
                for name in (*CODE, "lies")
            }
            yield {name: future.result() for name, future in found.items()}
            assert time.monotonic() - begun < DEADLINE  # nothing of what sleeps for a minute was waited for


def named(names):
    """Return parameters; where there are no POSIX signals and processes, those that need them are skipped."""
    here = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and processes")
    return [pytest.param(name, marks=[here] if name in POSIX else []) for name in names]


@pytest.mark.parametrize("name", named(CODE | POSIX))
def test_a_package_gets_one_sentence(inspected, name):
    """If it could be imported, none."""
    if name == "strict" and FREE_THREADED:  # it makes an error of the warning, and the watch is not asked
        assert inspected[name].problem.startswith("strict cannot be imported: RuntimeWarning: The global")
    else:
        assert inspected[name].problem == PROBLEMS.get(name)
    assert inspected[name].imported == (name,)


@pytest.mark.parametrize(
    "name", named(name for name in CODE | POSIX if "want" not in name and name != "strict")
)
def test_a_package_that_loads_nothing_wants_nothing(inspected, name):
    """That is only known if it could be imported."""
    package = inspected[name]
    assert package.wanting == package.modules == package.unknown == ()
    assert package.wants_gil is (None if name in PROBLEMS else False)
    assert package.gil_after is (None if name in {"dies", "hangs"} else not FREE_THREADED)


@pytest.mark.parametrize("name", ["wants", "wants_and_ends", "strict"])
def test_a_module_that_wants_the_gil_is_told_of(inspected, name):
    """Also if the process ends before the import does; a standard build cannot tell, and loses it then."""
    package = inspected[name]
    assert package.wants_gil is (True if FREE_THREADED else None)
    if FREE_THREADED or name != "wants_and_ends":
        [module] = package.modules
        assert (module.name, module.wants_gil) == ("wanting.gil_used", package.wants_gil)
        assert [(link.module, link.line) for link in module.importers] == [(name, 1)]
    if FREE_THREADED and name != "wants_and_ends":
        assert (package.gil_before, package.gil_after) == (False, True)
        assert package.culprit == "wanting.gil_used"


def test_the_modules_in_the_folders_of_a_package_are_loaded_too(inspected):
    """Importing the package does not load them; what cannot be loaded is noted."""
    package = inspected["lies"]
    [module] = package.modules
    assert package.rest == (module.name,) == ("lies.gil_used",)
    assert (module.importers, module.seen) == ((), True)
    assert package.wants_gil is (True if FREE_THREADED else None)
    assert (package.problem, package.notes) == (
        None,
        ("These files of it cannot be imported: lies.broken (ImportError).",),
    )
    assert inspected["wants"].rest == ()


def test_what_else_a_package_does_is_noted(inspected):
    """Each in a sentence, and nothing where there is nothing to tell."""
    assert inspected["raises"].notes == ()
    assert inspected["odd"].notes == ("It printed 2 lines: one",)
    for name in {"forks", "leaves"} & set(CODE):
        assert inspected[name].notes == (
            "It started another process (os.fork); what that loaded is not known.",
        )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (SystemExit(), "a exits when it is imported, with 0."),
        (SystemExit("no licence"), "a exits when it is imported, with no licence."),
        (KeyboardInterrupt(), "a cannot be imported: KeyboardInterrupt."),
        (ImportError("lib.so: no such file."), "a cannot be imported: ImportError: lib.so: no such file."),
    ],
)
def test_what_an_import_raises_is_repeated(error, sentence):
    """Whatever it is that ends it."""
    assert inspection._problem({"importing": "a"} | child.failure(error), 0, 1) == sentence


def test_several_packages_are_one_answer(tmp_path, monkeypatch):
    """The same package twice is asked once; one that is not there is a problem of its own."""
    (tmp_path / "fine.py").write_text("")
    monkeypatch.chdir(tmp_path)
    result = inspect_imports(["fine", "not_there_at_all", "fine"], rest=False)
    fine, missing = result.packages
    assert (fine.wants_gil, fine.problem) == (False, None)
    assert (
        missing.problem == "There is no module and no distribution called 'not_there_at_all' in this Python."
    )
    assert result.wants_gil is None
    assert (result.free_threaded_build, result.gil_asked) == (
        FREE_THREADED,
        None if not FREE_THREADED or sys.flags.gil is None else bool(sys.flags.gil),
    )
    assert result.as_json()["packages"][0]["package"] == "fine"


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_is_a_time(timeout):
    """Before anything is imported."""
    with pytest.raises(ValueError, match="timeout must be a finite number of seconds above 0, got "):
        inspect_imports(["gil"], timeout=timeout)

"""`pytest --gil-guard`: a run without a GIL in which an import switches it on fails, and names the import."""

import os
import shutil
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from importlib import util

import pytest

pytestmark = [
    pytest.mark.gil_state,
    pytest.mark.lane_independent,
    pytest.mark.process,
    pytest.mark.thread_unsafe(reason="waits for processes"),
]

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
# What the outer pytest sets; with CI set, pytest repeats messages in its summary.
OUTER = ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "CI", "PYTHON_GIL")
# pytest imports conftest.py, and that `early_bird`, which imports the one module; a test imports the other.
FILES = {
    "conftest.py": "import os\nif 'CULPRITS' not in os.environ: import early_bird\n",
    "early_bird/__init__.py": "from early_bird import gil_used\n",
    "late_bird/__init__.py": "from late_bird import gil_used\n",
    "early_worm-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: early-worm\nVersion: 1.2\n",
    "early_worm-1.2.dist-info/RECORD": "early_bird/__init__.py,,\nearly_bird/gil_used{suffix},,\n",
    "test_it.py": """
def test_before():
    pass

def test_culprit():
    import late_bird, early_bird

def test_after():
    pass
""",
    "test_loaded.py": """
import sys

def test_nothing_is_loaded():
    assert not {"gil", "gil._gil", "gil.pytest_plugin", "rich"} & {*sys.modules}
""",
    "pytest.ini": "[pytest]\nfilterwarnings = ignore\ngil_guard = true\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text.format(suffix=suffix) if "RECORD" in name else text, encoding="utf-8")
    if FREE_THREADED:
        library = util.find_spec("gil_hazards.gil_hazards").origin  # which has a second module
        for package in ("early_bird", "late_bird"):
            shutil.copyfile(library, folder / package / f"gil_used{suffix}")
    return folder


@pytest.fixture(scope="module")
def runs(project, run_python):
    """Start all runs of pytest at once, and return a function that waits for one of them."""
    path = os.pathsep.join(filter(None, [str(project), os.environ.get("PYTHONPATH")]))

    def start(file, *options, **variables):
        always = ("-p", "no:cacheprovider", f"--rootdir={project}", "-c", str(project / "pytest.ini"))
        outer = dict.fromkeys(OUTER)
        return run_python(
            *("-m", "pytest", *always, *options, str(project / file)),
            **{**outer, "PYTHONPATH": path, **variables},
        )

    with ThreadPoolExecutor(2) as pool:
        if FREE_THREADED:
            started = {
                "guarded": pool.submit(start, "test_it.py", "-n1", "--parallel-threads=2", CULPRITS="late"),
                "hidden": pool.submit(start, "test_it.py", "-p", "late_bird", PYTHON_GIL="0"),
            }
        else:
            started = {"standard": pool.submit(start, "test_loaded.py", CULPRITS="none")}
        yield lambda name: started[name].result()


def section(run):
    """Return the lines of the guard's summary."""
    lines = run.stdout.splitlines()
    starts = [number for number, line in enumerate(lines) if line.strip("= ") == "gil guard"]
    assert len(starts) == 1, run.stdout
    [start] = starts
    end = next(number for number in range(start + 1, len(lines)) if lines[number].startswith("="))
    return [line for line in lines[start + 1 : end] if line]


if FREE_THREADED:

    def test_each_module_is_named_with_its_chain_and_distribution(runs, project):
        """Also the one that comes when the GIL is on, and where warnings are ignored; by a worker's word."""
        lines = section(runs("guarded"))
        assert len(lines) == 6
        late, where_late, early, where_early = lines[1:-1]
        assert late.startswith("late_bird.gil_used (of no distribution, ")
        assert " wants the GIL: it " in late
        by = (project / "late_bird" / "__init__.py", project / "test_it.py")
        assert late.endswith(f"; imported by late_bird ({by[0]}:1), by test_it ({by[1]}:6).")
        assert early.startswith("early_bird.gil_used (early-worm 1.2, ")
        for line, package in ((where_late, "late_bird"), (where_early, "early_bird")):
            assert line.startswith("    imported during test_it.py::test_culprit in worker gw0 from ")
            assert str(project / package / "gil_used.") in line

    def test_the_run_fails_and_the_test_that_did_it(runs):
        """Nothing has happened in the controller, and tests that ran in threads have all passed."""
        run = runs("guarded")
        assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
        assert "3 passed, 1 error" in run.stdout
        assert "The GIL was switched on during test_it.py::test_culprit." in run.stdout
        assert section(run)[0].startswith("The GIL is on, and nobody has asked for it")
        assert "Py_mod_gil" in section(run)[-1]

    def test_what_the_variable_hides_is_said(runs, project):
        """It is no failure: the GIL is off. What was there before the guard is named as well."""
        run = runs("hidden")
        assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
        lines = section(run)
        assert len(lines) == 5
        said, late, before, early, in_conftest = lines
        assert "PYTHON_GIL=0 or -X gil=0 keeps the GIL off" in said
        assert (late.split()[0], early.split()[0]) == ("late_bird.gil_used", "early_bird.gil_used")
        assert before.startswith("    imported before the guard began from ")
        assert in_conftest.startswith("    imported before any test was collected from ")
        assert early.endswith(f", by conftest ({project / 'conftest.py'}:2).")

else:

    def test_on_a_standard_build_nothing_is_loaded_or_said(runs):
        """The option costs nothing there."""
        run = runs("standard")
        assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
        assert "gil guard" not in run.stdout

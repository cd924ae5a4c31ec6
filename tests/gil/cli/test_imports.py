"""`gil imports`."""

import importlib.machinery
import importlib.util
import json
import shutil
import sysconfig

import pytest

pytestmark = [
    pytest.mark.lane_independent,
    pytest.mark.process,
    pytest.mark.thread_unsafe(reason="starts processes"),
]
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
LAST = "A free-threaded Python can, from 3.13t."


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a package that wants the GIL, and one that loads no extension module."""
    (tmp_path / "plain.py").write_text("")
    (tmp_path / "wanting").mkdir()
    (tmp_path / "wanting" / "__init__.py").write_text("from wanting import gil_used")
    library = importlib.util.find_spec("gil_hazards.gil_hazards").origin
    shutil.copy(library, tmp_path / "wanting" / f"gil_used{importlib.machinery.EXTENSION_SUFFIXES[-1]}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHON_GIL", raising=False)
    return tmp_path


def test_all_packages_are_told_of(invoke, here):
    """As text, and in the file; the exit code is the worst of the answers."""
    ran = invoke("imports", "wanting", "plain", "--json=result.json")
    assert ran.exit_code == (1 if FREE_THREADED else 3)
    lines = ran.output.splitlines()
    assert "plain: loads no extension module, so none wants the GIL." in lines
    assert "  wanting.gil_used" in lines
    assert f"    imported by  wanting ({here / 'wanting' / '__init__.py'}:1)" in lines
    if FREE_THREADED:
        assert any(line.startswith("wanting: 1 of 1 extension module wants the GIL;") for line in lines)
    else:
        assert lines[2] == "wanting: 1 of 1 extension module may want the GIL or not."
        assert " ".join(lines).endswith(LAST)
    result = json.loads((here / "result.json").read_text())
    assert [package["package"] for package in result["packages"]] == ["wanting", "plain"]
    assert result["wants_gil"] is (True if FREE_THREADED else None)


def test_only_what_importing_loads(invoke, here):
    """Without the modules that merely lie in the folders."""
    (here / "wanting" / "__init__.py").write_text("")
    assert invoke("imports", "wanting", "--only-import").exit_code == 0
    assert invoke("imports", "wanting").exit_code == (1 if FREE_THREADED else 3)


def test_json_alone_on_stdout(invoke, here):
    """And what could not be measured in it."""
    ran = invoke("imports", "plain", "not_there_at_all", "--only-import", "--json")
    assert ran.exit_code == 3
    result = json.loads(ran.stdout)
    assert [package["wants_gil"] for package in result["packages"]] == [False, None]
    assert result["packages"][1]["problem"] == (
        "There is no module and no distribution called 'not_there_at_all' in this Python."
    )


@pytest.mark.child("-m", "gil", "imports", "json")
def test_the_process_of_the_command(child):
    """A pipe gets the text and nothing of the progress."""
    assert (child.returncode, child.stderr) == (0, "")
    head, empty, answer = child.stdout.splitlines()
    assert head.startswith("Python ")
    assert (empty, answer) == ("", "json: loads no extension module, so none wants the GIL.")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "Missing argument 'PKG...'."),
        (["json", "--timeout=0"], "timeout must be a finite number of seconds above 0, got 0."),
        (["json", "--timeout=nan"], "timeout must be a finite number of seconds above 0, got nan."),
        (["json", "--timeout=long"], "Invalid value for '--timeout': 'long' is not a valid float."),
        (["json", "--as=name"], "Invalid value for '--as': 'name' is not one of 'import', 'distribution'."),
        (["json", "--json=no/such/folder.json"], "The folder of 'no/such/folder.json' does not exist."),
        (["--json", "json"], "Missing argument 'PKG...'."),
    ],
)
def test_bad_usage_is_one_sentence(invoke, arguments, complaint):
    """Before anything is imported."""
    ran = invoke("imports", *arguments)
    assert ran.exit_code == 2
    usage, help_line, empty, error = ran.output.splitlines()
    assert usage == "Usage: gil imports [OPTIONS] PKG..."
    assert (help_line, empty) == ("Try 'gil imports --help' for help.", "")
    assert error == f"Error: {complaint}"


def test_a_name_that_means_two_things_is_bad_usage(invoke, tmp_path, monkeypatch):
    """The sentence says how to go on."""
    for distribution, module in (("delta", "epsilon"), ("zeta", "delta")):
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "top_level.txt").write_text(module)
        (tmp_path / f"{module}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    ran = invoke("imports", "delta")
    assert ran.exit_code == 2
    assert "say --as=import or --as=distribution." in ran.output

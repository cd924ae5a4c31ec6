import dataclasses

import pytest
from packaging.version import Version

from abi_matrix.config.table import Source
from workshop import repository
from workshop.documents import support
from workshop.documents.trials import TRIED
from workshop.release import wheelhouse

TABLE = repository.announced()
RUN = support.Run("by a run", ("3.14.9", "3.15.2", "3.15.2t"))


def rows(page):
    """Return the rows of the page's tables, as lists of cells, by the first of them."""
    cells = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    return {first.strip("`"): rest for first, *rest in cells}


def test_the_page_is_what_the_table_says():
    written = support.PAGE.read_text(encoding="utf-8")
    command = "uv run --only-group workshop python -m workshop.documents.support"
    assert written == support.page(TABLE), f"run `{command}`"


def test_every_wheel_and_every_platform_has_a_row():
    assert rows(support.page(TABLE)).keys() == {wheel.tag for wheel in TABLE.rows} | {*wheelhouse.PLATFORMS}


@pytest.mark.parametrize(
    ("python", "file"),
    [("3.13t", "`cibuildwheel==3.4.1`, with `cibuildwheel-3.toml`"), ("3.14t", ", with `pyproject.toml`")],
)
def test_a_wheel_is_built_by_its_configuration(python, file):
    serves, pyo3, built_by, *_ = rows(support.page(TABLE))[TABLE.row_for(python).tag]
    assert serves == python
    assert pyo3 == support.pyo3()
    assert built_by.endswith(file)


def test_what_pyo3_has_dropped_is_best_effort():
    assert "3.13t: best effort (PyO3 " in support.status(TABLE.row_for("3.13t"))
    assert support.status(TABLE.row_for("3.14t")) == "supported"


def test_what_pyo3_does_not_know_yet_is_best_effort_too():
    wheel = dataclasses.replace(TABLE.row_for("3.15t"), serves=("3.15t", "3.16t"))
    text = support.status(wheel)
    assert "3.16t: best effort (PyO3 experimental" in text
    assert "3.15t: best effort" not in text


@pytest.mark.parametrize("platform", support.TESTED)
def test_a_run_has_tested_every_interpreter_of_the_table(platform):
    versions = [(python, Version(python.removesuffix("t"))) for python in support.TESTED[platform].pythons]
    names = [f"{version.major}.{version.minor}{'t' * python.endswith('t')}" for python, version in versions]
    assert names == TABLE.interpreters, (
        "edit TESTED in workshop/documents/support.py when a run has tested the others"
    )


def test_the_page_says_the_versions_that_were_tested_and_not_the_pinned_ones():
    """What is pinned is built where nothing can be downloaded; elsewhere a run has something else."""
    sources = {minor: Source(f"{minor}.0a1", "0" * 64) for minor in TABLE.sources}
    page = support.page(dataclasses.replace(TABLE, sources=sources), {"win_arm64": RUN})
    assert "- `win_arm64`: CPython 3.14.9, 3.15.2; free-threaded 3.15.2." in page.splitlines()
    assert page == support.page(TABLE, {"win_arm64": RUN})


def test_an_interpreter_that_cibuildwheel_leaves_out_is_said_to_be_tested_elsewhere():
    assert "On 3.15 cibuildwheel tests nothing: " in support.page(TABLE)
    abi3_only = dataclasses.replace(TABLE, rows=TABLE.rows[:1])
    assert "cibuildwheel tests nothing" not in support.page(abi3_only)


def test_a_platform_counts_only_when_a_run_has_tested_it():
    assert set(support.TESTED) <= {*wheelhouse.PLATFORMS}
    page = support.page(TABLE, {"win_arm64": RUN})
    for platform in wheelhouse.PLATFORMS:
        done = rows(page)[platform][-1]
        if platform in TRIED:
            assert done == TRIED[platform].how
        else:
            assert done == ("run for real, by a run" if platform == "win_arm64" else "nothing")
    assert "nothing is supported yet" in page


def test_where_all_is_tested_no_warning_is_left():
    page = support.page(TABLE, dict.fromkeys(wheelhouse.PLATFORMS, RUN))
    assert "nothing is supported yet" not in page
    assert "unproven" not in page


def test_what_a_trial_leaves_unproven_is_listed_until_a_run_has_tested_the_platform():
    assert set(TRIED) <= {*wheelhouse.PLATFORMS}
    for platform in TRIED:
        heading = f"## What is unproven on `{platform}`"
        assert heading in support.page(TABLE, {}).splitlines()
        assert heading not in support.page(TABLE, {platform: RUN}).splitlines()

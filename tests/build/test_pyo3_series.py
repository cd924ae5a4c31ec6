"""Seed 003, as cargo sees it: which PyO3 refuses which free-threaded interpreter, and what lifts that.

Every build is a real one, of a crate that depends on a release of pyo3-ffi.
"""

import itertools

import pytest

from abi_matrix.interpreters.names import parse
from workshop import repository
from workshop.pyo3 import releases
from workshop.pyo3.releases import BUILD_FREE_THREADED, SERIES, SKIP_VERSION_CHECK

DOC = "the build limits' module\n"
FREE_THREADED = [python for python in repository.table().interpreters if parse(python).free_threaded]


def verdict(series, python):
    version = parse(python).version
    return releases.verdict(series, version, free_threaded=parse(python).free_threaded)


def edges():
    """Yield the series on either side of a change of the verdict on an interpreter."""
    for python in FREE_THREADED:
        pairs = [
            pair
            for pair in itertools.pairwise(SERIES)
            if len({verdict(series, python).word for series in pair}) == len(pair)
        ]
        for series in dict.fromkeys(itertools.chain.from_iterable(pairs)):
            yield pytest.param(series, python, id=f"{series.name}-{python}")


@pytest.mark.claim("3h", "3l")
@pytest.mark.parametrize(("series", "python"), [*edges()])
def test_every_edge_of_the_table_of_series(series, python, check):
    """Each series builds for the interpreters that the table says, and refuses the others in its words."""
    expected = verdict(series, python)
    run = check(series.release, python)
    assert (run.returncode == 0) is expected.builds, run.stderr
    if not expected.builds:
        assert "pyo3-ffi" in run.stderr
        assert any(words in run.stderr for words in WORDS[expected.hatch]), run.stderr


WORDS = {
    BUILD_FREE_THREADED: [
        "the Python interpreter was built with the GIL disabled, which is not yet supported"
    ],
    SKIP_VERSION_CHECK: ["PyO3 does not support the free-threaded build of CPython versions below 3.14"],
    None: ["is newer than PyO3's maximum supported version"],
}


@pytest.mark.claim("3h")
def test_0_22_refuses_3_13t_by_default(check):
    """The post's subject, in the words of the time, with the way out that it names."""
    run = check("0.22.6", "3.13t")
    assert run.returncode != 0
    assert (
        "error: the Python interpreter was built with the GIL disabled, which is not yet supported by PyO3\n"
        in run.stderr
    )
    assert f"set {BUILD_FREE_THREADED}=1 to suppress this check and build anyway" in run.stderr


@pytest.mark.claim("3h")
def test_the_check_of_0_22_2_to_0_22_5_never_fired(check):
    """They had the check but did not ask the interpreter: 0.22.6 was the first that did."""
    assert check("0.22.5", "3.13t").returncode == 0


@pytest.mark.claim("I6", "3h", "3l")
def test_0_30_refuses_3_13t_by_default(check):
    """The one free-threaded interpreter that was left behind."""
    run = check("0.30.1", "3.13t")
    assert run.returncode != 0
    assert (
        "error: PyO3 does not support the free-threaded build of CPython versions below 3.14,"
        " the selected Python version is 3.13\n"
    ) in run.stderr
    assert "UNSAFE" not in run.stderr  # the way round is undocumented


@pytest.mark.claim("3i")
@pytest.mark.parametrize(
    ("release", "of_the_other"), [("0.22.6", SKIP_VERSION_CHECK), ("0.30.1", BUILD_FREE_THREADED)]
)
def test_the_variable_of_the_other_series_changes_nothing(release, of_the_other, check):
    """0.22's variable is unknown to 0.30, and the one that 0.30 heeds lifted another check in 0.22."""
    assert check(release, "3.13t", **{of_the_other: "1"}).returncode != 0


@pytest.mark.claim("3g", "3i", "3l")
def test_0_22_forced_builds_what_cannot_be_imported(build_and_import):
    """The variable lets it build, but 0.22 knows only the GIL's object layout: that was no support."""
    imported = build_and_import("0.22.6", "3.13t", **{BUILD_FREE_THREADED: "1"})
    assert imported.returncode != 0
    assert DOC not in imported.stdout


@pytest.mark.claim("I6", "3i", "3l")
def test_0_30_forced_builds_what_can(build_and_import):
    """The same source, forced with 0.30: that series still has the layout of 3.13t."""
    imported = build_and_import("0.30.1", "3.13t", **{SKIP_VERSION_CHECK: "1"})
    assert (imported.returncode, imported.stdout) == (0, DOC), imported.stderr


@pytest.mark.claim("3k", "3l")
@pytest.mark.parametrize("python", ["3.14t", "3.15t"])
def test_0_30_just_builds(python, build_and_import):
    """Where PyO3 supports free-threading nothing has to be chosen or forced."""
    imported = build_and_import("0.30.1", python)
    assert (imported.returncode, imported.stdout) == (0, DOC), imported.stderr

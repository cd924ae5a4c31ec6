"""The table of PyO3's series; tests/build holds it against cargo."""

import pytest

from abi_matrix.interpreters.names import parse
from workshop import repository
from workshop.pyo3 import capabilities, releases
from workshop.pyo3.releases import BUILD_FREE_THREADED, SERIES, SKIP_VERSION_CHECK
from workshop.repository import ROOT


@pytest.mark.parametrize(
    ("version", "free_threaded", "series"),
    [
        ((3, 11), False, "0.22 to 0.30"),
        ((3, 14), False, "0.25 to 0.30"),
        ((3, 13), True, "0.23 to 0.28"),
        ((3, 14), True, "0.25 to 0.30"),
        ((3, 15), True, "0.28 to 0.30"),
        ((3, 8), False, "0.22 to 0.29"),
        ((3, 17), False, "none"),
    ],
)
def test_built_by(version, free_threaded, series):
    assert releases.built_by(version, free_threaded=free_threaded) == series


def test_spans_of_3_13t_are_the_story_of_the_post():
    spans = dict(releases.spans((3, 13), free_threaded=True))
    assert {series: (found.word, found.hatch) for series, found in spans.items()} == {
        "0.22": ("refused", BUILD_FREE_THREADED),
        "0.23 to 0.28": ("yes", None),
        "0.29 to 0.30": ("refused", SKIP_VERSION_CHECK),
    }


def test_the_version_after_the_newest_builds_with_a_warning():
    words = {series.name: releases.verdict(series, (3, 15), free_threaded=True).word for series in SERIES}
    assert [words[name] for name in ("0.27", "0.28", "0.29")] == ["refused", "with a warning", "yes"]


def test_the_last_series_is_the_one_that_this_project_uses():
    assert SERIES[-1].release == capabilities.locked("pyo3"), (
        "in workshop/pyo3/releases.py write the release of Cargo.lock"
    )


def test_the_docs_show_the_table():
    text = (ROOT / "docs" / "build-limits.md").read_text(encoding="utf-8")
    free_threaded = [python for python in repository.announced().interpreters if parse(python).free_threaded]
    heading = f"| PyO3 | {' | '.join(free_threaded)} |\n"
    assert heading in text, f"in docs/build-limits.md write {heading}"
    for series in SERIES:
        versions = [parse(python).version for python in free_threaded]
        found = [releases.verdict(series, version, free_threaded=True) for version in versions]
        words = [one.word + ", unless forced" * bool(one.hatch) for one in found]
        row = f"| {series.name} | {' | '.join(words)} |\n"
        assert row in text, f"in docs/build-limits.md write {row}"

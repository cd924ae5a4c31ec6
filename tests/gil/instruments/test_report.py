"""What a process told of itself before it ended."""

import os

import pytest

from gil.instruments.report import Report, told

pytestmark = pytest.mark.lane_independent


def test_what_was_told_comes_line_by_line(tmp_path):
    report = Report(str(tmp_path / "report"))
    report.tell(at="the first\nline")
    report.tell(at="the second", number=2)
    assert told(tmp_path / "report") == [{"at": "the first\nline"}, {"at": "the second", "number": 2}]


def test_a_line_that_is_not_whole_is_left_out(tmp_path):
    file = tmp_path / "report"
    Report(str(file)).tell(at="whole")
    with file.open("a") as more:
        more.write('{"at": "not wh')
    assert told(file) == [{"at": "whole"}]


@pytest.mark.thread_unsafe(reason="replaces a function")
def test_another_process_tells_nothing(tmp_path, monkeypatch):
    report = Report(str(tmp_path / "report"))
    report.tell(at="the parent")
    monkeypatch.setattr(os, "getpid", lambda: -1)
    report.tell(at="what it has forked")
    assert told(tmp_path / "report") == [{"at": "the parent"}]

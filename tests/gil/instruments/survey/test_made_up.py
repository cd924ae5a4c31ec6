import json

import pytest

from gil.instruments.survey import made_up
from gil.instruments.survey.errors import MeasurementError

pytestmark = pytest.mark.lane_independent


def expecting(*types):
    """Return a function without a signature that takes such arguments only."""

    class Strict:
        __signature__ = "none"

        def __call__(self, *args):
            if [type(arg) for arg in args] != list(types):
                raise TypeError("something else")

    return Strict()


@pytest.mark.parametrize("types", [(bytes,), (str,), (float,), (list,), (), (str, str), (int, int, int)])
def test_without_a_signature_it_tries(types):
    args, kwargs = made_up.arguments(expecting(*types))
    assert tuple(type(arg) for arg in args) == types
    assert kwargs == {}


def test_annotations_come_first():
    def f(a: int, b: "str | None", *, c: bytes, d: float = 1.0): ...

    args, kwargs = made_up.arguments(f)
    assert [type(arg) for arg in args] == [int, str]
    assert {name: type(value) for name, value in kwargs.items()} == {"c": bytes}


def test_what_an_annotation_leaves_open_is_tried():
    def f(a, b):
        if not isinstance(a, str) or not isinstance(b, dict):
            raise TypeError("something else")

    args, _ = made_up.arguments(f)
    assert [type(arg) for arg in args] == [str, dict]


def test_an_empty_default_is_nothing_to_work_on():
    seen = []

    def f(string=b"", other=5):
        seen.append((string, other))

    made_up.arguments(f)
    assert seen == [(made_up._VALUES["bytes"], 5)]


def test_texts_are_json():
    assert made_up.arguments(json.loads)[0] == (made_up._VALUES["bytes"],)


def test_the_reason_is_what_tells_most():
    def f(a):
        if a.startswith("["):
            raise ValueError("not the right words")

    with pytest.raises(
        MeasurementError, match=r"no made-up arguments are right \(ValueError: not the right words\)"
    ):
        made_up.arguments(f)


def test_many_arguments_are_the_users_business():
    def f(a, b, c, d, e): ...

    with pytest.raises(MeasurementError, match="needs 5 arguments: a, b, c, d, e"):
        made_up.arguments(f)


def test_an_exit_is_told_as_such():
    def f():
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        made_up.arguments(f)


def test_does_not_try_for_ever(monkeypatch):
    monkeypatch.setattr(made_up, "_SECONDS", 0)
    calls = []

    def f(a, b, c):
        calls.append(1)
        raise ValueError

    with pytest.raises(MeasurementError):
        made_up.arguments(f)
    assert len(calls) == 1

import sys
import types

import pytest

from gil.instruments.survey import target
from gil.instruments.survey.errors import MeasurementError, UsageError

pytestmark = [
    pytest.mark.lane_independent,
    pytest.mark.thread_unsafe(reason="adds modules to those that can be imported"),
]


@pytest.fixture
def importable(tmp_path, monkeypatch):
    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)

    monkeypatch.syspath_prepend(tmp_path)
    return write


def test_finds_a_function_below_a_module():
    assert target.function(target.module("os.path"), "join") is __import__("os").path.join
    assert target.function(target.module("collections"), "OrderedDict.fromkeys")([1]) == {1: None}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no_such_module", "There is no module 'no_such_module' for this Python; is it installed?"),
        ("os.no_such", "There is no module 'os.no_such' for this Python; is it installed?"),
        ("a-b", "'a-b' is not the name of a module."),
        (".os", "'.os' is not the name of a module."),
        ("", "'' is not the name of a module."),
    ],
)
def test_no_such_module(name, sentence):
    with pytest.raises(UsageError) as raised:
        target.module(name)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("1 / 0", "Importing 'broken' fails: ZeroDivisionError: division by zero."),
        ("raise SystemExit(3)", "Importing 'broken' ends the process with exit code 3."),
        ("import no_such", "Importing 'broken' fails: ModuleNotFoundError: No module named 'no_such'."),
        ("raise ValueError('two\\nlines.')", "Importing 'broken' fails: ValueError: two lines."),
    ],
)
def test_a_module_that_cannot_be_imported(importable, code, sentence):
    importable("broken", code)
    with pytest.raises(MeasurementError) as raised:
        target.module("broken")
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("path.jion", "os:path has no 'jion'; did you mean 'join'?"),
        ("qqqq", "os has no 'qqqq'."),
        ("sep", "os:sep is of type str and cannot be called."),
    ],
)
def test_no_such_function(path, sentence):
    with pytest.raises(UsageError) as raised:
        target.function(target.module("os"), path)
    assert str(raised.value) == sentence


def test_arguments_are_expressions_with_names_at_hand():
    args, kwargs = target.arguments(["2 * n", "'a=b'", "level=n", "text='x == y'"], {"n": 21})
    assert args == (42, "a=b")
    assert kwargs == {"level": 21, "text": "x == y"}


def test_what_a_module_makes_when_asked_is_at_hand():
    made = types.ModuleType("made")
    made.__getattr__ = {"lazy": 7}.__getitem__
    with pytest.raises(KeyError):
        made.other  # noqa: B018 - as careless modules do
    made.there = 1
    assert target.arguments(["lazy + there"], target.Names(made)) == ((8,), {})


def test_a_comparison_is_no_name():
    assert target.arguments(["n==21"], {"n": 21}) == ((True,), {})


@pytest.mark.parametrize(
    ("expressions", "sentence"),
    [
        (["hello"], "The argument hello needs a name that is not there (name 'hello' is not defined);"),
        (["hello world"], "The argument hello world is not a Python expression;"),
        (["1/0"], "The argument 1/0 raises ZeroDivisionError: division by zero."),
        (["a=1", "2"], "The argument 2 must stand before those with a name."),
    ],
)
def test_arguments_that_are_none(expressions, sentence):
    with pytest.raises(UsageError) as raised:
        target.arguments(expressions, {})
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize("arguments", [(), (1, 2, 3)])
def test_a_call_that_does_not_fit_the_signature(arguments):
    def f(a, b=1): ...

    with pytest.raises(UsageError, match=r"m:f\(a, b=1\) cannot be called like this: "):
        target.Call("m:f", f, arguments).check()


def test_code_is_run_anew_each_time():
    names = {"made": []}
    run = target.code("made.append(1); left = 2", names)
    run()
    run()
    assert names["made"] == [1, 1]
    assert names["left"] == 2


def test_code_that_is_no_python():
    with pytest.raises(UsageError, match=r"The code is not Python: SyntaxError: .*\."):
        target.code("for", {})


def test_a_long_message_is_cut():
    assert target.spelled(ValueError("x" * 1000)) == f"ValueError: {'x' * 120}..."


@pytest.mark.parametrize(
    ("code", "sentence"), [(None, "0"), (0, "0"), (7, "7"), (False, "0"), ("no\nmore.", "1: no more")]
)
def test_an_exit_has_a_code(code, sentence):
    assert target.ending(SystemExit(code)) == f"ends the process with exit code {sentence}"


def test_an_error_without_a_message_has_its_name():
    assert target.spelled(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert isinstance(target, types.ModuleType)

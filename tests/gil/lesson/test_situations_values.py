"""The functions of the situations as functions: values, bad input, the marks that they leave."""

import math
import sys
import threading
import traceback
import types

import pytest

import gil
from gil import Timeline

# D5: in the lane of eight threads, each of them calls what carries this so often.
stress = pytest.mark.iterations(20)


class Broken:
    """Fails in Python code wherever native code may ask it something."""

    def fail(self, *_):
        raise LookupError("broken on purpose")

    __iter__ = __hash__ = __index__ = __call__ = fail


def steps(function, *arguments):
    timeline = Timeline()
    function(*arguments, timeline=timeline)
    return " ".join(f"{event.label}{'+' if event.attached else '-'}" for event in timeline)


@pytest.mark.parametrize("values", [[], [1, 2, 3], (None, "x"), range(5), "ab", {1: 2}, iter([1])])
@pytest.mark.claim("C1", "D5", "0b")
@stress
def test_make_list(values):
    values = list(values)  # pytest-run-parallel gives all threads the same iterator
    made = gil.make_list(iter(values))
    assert made == values
    assert type(made) is list
    assert gil.make_list(made) is not made


@pytest.mark.claim("C1", "D5")
@stress
def test_set_item():
    numbers = {"key": 1}
    assert gil.set_item(numbers, "key", 42) is None
    gil.set_item(numbers, None, 43)
    assert numbers == {"key": 42, None: 43}


def test_set_item_does_not_ask_a_subclass():
    class Loud(dict):
        __setitem__ = Broken.fail

    loud = Loud()
    gil.set_item(loud, 1, 2)
    assert loud == {1: 2}


@pytest.mark.claim("C1", "D5", "0g")
@stress
def test_call():
    assert gil.call(divmod, 7, 2) == (3, 1)
    assert gil.call(lambda *args: args) == ()
    assert gil.call(dict) == {}


def test_run_has_a_namespace_of_its_own():
    key = f"{__name__}.{threading.get_ident()}"
    sys.modules[key] = seen = types.SimpleNamespace()
    gil.run(
        f"import sys\nseen = sys.modules.pop({key!r})\n"
        "seen.names = sorted(globals())\nseen.same = globals() is locals()"
    )
    assert seen.names == ["__builtins__", "seen", "sys"]
    assert seen.same
    assert not hasattr(sys.modules["__main__"], "seen")


@pytest.mark.claim("0i")
def test_run_prints_through_python(run_python):
    ran = run_python("-c", "import gil; gil.run(\"print('Hello from Python')\")")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("Hello from Python\n", "", 0)


@pytest.mark.claim("C1", "D5", "0j")
@stress
def test_import_attr():
    assert gil.import_attr("math", "pi") == math.pi
    assert gil.import_attr("os.path", "join") is __import__("os").path.join


@pytest.mark.claim("C1", "D5", "0j")
@stress
def test_attempt():
    assert gil.attempt(int, "12") == (True, 12, None)
    done, value, error = gil.attempt(int, "x")
    assert (done, value) == (False, None)
    assert isinstance(error, ValueError)
    assert done is False
    broken = Broken()
    error = gil.attempt(broken, 1)[2]
    assert (type(error), error.args) == (LookupError, ("broken on purpose",))
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == ["fail"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_attempt_catches_no_more_than_exceptions(error):
    def fail():
        raise error

    with pytest.raises(error):
        gil.attempt(fail)


@pytest.mark.parametrize("values", [[1, 2, 3], (3, -(2**63)), [2**63 - 1], range(3), [True], b"ab", []])
@pytest.mark.claim("C1", "D5", "0n", "0o")
@stress
def test_convert_and_sort(values):
    assert gil.convert(values) == list(values)
    assert gil.sort_detached(values) == sorted(values)
    assert {type(value) for value in gil.convert(values)} <= {int}


def test_sort_leaves_its_argument_alone():
    values = [3, 1, 2]
    assert gil.sort_detached(values) == [1, 2, 3]
    assert values == [3, 1, 2]


@pytest.mark.parametrize("function", [gil.convert, gil.sort_detached])
@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ("12", TypeError, "Can't extract `str` to `Vec`"),
        ({1, 2}, TypeError, "'set' object is not an instance of 'Sequence'"),
        (None, TypeError, "'NoneType' object is not an instance of 'Sequence'"),
        (iter([1]), TypeError, "is not an instance of 'Sequence'"),
        ([1, "2"], TypeError, "'str' object cannot be interpreted as an integer"),
        ([1.0], TypeError, "'float' object cannot be interpreted as an integer"),
        ([2**63], OverflowError, "too (large|big)"),
        ([-(2**63) - 1], OverflowError, "too (large|big)"),
        ([Broken()], LookupError, "broken on purpose"),
    ],
)
@pytest.mark.claim("C1", "0n")
@pytest.mark.lane_independent
def test_what_cannot_be_converted(function, values, error, text):
    with pytest.raises(error, match=text):
        function(values)


@pytest.mark.claim("C1")
@pytest.mark.parametrize(
    ("function", "arguments", "error", "text"),
    [
        (gil.make_list, [1], TypeError, "'int' object is not iterable"),
        (gil.make_list, [Broken()], LookupError, "broken on purpose"),
        (gil.make_list, [], TypeError, r"missing 1 required positional argument: 'values'"),
        (gil.set_item, [[], 0, 0], TypeError, "'list' object is not an instance of 'dict'"),
        (gil.set_item, [None, 0, 0], TypeError, "'None' is not an instance of 'dict'"),
        (gil.set_item, [{}, [], 0], TypeError, "unhashable type: 'list'"),
        (gil.set_item, [{}, Broken(), 0], LookupError, "broken on purpose"),
        (gil.set_item, [{}, 0], TypeError, "missing 1 required positional argument: 'value'"),
        (gil.call, [1], TypeError, "'int' object is not callable"),
        (gil.call, [int, "x"], ValueError, "invalid literal for int"),
        (gil.call, [], TypeError, "missing 1 required positional argument: 'func'"),
        (gil.run, ["1 +"], SyntaxError, "invalid syntax"),
        (gil.run, ["x\0"], ValueError, "code must not have null characters in it"),
        (gil.run, ["\udc80"], UnicodeEncodeError, "surrogates not allowed"),
        (gil.run, [b"1"], TypeError, "'bytes' object is not an instance of 'str'"),
        (gil.run, ["raise LookupError('mine')"], LookupError, "mine"),
        (gil.import_attr, ["no_such_module", "x"], ModuleNotFoundError, "No module named 'no_such_module'"),
        (gil.import_attr, ["math", "no_such"], AttributeError, "no attribute 'no_such'"),
        (gil.import_attr, ["", "x"], ValueError, "Empty module name"),
        (gil.import_attr, [math, "pi"], TypeError, "'module' object is not an instance of 'str'"),
        (gil.nested, [-1], ValueError, "seconds must be a number of seconds, finite and not negative"),
        (gil.nested, [math.nan], ValueError, "seconds must be a number of seconds, finite and not negative"),
    ],
)
@pytest.mark.lane_independent
def test_bad_input(function, arguments, error, text):
    with pytest.raises(error, match=text):
        function(*arguments)


@pytest.mark.claim("C4", "0g")
def test_exceptions_pass_through_with_their_traceback():
    def outer():
        inner()

    def inner():
        raise LookupError(1, "two")

    with pytest.raises(LookupError) as caught:
        gil.call(outer)
    assert caught.value.args == (1, "two")
    assert [entry.name for entry in caught.traceback][-2:] == ["outer", "inner"]


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (gil.make_list, [[1]], "enter+ exit+"),
        (gil.set_item, [{}, 1, 2], "enter+ exit+"),
        (gil.call, [int], "enter+ exit+"),
        (gil.run, ["pass"], "enter+ exit+"),
        (gil.import_attr, ["math", "pi"], "enter+ imported+ exit+"),
        (gil.attempt, [int], "enter+ exit+"),
        (gil.attempt, [int, "x"], "enter+ caught+ exit+"),
        (gil.convert, [[1]], "enter+ extracted+ exit+"),
        (gil.sort_detached, [[2, 1]], "enter+ detach+ detached- attach- attached+ exit+"),
        (gil.nested, [0.01], "enter+ acquire+ leave+ exit+"),
    ],
)
@pytest.mark.claim("0o")
def test_steps(function, arguments, expected):
    assert steps(function, *arguments) == expected


def test_a_failed_call_leaves_its_exit():
    timeline = Timeline()
    with pytest.raises(TypeError):
        gil.convert([1, None], timeline=timeline)
    assert [event.label for event in timeline] == ["enter", "exit"]


def halves(seconds):
    timeline = Timeline()
    assert gil.nested(seconds, timeline=timeline) is None
    _, acquire, leave, left = (event.ns for event in timeline)
    return (leave - acquire) / 1e9, (left - leave) / 1e9


def test_nested_sleeps_as_long_as_asked():
    assert min(halves(0.02)) >= 0.01


@pytest.mark.thread_unsafe(reason="compares clocks")
def test_nested_sleeps_no_longer_than_asked(times_as_long):
    for half in (0, 1):
        assert times_as_long(lambda seconds: halves(2 * seconds)[half], 0.005) < 1.5  # noqa: B023

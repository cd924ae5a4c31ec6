"""`double_list` alone: what it accepts and what it refuses, and that a refused call changes nothing."""

import math

import pytest

from gil import Timeline, double_list

NO_INTEGER = "object cannot be interpreted as an integer"
NO_SECONDS = "must be a number of seconds, finite and not negative, got"
# Bad arguments, by what they replace in a good call; all are found before the first phase.
BAD = [
    ({"list": (1,)}, TypeError, "'tuple' object is not an instance of 'list'"),
    ({"list": None}, TypeError, "'None' is not an instance of 'list'"),
    ({"result": ()}, TypeError, "'tuple' object is not an instance of 'list'"),
    ({"result": None}, TypeError, "'None' is not an instance of 'list'"),
    ({"idx": -1}, OverflowError, "can't convert negative int to unsigned"),
    ({"idx": 2**64}, OverflowError, "int too big to convert"),
    ({"idx": 1.0}, TypeError, f"'float' {NO_INTEGER}"),
    ({"idx": "0"}, TypeError, f"'str' {NO_INTEGER}"),
    ({"idx": None}, TypeError, f"'NoneType' {NO_INTEGER}"),
    ({"idx": 1}, IndexError, "list assignment index out of range"),
    ({"result": []}, IndexError, "list assignment index out of range"),
    ({"detached": "1"}, TypeError, "must be real number, not str"),
    ({"attached": None}, TypeError, "must be real number, not NoneType"),
    ({"indx": 0}, TypeError, r"double_list\(\) got an unexpected keyword argument 'indx'"),
    *(
        ({phase: seconds}, ValueError, f"{phase} {NO_SECONDS} {shown}")
        for phase in ("detached", "attached")
        for seconds, shown in [(-1, "-1.0"), (math.nan, "nan"), (math.inf, "inf"), (1e300, r"1e\+300")]
    ),
]
BAD_IDS = [f"{name}={value}" for bad, *_ in BAD for name, value in bad.items()]


# Shared by all threads of pytest-run-parallel, each with a place of its own.
SHARED_LIST = list(range(100))
SHARED_RESULT = [None] * 64


class Index:
    """An item that is no int but has `__index__`, which may do anything."""

    def __init__(self, value, action=lambda: None):
        self.value, self.action = value, action

    def __index__(self):
        self.action()
        return self.value

    def __repr__(self):
        return "<Index>"


def overflow():
    raise OverflowError("mine")


def doubled(items):
    result = [None]
    assert double_list(items, result, 0, detached=0, attached=0) is None
    return result[0]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], []),
        ([1, 2, 3], [2, 4, 6]),
        ([True, False], [2, 0]),
        ([2**30 - 1, -(2**30)], [2**31 - 2, -(2**31)]),
        ([Index(21)], [42]),
        (type("SubList", (list,), {})([1]), [2]),
    ],
)
def test_doubles(items, expected):
    """Ints, and what can stand for them, are doubled into a new list; the input stays as it is."""
    before = list(items)
    assert doubled(items) == expected
    assert list(items) == before


def test_writes_only_its_place():
    """The other places of `result`, which may be of a subclass, are not touched."""
    result = type("SubList", (list,), {})(["a", "b", "c"])
    double_list(list=[1], result=result, idx=1, detached=0, attached=0)
    assert result == ["a", [2], "c"]


@pytest.mark.claim("D5")
def test_many_calls_on_the_same_lists(thread_index):
    """Threads that read one list and write to one result get what each alone would."""
    for _ in range(20):
        double_list(SHARED_LIST, SHARED_RESULT, thread_index, detached=0, attached=0)
        assert SHARED_RESULT[thread_index] == [2 * number for number in range(100)]


def test_result_may_be_the_list():
    """Reading ends before writing begins."""
    nums = [1, 2]
    double_list(nums, nums, 0, detached=0, attached=0)
    assert nums == [[2, 4], 2]


def test_list_that_shrinks_under_the_reading():
    """An item whose `__index__` empties the list ends the reading, with what was read so far."""
    items = [1, 2, 3]
    items[1] = Index(7, items.clear)
    assert doubled(items) == [2, 14]


def test_list_that_grows_under_the_reading():
    """Items that an `__index__` appends are not read: the reading ends, whatever they do."""
    items = [1, 2, 3]
    items[1] = Index(7, lambda: items.append(items[1]))
    assert doubled(items) == [2, 14, 6]


@pytest.mark.claim("A4")
def test_each_phase_lasts_at_least_as_long_as_asked():
    """Detached and attached: neither ends early."""
    timeline = Timeline()
    double_list([1], [None], 0, detached=0.06, attached=0.04, timeline=timeline)
    ns = {event.label: event.ns for event in timeline}  # in the main thread of several, the last
    assert ns["attach"] - ns["enter"] >= 60_000_000
    assert ns["exit"] - ns["acquire"] >= 40_000_000


@pytest.mark.claim("A4")
@pytest.mark.thread_unsafe(reason="compares clocks")
@pytest.mark.parametrize(
    ("phase", "start", "end"), [("detached", "detached", "attach"), ("attached", "acquire", "exit")]
)
def test_each_phase_lasts_no_longer_than_asked(phase, start, end, times_as_long):
    """Neither goes on when its time is over."""

    def lasts(seconds):
        timeline = Timeline()
        durations = {"detached": 0, "attached": 0, phase: seconds}
        double_list([1], [None], 0, **durations, timeline=timeline)
        ns = {event.label: event.ns for event in timeline}
        return (ns[end] - ns[start]) / 1e9

    assert times_as_long(lasts) < 1.5


@pytest.mark.claim("E1", "E3", "E4")
@pytest.mark.parametrize(("bad", "error", "text"), BAD, ids=BAD_IDS)
@pytest.mark.lane_independent
def test_bad_arguments(bad, error, text):
    """A bad argument is refused before anything happened, the first phase included."""
    result, timeline = ["untouched"], Timeline()
    good = {"list": [1], "result": result, "idx": 0, "detached": 0, "attached": 0, "timeline": timeline}
    with pytest.raises(error, match=text) as caught:
        double_list(**good | bad)
    assert len(timeline) == 0
    assert result == ["untouched"]
    [name] = bad
    by_conversion = error is OverflowError or (error is TypeError and name in good)
    # The argument's name stands in a note since PyO3 0.29.
    assert getattr(caught.value, "__notes__", []) == [f"while processing '{name}'"] * by_conversion


@pytest.mark.claim("E1", "E3")
@pytest.mark.parametrize(("bad", "error", "text"), BAD, ids=BAD_IDS)
@pytest.mark.lane_independent
def test_bad_arguments_print_nothing(bad, error, text, capfd):
    """A refused call has not even entered."""
    with pytest.raises(error, match=text):
        double_list(**{"list": [1], "result": [None], "idx": 0} | bad)
    assert capfd.readouterr() == ("", "")


@pytest.mark.claim("E1")
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "missing 3 required positional arguments: 'list', 'result', and 'idx'"),
        ([[1]], "missing 2 required positional arguments: 'result' and 'idx'"),
        ([[1], [None], 0, 1.0], "takes 3 positional arguments but 4 were given"),
    ],
)
@pytest.mark.lane_independent
def test_bad_number_of_arguments(arguments, text):
    """Durations are keywords, and the three others are needed."""
    with pytest.raises(TypeError, match=rf"double_list\(\) {text}"):
        double_list(*arguments)


@pytest.mark.claim("E1")
@pytest.mark.lane_independent
def test_bad_timeline():
    """A timeline is a `Timeline` or None."""
    with pytest.raises(TypeError, match="'list' object is not an instance of 'Timeline'"):
        double_list([1], [None], 0, timeline=[])


@pytest.mark.claim("E1", "E2", "E4")
@pytest.mark.parametrize(
    ("items", "error", "text", "notes"),
    [
        ([1, "a"], TypeError, f"'str' {NO_INTEGER}", ["while doubling item 1"]),
        ([None], TypeError, f"'NoneType' {NO_INTEGER}", ["while doubling item 0"]),
        ([1, 2, 1.5], TypeError, f"'float' {NO_INTEGER}", ["while doubling item 2"]),
        ([Index("x")], TypeError, "__index__", ["while doubling item 0"]),
        ([Index(1, lambda: 1 / 0)], ZeroDivisionError, "division by zero", ["while doubling item 0"]),
        ([0, Index(1, overflow)], OverflowError, "^mine", ["while doubling item 1"]),
        ([0, 2**30], OverflowError, r"^item 1: 1073741824 \* 2 does not fit in i32$", []),
        ([-(2**30) - 1], OverflowError, r"^item 0: -1073741825 \* 2 does not fit in i32$", []),
        ([2**31], OverflowError, "^item 0: 2147483648 does not fit in i32$", []),
        ([-(2**31) - 1], OverflowError, "^item 0: -2147483649 does not fit in i32$", []),
        ([2**64], OverflowError, "^item 0: 18446744073709551616 does not fit in i32$", []),
        ([Index(2**31)], OverflowError, "^item 0: 2147483648 does not fit in i32$", []),
        # str() of an int has a limit, sys.set_int_max_str_digits
        ([10**5000], OverflowError, "^item 0: an integer of 16610 bits does not fit in i32$", []),
    ],
    ids=lambda value: "10**5000" if value == [10**5000] else None,
)
def test_bad_items(items, error, text, notes):
    """A bad item is an error that tells which, after the detached phase; `result` is as it was."""
    result, timeline = ["untouched"], Timeline()
    with pytest.raises(error, match=text) as caught:
        double_list(items, result, 0, detached=0, attached=0, timeline=timeline)
    assert getattr(caught.value, "__notes__", []) == notes
    assert [event.label for event in timeline][-2:] == ["attached", "exit"]
    assert result == ["untouched"]


def test_a_note_that_cannot_be_added_is_not_silent():
    """Whatever the exception's own `add_note` raises, as Ctrl-C in it, comes out."""

    class NotableError(Exception):
        def add_note(self, note):
            raise KeyboardInterrupt

    def fail():
        raise NotableError

    with pytest.raises(KeyboardInterrupt):
        doubled([Index(1, fail)])

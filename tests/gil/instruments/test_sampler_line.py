"""`Samples.longest_line`: in which Python line the longest attached stretch was."""

import time

import pytest

from gil import Sampler, hold


def longest_line(call, *arguments):
    sampler = Sampler(1e-4)
    call(*arguments)
    return sampler.stop().longest_line


def line_of(function, below):
    return function.__code__.co_firstlineno + below


def holds(seconds):
    hold(seconds / 5)
    time.sleep(seconds / 5)
    hold(seconds)
    time.sleep(seconds / 5)
    hold(seconds * 0.7)


def counts(times):
    total = 0
    for number in range(times):
        total += number
    return total


def yields(seconds):
    yield hold(seconds)


class Holder:
    def holds(self, seconds):
        return sorted([1], key=lambda _: hold(seconds))


class HoldsAtItsEnd:
    def __init__(self, seconds):
        self.seconds = seconds

    def __del__(self):
        hold(self.seconds)


# What other threads change in this they change for the first call, too.
ALONE = pytest.mark.lane_independent


@pytest.mark.claim("K3")
@pytest.mark.parametrize(
    ("call", "function", "below"),
    [
        (holds, "holds", 3),
        pytest.param(lambda seconds: list(yields(seconds)), "yields", 1, marks=ALONE),
        pytest.param(Holder().holds, "Holder.holds.<locals>.<lambda>", 1, marks=ALONE),
        pytest.param(HoldsAtItsEnd, "HoldsAtItsEnd.__del__", 1, marks=ALONE),
    ],
)
def test_the_line_that_calls_what_holds(call, function, below):
    """The innermost Python frame is named, however it was called."""
    first = {
        "holds": holds,
        "yields": yields,
        "Holder.holds.<locals>.<lambda>": Holder.holds,
        "HoldsAtItsEnd.__del__": HoldsAtItsEnd.__del__,
    }[function]
    for seconds in (0.02, 0.1, 0.8):  # a busy machine may look late, and too seldom
        found = longest_line(call, seconds)
        if found == (__file__, line_of(first, below), function):
            return
    pytest.fail(f"found {found}")


@pytest.mark.thread_unsafe(reason="other threads would end its stretches")
def test_a_loop_in_python_is_in_one_of_its_lines():
    for times in (10**6, 10**7):
        file, line, function = longest_line(counts, times) or (None, 0, None)
        if function == "counts":
            break
    assert (file, function) == (__file__, "counts")
    assert line_of(counts, 2) <= line <= line_of(counts, 3)


@pytest.mark.lane_independent
@pytest.mark.parametrize(
    "file", ["/nowhere/plain.py", "/nowhere/\xe9.py", "/nowhere/\u0101.py", "/\U0001d11e"]
)
def test_names_of_all_kinds(file):
    """A file's name may have any characters; a line far down has a long way in the table."""
    code = "def holds(seconds):\n" + "\n" * 5000 + "    hold(seconds)\n" + "\n" * 300 + "    return seconds\n"
    names = {"hold": hold}
    exec(compile(code, file, "exec"), names)  # noqa: S102
    for seconds in (0.02, 0.2, 0.8):
        if (found := longest_line(names["holds"], seconds)) == (file, 5002, "holds"):
            return
    pytest.fail(f"found {found}")


def test_code_that_comes_and_goes_is_read_all_the_same():
    """The thread frees what is read: whatever is found then is a line, or nothing."""
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        sampler = Sampler(1e-6)
        for number in range(50):
            names = {}
            exec(compile(f"def short_lived_{number}(): return sum(range(99))", "made.py", "exec"), names)  # noqa: S102
            names[f"short_lived_{number}"]()
        found = sampler.stop().longest_line
        assert found is None or (found[0].endswith(".py") and found[1] > 0 and found[2])

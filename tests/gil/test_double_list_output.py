"""What `double_list` prints, and what happens if nobody reads it."""

import pytest

from gil import double_list

LINES = ["Rust: Enter double_list...", "Rust: Release GIL...", "Rust: Acquire GIL...", "Rust: Exit..."]

CALL = """
import errno, sys, gil
result = ["untouched"]
try:
    gil.double_list([1], result, 0, detached=float(sys.argv[1]), attached=1)
except BrokenPipeError as error:
    print("broken", error.errno == errno.EPIPE, result, file=sys.stderr)
"""


def test_prints_four_lines(capfd):
    """The lines go to the process's standard output, in the order of the phases."""
    double_list([1], [None], 0, detached=0, attached=0)
    assert capfd.readouterr() == ("".join(f"{line}\n" for line in LINES), "")


def test_prints_past_sys_stdout(capsys):
    """Whoever replaces `sys.stdout` gets none of the lines: Rust knows only the file descriptor."""
    double_list([1], [None], 0, detached=0, attached=0)
    assert capsys.readouterr() == ("", "")


@pytest.mark.claim("E4")
@pytest.mark.parametrize(
    ("items", "printed"), [(["a"], LINES[:2]), ([2**30], LINES[:2])], ids=["type", "overflow"]
)
def test_a_bad_item_ends_the_printing(items, printed, capfd):
    """The list is read between the second and the third line."""
    with pytest.raises((TypeError, OverflowError)):
        double_list(items, [None], 0, detached=0, attached=0)
    assert capfd.readouterr().out.splitlines() == printed


@pytest.mark.claim("E4")
@pytest.mark.parametrize(("read", "detached"), [(0, 1), (2, 1), (3, 0)])
def test_a_reader_that_leaves_is_an_error(read, detached, start_python):
    """A closed pipe is a BrokenPipeError at the next line, no panic; even the last precedes the result."""
    with start_python("-c", CALL, str(detached)) as process:
        assert [process.stdout.readline().rstrip("\n") for _ in range(read)] == LINES[:read]
        process.stdout.close()
        assert process.stderr.read() == "broken True ['untouched']\n"
    assert process.returncode == 0

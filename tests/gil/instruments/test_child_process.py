"""The processes in which calls and imports are measured start with the options of this one."""

import pytest

pytestmark = [
    pytest.mark.process,
    pytest.mark.lane_independent,
    pytest.mark.thread_unsafe(reason="waits for a process"),
]
ASK = "from gil.instruments.child_process import interpreter; print(*interpreter({})[1:])"


@pytest.mark.parametrize(
    ("options", "names", "passed_on"),
    [
        ((), "", "-P"),
        (("-E", "-s"), "", "-P -E -s"),
        (("-I",), "", "-P -I -E -s"),
        (("-X", "frozen_modules=off", "-X", "utf8"), "", "-P -Xfrozen_modules=off -Xutf8"),
        (("-X", "frozen_modules=off", "-X", "utf8"), "'gil', 'utf8'", "-P -Xutf8"),
    ],
)
def test_options_are_passed_on(run_python, options, names, passed_on):
    ran = run_python(*options, "-c", ASK.format(names))
    assert (ran.stdout, ran.stderr) == (f"{passed_on}\n", "")

"""Ctrl-C while a native function sleeps. Signal handlers run in the main thread, while it is attached."""

import os

import pytest

AFTER, PHASE, ATTACHED = 0.4, 2.4, 0.8

# A timer sends the signal, for with a GIL no other thread could during an attached phase.
CHILD = """
import signal
from gil import Timeline, double_list, hold, release
signal.signal(signal.SIGALRM, signal.default_int_handler)
timeline, result = Timeline(), ["untouched"]
timeline.mark("start")
signal.setitimer(signal.ITIMER_REAL, {after})
try:
    {call}
    for _ in range(1000): pass  # Python looks for signals at jumps, not at each step
except KeyboardInterrupt:
    timeline.mark("interrupted")
events = timeline.events()
print((events[-1].ns - events[0].ns) / 1e9, *[event.label for event in events[-2:]], *result)
"""


def interrupted(run_python, call):
    run = run_python("-c", CHILD.format(after=AFTER, call=call))
    assert run.stderr == ""
    *printed, last = run.stdout.splitlines()
    seconds, *rest = last.split()
    assert rest == ["exit", "interrupted", "untouched"]
    return float(seconds), printed


if os.name == "posix":  # elsewhere there is no timer that sends a signal

    @pytest.mark.claim("E6")
    @pytest.mark.parametrize(
        "call",
        [
            f"release({PHASE}, timeline=timeline)",
            f"double_list([1], result, 0, detached={PHASE}, timeline=timeline)",
        ],
        ids=["release", "double_list"],
    )
    def test_ctrl_c_ends_a_detached_phase(call, run_python):
        """The detached main thread looks up now and then: Ctrl-C need not wait for the end of the phase."""
        seconds, _ = interrupted(run_python, call)
        assert AFTER <= seconds < AFTER + (PHASE - AFTER) / 2

    @pytest.mark.claim("E6")
    def test_ctrl_c_waits_for_the_end_of_a_hold(run_python):
        """A thread that sleeps attached does not look up."""
        seconds, _ = interrupted(run_python, f"hold({ATTACHED}, timeline=timeline)")
        assert seconds >= ATTACHED

    @pytest.mark.claim("E6")
    def test_ctrl_c_in_the_attached_phase_is_seen_at_its_end(run_python):
        """`double_list` looks up once more before it says that it exits, and has written nothing."""
        call = f"double_list([1], result, 0, detached=0, attached={ATTACHED}, timeline=timeline)"
        seconds, printed = interrupted(run_python, call)
        assert seconds >= ATTACHED
        assert printed[-1] == "Rust: Acquire GIL..."

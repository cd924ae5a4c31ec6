"""Ctrl-C while a native function sleeps. Signal handlers run in the main thread, while it is attached."""

import os

import pytest

timed = pytest.mark.skipif(os.name != "posix", reason="there is no timer here that sends a signal")
PROMISED = 0.1  # seconds, of which a slice of the detached phase takes a half
ATTACHED = 0.2

# A timer sends the signal, for with a GIL no other thread could during an attached phase. It sends it so soon
# that it comes in the first slice, and whoever looks up too seldom takes long each time. Of several calls the
# fastest counts, because a busy machine can only make one slower. Where the signal came before the phase had
# begun, it interrupted nothing, and comes later in the next call.
CHILD = """
import signal
from gil import Timeline, double_list, hold, release
signal.signal(signal.SIGALRM, signal.default_int_handler)

def interrupted(after):
    timeline, result = Timeline(), ["untouched"]
    timeline.mark("start")
    try:
        signal.setitimer(signal.ITIMER_REAL, after)  # on a busy machine the signal comes before the next line
        {call}
        for _ in range(1000): pass  # Python looks for signals at jumps, not at each step
    except KeyboardInterrupt:
        timeline.mark("interrupted")
    return timeline.events(), result

fastest, after = float("inf"), 0.01
for _ in range(12):
    events, result = interrupted(after)
    ns = {{event.label: event.ns for event in events}}
    if {label!r} not in ns:
        after = min(2 * after, 0.04)
        continue
    if "interrupted" not in ns:
        raise SystemExit("nothing was raised")
    fastest = min(fastest, (ns["interrupted"] - ns["start"]) / 1e9 - after)
    if fastest < {enough}:
        break
lasted = (ns["interrupted"] - ns[{label!r}]) / 1e9
print(fastest, lasted, *[event.label for event in events[-2:]], *result)
"""


def interrupted(run_python, call, label, enough=float("inf")):
    """Interrupt a call after it has left this mark, again until one ends within `enough` seconds.

    Return how long the fastest took from the signal to its end, how long the last one took from its mark to
    its end, and what it printed.
    """
    run = run_python("-c", CHILD.format(call=call, label=label, enough=f"float('{enough}')"))
    assert run.stderr == ""
    *printed, last = run.stdout.splitlines()
    fastest, lasted, *rest = last.split()
    assert rest == ["exit", "interrupted", "untouched"]
    return float(fastest), float(lasted), printed


@timed
@pytest.mark.claim("E6")
@pytest.mark.parametrize(
    "call",
    ["release(0.4, timeline=timeline)", "double_list([1], result, 0, detached=0.4, timeline=timeline)"],
    ids=["release", "double_list"],
)
def test_ctrl_c_ends_a_detached_phase(call, run_python):
    """The detached main thread looks up now and then: Ctrl-C need not wait for the end of the phase."""
    fastest, _, _ = interrupted(run_python, call, "detached", PROMISED)
    assert 0 <= fastest < PROMISED


@timed
@pytest.mark.claim("E6")
def test_ctrl_c_waits_for_the_end_of_a_hold(run_python):
    """A thread that sleeps attached does not look up."""
    _, lasted, _ = interrupted(run_python, f"hold({ATTACHED}, timeline=timeline)", "enter")
    assert lasted >= ATTACHED


@timed
@pytest.mark.claim("E6")
def test_ctrl_c_in_the_attached_phase_is_seen_at_its_end(run_python):
    """`double_list` looks up once more before it says that it exits, and has written nothing."""
    call = f"double_list([1], result, 0, detached=0, attached={ATTACHED}, timeline=timeline)"
    _, lasted, printed = interrupted(run_python, call, "acquire")
    assert lasted >= ATTACHED
    assert printed[-1] == "Rust: Acquire GIL..."

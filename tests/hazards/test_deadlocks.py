"""Waiting attached for a thread that must attach: with a GIL it hangs, without only at the wrong moment.

That moment is a stop of the world, here a garbage collection: it waits for the one who waits attached, who
waits for a thread, which waits for the collection. The cures wait detached and pass everywhere. Whoever may
hang does so in a process with a watchdog: scenes.py.
"""

import sys
import sysconfig
from pathlib import Path

import pytest

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
# 3.13t stops the world by itself when the first thread besides the main one attaches.
FIRST_THREAD_STOPS_WORLD = bool(sysconfig.get_config_var("Py_GIL_DISABLED")) and sys.version_info < (3, 14)

SCENES = Path(__file__).with_name("scenes.py")
# Seconds of patience, where a play takes 0.15 or 0.3, and how often it is played. On a loaded machine the
# threads may miss each other: what shall hang gets many chances.
HANG, PASS = (1.6, 40), (40, 1)
HAZARDS = {
    "join": ["join_attached"],
    "lock": ["lock_attached"],
    "once": ["OnceAttached"],
    "print": ["print_object"],
}
CURES = {
    "join": ["join_detached"],
    "lock": ["lock_py_attached"],
    "once": ["OncePyAttached", "PyOnce"],
    "print": ["print_formatted"],
}
CLAIMS = {"join": pytest.mark.claim("0l")}


def scene(name, collections, names, chances):
    marks = [pytest.mark.child(SCENES, *chances, collections, name, *names)]
    if name in CLAIMS:
        marks.append(CLAIMS[name])
    return pytest.param(names, marks=marks, id=f"{name}{'-gc' * (collections == 'gc')}")


def hangs(name, *, collections):
    return GIL or collections == "gc" or (name == "join" and FIRST_THREAD_STOPS_WORLD)


HANGING = [
    scene(name, when, HAZARDS[name], HANG)
    for name in HAZARDS
    for when in ([] if GIL else ["gc"]) + (["-"] if hangs(name, collections="-") else [])
]
PASSING = [scene(name, "-", HAZARDS[name], PASS) for name in HAZARDS if not hangs(name, collections="-")]
CURED = [scene(name, when, CURES[name], PASS) for name in CURES for when in ("-", "gc")]


def passed(child):
    return [line for line in child.stdout.splitlines() if line != "slow"]


@pytest.mark.claim("G1", "G2")
@pytest.mark.parametrize("names", HANGING)
def test_waiting_attached_hangs(names, child):
    """The watchdog ends it: with a GIL always, without one when a collection comes meanwhile."""
    assert (child.returncode, passed(child)) == (1, []), child.stderr
    assert child.stderr.startswith("Timeout (0:00:01.6")


if PASSING:

    @pytest.mark.claim("G1", "G2")
    @pytest.mark.parametrize("names", PASSING)
    def test_waiting_attached_passes_without_a_gil(names, child):
        """Without a GIL, and with nothing that stops the world, the same code comes to its end."""
        assert (child.returncode, passed(child), child.stderr) == (0, names, "")


@pytest.mark.claim("G3")
@pytest.mark.parametrize("names", CURED)
def test_waiting_detached_passes(names, child):
    """The cures come to their end on every build, a collection or not."""
    assert (child.returncode, passed(child), child.stderr) == (0, names, "")

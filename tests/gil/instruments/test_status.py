"""How it stands with the GIL: in this process, and in processes in which something else has switched it."""

import json
import platform
import sys
import sysconfig

import pytest

from gil.instruments import gil_state, status
from gil.instruments.gil_state import gil_enabled

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
# The second module of the hazards' library says `gil_used = true`.
SCENE = """
import json, sys
from importlib import util
from gil.instruments.status import status
path = util.find_spec("gil_hazards.gil_hazards").origin
def seen():
    found = status()
    return [found.gil_enabled, found.asked_by, found.culprit, found.why, [one.name for one in found.wanting]]
told = [seen()]
module = util.module_from_spec(util.spec_from_file_location("gil_used", path))
sys.modules["gil_used"] = module
module.__spec__.loader.exec_module(module)
told.append(seen())
del sys.modules["gil_used"]
told.append(seen())
print(json.dumps(told))
"""
SWITCHED = "Importing gil_used has switched it on, for as long as this process lives."
NOBODY = "Nobody can say why: no module that is loaded wants it. One that failed to be imported may have."


def test_this_process():
    """What the interpreter says itself, and the modules that every process has."""
    found = status.status()
    assert found.python == platform.python_version()
    assert found.free_threaded_build is FREE_THREADED
    assert found.gil_enabled is gil_enabled()
    assert found.switch_interval == sys.getswitchinterval()
    assert {"gil._gil"} <= {module.name for module in found.others}
    assert {"sys", "builtins"} <= {module.name for module in found.modules}
    if not FREE_THREADED:
        assert (found.why, found.asked_by) == ("A standard build always has a GIL.", None)
    written = json.loads(json.dumps(found.as_json()))
    assert written["gil_enabled"] is found.gil_enabled
    assert len(written["modules"]) == len(found.modules)


if FREE_THREADED:

    @pytest.mark.lane_independent
    @pytest.mark.parametrize(
        ("asked", "enabled", "why"),
        [
            pytest.param(
                "PYTHON_GIL=1", True, ["PYTHON_GIL=1 has switched it on."] * 3,
                marks=pytest.mark.child("-W", "error", "-c", SCENE, PYTHON_GIL="1"),
            ),
            pytest.param(
                "-X gil=0", False,
                [
                    "-X gil=0 keeps it off.",
                    "-X gil=0 keeps it off, although these modules want it: gil_used.",
                    "-X gil=0 keeps it off.",
                ],
                marks=pytest.mark.child("-W", "error", "-X", "gil=0", "-c", SCENE, PYTHON_GIL="1"),
            ),
        ],
    )  # fmt: skip
    def test_the_option_outweighs_the_variable_and_both_the_modules(child, asked, enabled, why):
        """A module that wants the GIL is told of all the same."""
        assert child.stderr == ""
        told = json.loads(child.stdout)
        assert told == [
            [enabled, asked, None, sentence, wanting]
            for sentence, wanting in zip(why, [[], ["gil_used"], []], strict=True)
        ]

    @pytest.mark.lane_independent
    @pytest.mark.child("-W", "ignore", "-c", SCENE, PYTHON_GIL=None)
    def test_a_module_has_switched_it_on(child):
        """It is found while it is there, without a watch; afterwards nobody can say."""
        assert child.stderr == ""
        assert json.loads(child.stdout) == [
            [False, None, None, "No module that was imported wants it.", []],
            [True, None, "gil_used", SWITCHED, ["gil_used"]],
            [True, None, None, NOBODY, []],
        ]

    @pytest.mark.lane_independent
    @pytest.mark.thread_unsafe(reason="makes up a state of the GIL")
    def test_one_that_is_on_for_a_moment_is_not_on(monkeypatch):
        """As it is while another thread loads an extension module."""
        states = [True, False]
        monkeypatch.setattr(status, "_asked_by", lambda: None)
        monkeypatch.setattr(gil_state, "gil_enabled", lambda: states.pop(0))
        assert status.status().gil_enabled is False
        assert states == []


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ((False, None, None, []), "No module that was imported wants it."),
        ((True, None, "a", ["a", "b"]), "Importing a has switched it on, for as long as this process lives."),
        (
            (True, None, None, ["a", "b"]),
            "Importing one of these modules has switched it on, nobody can say which: a, b.",
        ),
        ((True, None, None, []), NOBODY),
        ((True, "-X gil=1", None, ["a"]), "-X gil=1 has switched it on."),
        ((True, "PYTHON_GIL=1", None, []), "The configuration of this process has switched it on."),
        ((False, "PYTHON_GIL=0", None, []), "The configuration of this process keeps it off."),
    ],
)
@pytest.mark.lane_independent
def test_why(monkeypatch, facts, why):
    """Of two modules nobody can say which was the first, unless a watch has seen it."""
    monkeypatch.delenv("PYTHON_GIL", raising=False)
    assert status._why(*facts) == why
    asked_by = facts[1]
    if asked_by and asked_by.startswith("PYTHON_GIL"):
        monkeypatch.setenv("PYTHON_GIL", asked_by[-1])
        assert status._why(*facts).startswith(f"{asked_by} ")


@pytest.mark.lane_independent
def test_what_it_means_for_threads():
    """The switch interval as it is set, where it means something."""
    assert "After 5 ms, the switch interval, it asks" in " ".join(status._threads(True, 0.005))
    assert "After 0.001 ms," in " ".join(status._threads(True, 1e-6))
    assert "The switch interval means nothing." in " ".join(status._threads(False, 0.005))

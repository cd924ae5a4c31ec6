"""A module that does not declare itself safe without the GIL: importing it brings the GIL back."""

import sysconfig

import pytest

pytestmark = [pytest.mark.gil_state, pytest.mark.lane_independent]

# A library may hold several modules; this one has a second that says `gil_used = true`.
LOAD = """
import sys
from importlib import machinery, util
enabled = getattr(sys, "_is_gil_enabled", lambda: True)
path = util.find_spec("gil_hazards.gil_hazards").origin
spec = util.spec_from_file_location("gil_used", path)
print(enabled(), flush=True)
try:
    spec.loader.exec_module(util.module_from_spec(spec))
finally:
    print(enabled(), flush=True)
"""
WARNING = (
    "RuntimeWarning: The global interpreter lock (GIL) has been enabled to load module 'gil_used', which has"
    " not declared that it can run safely without the GIL. To override this behavior and keep the GIL"
    " disabled (at your own risk), run with PYTHON_GIL=0 or -Xgil=0.\n"
)

if sysconfig.get_config_var("Py_GIL_DISABLED"):  # a standard build has nothing to bring back

    @pytest.mark.claim("I2", "3e")
    @pytest.mark.child("-c", LOAD, PYTHON_GIL=None)
    def test_gil_comes_back_with_a_warning(child):
        """The GIL is on for the whole process from then on, and the warning names the module."""
        assert (child.returncode, child.stdout) == (0, "False\nTrue\n")
        assert child.stderr.endswith(WARNING)
        assert child.stderr.count("Warning") == 1

    @pytest.mark.claim("I2")
    @pytest.mark.child("-W", "error", "-c", LOAD, PYTHON_GIL=None)
    def test_with_warnings_as_errors_the_import_fails(child):
        """There is no module then."""
        assert child.returncode == 1
        assert child.stderr.endswith(WARNING)

    @pytest.mark.claim("I2")
    @pytest.mark.parametrize(
        "by",
        [
            pytest.param("option", marks=pytest.mark.child("-X", "gil=0", "-W", "error", "-c", LOAD)),
            pytest.param("variable", marks=pytest.mark.child("-W", "error", "-c", LOAD, PYTHON_GIL="0")),
        ],
    )
    def test_gil_stays_off_if_asked(by, child):
        """At the user's risk the GIL stays off, without a warning."""
        assert (child.returncode, child.stdout, child.stderr) == (0, "False\nFalse\n", "")


@pytest.mark.claim("I2")
@pytest.mark.child("-W", "error", "-c", LOAD, PYTHON_GIL="1")
def test_where_the_gil_is_on_nothing_happens(child):
    """Without anything to switch there is nothing to warn of."""
    assert (child.returncode, child.stdout, child.stderr) == (0, "True\nTrue\n", "")

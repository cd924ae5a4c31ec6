"""PYTHON_GIL and `-X gil` on every build: what they switch, and what they end in. They exist since 3.13."""

import itertools
import sys
import sysconfig

import pytest

pytestmark = [pytest.mark.gil_state, pytest.mark.lane_independent]

KNOWN = sys.version_info >= (3, 13)
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
CODE = """
import sys
print(getattr(sys.flags, "gil", "no flag"), getattr(sys, "_is_gil_enabled", lambda: "always")())
"""
NOT_HERE = "Disabling the GIL is not supported by this build"
NOT_A_VALUE = 'PYTHON_GIL / -X gil must be "0" or "1"'
BOTH = [*itertools.product([None, "0", "1"], repeat=2), ("2", None), (None, "2"), ("", None), (None, "")]


def case(variable, option):
    options = () if option is None else ("-X", f"gil={option}")
    mark = pytest.mark.child("-S", *options, "-c", CODE, PYTHON_GIL=variable)
    return pytest.param(variable, option, marks=mark, id=f"PYTHON_GIL={variable},-Xgil={option}")


def expected(variable, option):
    """Return what is printed and, if the interpreter does not start, why."""
    if not KNOWN:
        return "no flag always\n", None
    asked = [value for value in (variable, option) if value not in (None, "")]
    if option == "" or not {*asked} <= {"0", "1"}:
        return "", NOT_A_VALUE
    if not FREE_THREADED:
        return ("", NOT_HERE) if "0" in asked else ("1 True\n", None)
    last = asked[-1] if asked else None  # the option beats the variable
    return f"{last} {last == '1'}\n", None


@pytest.mark.claim("I3")
@pytest.mark.parametrize(("variable", "option"), list(itertools.starmap(case, BOTH)))
def test_gil_flags(variable, option, child):
    """Free-threaded builds do what they say, standard ones refuse to do without, older ones know neither."""
    printed, reason = expected(variable, option)
    assert child.stdout == printed
    if reason:
        assert child.returncode == 1
        assert child.stderr.startswith(f"Fatal Python error: config_read_gil: {reason}\n")
    else:
        assert (child.returncode, child.stderr) == (0, "")

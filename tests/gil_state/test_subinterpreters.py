"""The extension in interpreters besides the main one.

What 3.13 and later refuse is in tests/gil/interpreter/test_import.py.
"""

import sys

import pytest

from gil import states

pytestmark = pytest.mark.gil_state

# Before 3.13 it was create(isolated=False) that made them as the C API does: with the GIL of all others.
LEGACY = """
import sys
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
    other = interpreters.create("legacy")
else:
    import _xxsubinterpreters as interpreters
    other = interpreters.create(isolated=False)
print(interpreters.run_string(other, "import gil; print(gil.states(), flush=True)"))
"""


@pytest.mark.claim("I4")
@pytest.mark.child("-W", "ignore", "-c", LEGACY)
def test_legacy_subinterpreters_are_not_refused(child):
    """An interpreter of the old kind loads it without complaint, though PyO3 supports one a process.

    It seems to work. Up to 3.11 it shows that it does not: `attach` attaches to the main interpreter, and
    only there does the extension find itself attached.
    """
    seen = str(states())
    if sys.version_info < (3, 12):
        seen = seen.replace("entered=True", "entered=False").replace("returned=True", "returned=False")
    assert (child.returncode, child.stdout, child.stderr) == (0, f"{seen}\nNone\n", "")


if sys.version_info < (3, 13):
    ISOLATED = """
import _xxsubinterpreters as interpreters
code = "try: import gil; print('loaded', flush=True)\\nexcept ImportError as error: print(error, flush=True)"
interpreters.run_string(interpreters.create(isolated=True), code)
"""

    @pytest.mark.claim("I4")
    @pytest.mark.child("-W", "ignore", "-c", ISOLATED)
    def test_isolated_subinterpreters_are_refused_since_3_12(child):
        """3.12 asks a module whether it supports them; 3.11, where even they shared the GIL, does not."""
        refused = sys.version_info >= (3, 12)
        said = "module gil._gil does not support loading in subinterpreters" if refused else "loaded"
        assert (child.returncode, child.stdout, child.stderr) == (0, f"{said}\n", "")

"""How it is told how it stands with the GIL."""

import pytest

from gil.instruments.imports import ExtensionModule
from gil.instruments.status import Status
from gil.view import status

pytestmark = pytest.mark.lane_independent


@pytest.mark.parametrize("width", [40, 78])
def test_text(width):
    """Wrapped, and a table of the modules that are not Python's own or that want the GIL."""
    modules = (
        ExtensionModule("sys", None, "built in", "not used", False, (), seen=False),
        ExtensionModule("a._a", "/a/_a.abi3.so", "abi3", "undeclared", True, (), seen=False),
        ExtensionModule("_own", None, "built in", "used", True, (), seen=False),
    )
    found = Status("3.14.7", True, True, None, "a._a", "It is on.", 0.005, ("One.", "Two " * 30), modules)
    lines = status.text(found, width).splitlines()
    assert lines[:3] == ["Python 3.14.7, free-threaded build, GIL on", "", "why        It is on."]
    end = lines.index("", 3)
    assert max(map(len, lines[1:end])) <= width
    assert " ".join(" ".join(lines[3:end]).split()).startswith("threads One. Two Two")
    assert lines[end + 1 :] == [
        "extension module  ABI       declares       distribution",
        "a._a              abi3      nothing        none",
        "_own              built in  needs the GIL  none",
        "and 1 of Python's own, of which none wants the GIL",
    ]

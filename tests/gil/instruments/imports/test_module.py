"""What is known of one extension module."""

from types import SimpleNamespace

import pytest

from gil.instruments.imports import ExtensionModule, Importer, module

pytestmark = [pytest.mark.lane_independent, pytest.mark.thread_unsafe(reason="replaces what the module asks")]


@pytest.fixture
def build(monkeypatch):
    """Be another build, in another state of the GIL."""

    def be(*, free_threaded, gil=True, flag=None):
        monkeypatch.setattr(module, "FREE_THREADED", free_threaded)
        monkeypatch.setattr(module, "gil_enabled", lambda: gil)
        monkeypatch.setattr(module, "sys", SimpleNamespace(flags=SimpleNamespace(gil=flag)))

    return be


@pytest.mark.parametrize(
    ("declares", "abi", "file", "wants"),
    [
        ("used", "cp315", "/a.so", None),
        ("not used", "cp315", "/a.so", None),
        ("undeclared", "abi3t", "/a.so", True),
        ("not used", "abi3t", "/a.so", False),
        ("unknown", "abi3t", "/a.so", None),
        ("unknown", "built in", None, False),
    ],
)
def test_what_a_standard_build_can_know(build, declares, abi, file, wants):
    """Of a file that a free-threaded Python loads as well, and of Python's own modules."""
    build(free_threaded=False, flag=1)
    assert module.wants_gil(declares, abi, file) is wants


@pytest.mark.parametrize(
    ("declares", "wants"),
    [("used", True), ("undeclared", True), ("no module", True), ("not used", False), ("unknown", None)],
)
@pytest.mark.parametrize(("gil", "flag"), [(True, None), (True, 1), (False, 0)])
def test_what_a_free_threaded_build_knows(build, declares, wants, gil, flag):
    """Whether the GIL is on already, was asked for, or is kept off."""
    build(free_threaded=True, gil=gil, flag=flag)
    assert module.wants_gil(declares, "cp314t", "/a.so") is wants


@pytest.mark.parametrize("declares", ["used", "undeclared", "no module", "unknown"])
def test_a_gil_that_is_off_is_proof(build, declares):
    """CPython has not asked the module: it was once loaded, and has only been made again."""
    build(free_threaded=True, gil=False)
    assert module.wants_gil(declares, "cp314t", "/a.so") is False


def test_a_sentence():
    """With all that is known."""
    chain = (Importer("a.core", native=True), Importer("a", "/a.py", 3))
    wanting = ExtensionModule("a._a", "/a/_a.abi3.so", "abi3", "undeclared", True, chain, seen=True)
    assert str(wanting) == (
        "a._a (of no distribution, abi3) wants the GIL: it does not declare that it can run without; imported"
        " by a.core (native code), by a (/a.py:3)."
    )
    own = ExtensionModule("_own", None, "built in", "not used", False, (), seen=False)
    assert str(own) == "_own (built in) needs no GIL: it declares that it can run without."
    unknown = ExtensionModule("b", "/b.so", "no tag", "unknown", None, (), seen=False)
    assert str(unknown) == (
        "b (of no distribution, no tag) may want the GIL or not: it declares nothing that this Python can"
        " read."
    )

"""How it is told which imports want the GIL."""

import pytest

from gil.instruments.imports import ExtensionModule, Importer
from gil.instruments.imports.result import ImportsResult, PackageImports
from gil.view import imports

pytestmark = pytest.mark.lane_independent
WIDTHS = pytest.mark.parametrize("width", [40, 78, 100])
SAFE = "in the files of this build 1 declare that they can run without."
CHAIN = (Importer("a.core", native=True), Importer("a", "/a/__init__.py", 3))


def module(name="a._a", declares="undeclared", wants_gil=True):
    return ExtensionModule(name, f"/{name}.abi3.so", "abi3", declares, wants_gil, CHAIN, seen=True)


def result(*packages, free_threaded_build=True, gil_asked=None):
    return ImportsResult("3.14.7", free_threaded_build, gil_asked, packages)


@pytest.mark.parametrize(
    ("modules", "more", "says"),
    [
        ([], {}, "a: loads no extension module, so none wants the GIL."),
        ([module(wants_gil=False)], {}, "a: none of 1 extension module wants the GIL."),
        ([module(wants_gil=False)] * 2, {}, "a: none of 2 extension modules wants the GIL."),
        ([module()], {}, "a: 1 of 1 extension module wants the GIL."),
        ([module()] * 2, {"culprit": "b"}, "a: 2 of 2 extension modules want the GIL; b has switched it on."),
        ([module(wants_gil=None)], {}, "a: 1 of 1 extension module may want the GIL or not."),
        (
            [module(wants_gil=False)] * 3,
            {"rest": ("b", "c")},
            "a: none of 3 extension modules wants the GIL. Importing it loads 1 of them.",
        ),
        ([], {"problem": "a ends."}, "a: could not be measured. a ends."),
        ([module()], {"problem": "a ends."}, "a: 1 of 1 extension module wants the GIL. a ends."),
        (
            [module(wants_gil=None), module(declares="not used", wants_gil=None)],
            {},
            "a: 2 of 2 extension modules may want the GIL or not; " + SAFE,
        ),
    ],
)
@WIDTHS
def test_a_package_is_judged_in_a_sentence(modules, more, says, width):
    """Wrapped; below it comes each module that wants the GIL or may want it."""
    lines = imports.paragraph(PackageImports("a", modules=tuple(modules), **more), width).split("\n\n")
    assert " ".join(lines[0].split()) == says
    assert max(map(len, lines[0].splitlines())) <= width
    assert len(lines) - 1 == sum(one.wants_gil is not False for one in modules)


def test_what_is_known_of_a_module():
    """Who imported it, innermost first; or that importing the package does not."""
    alone = PackageImports("a", modules=(module(),), rest=("a._a",))
    assert imports.paragraph(alone, 80).splitlines()[-1] == (
        "                 this command only: importing the package does not load it"
    )
    text = imports.paragraph(PackageImports("a", modules=(module(),), notes=("It printed a line: b",)), 80)
    assert text.splitlines() == [
        "a: 1 of 1 extension module wants the GIL.",
        "  It printed a line: b",
        "",
        "  a._a",
        "    declares     nothing",
        "    file         /a._a.abi3.so",
        "    ABI          abi3",
        "    distribution none",
        "    imported by  a.core (native code)",
        "                 a (/a/__init__.py:3)",
    ]


@pytest.mark.parametrize(
    ("build", "asked", "says"),
    [
        (True, None, "Python 3.14.7, free-threaded build."),
        (False, None, "Python 3.14.7, standard build."),
        (True, True, "switched nothing on."),
        (True, False, "without it what follows would switch it on."),
    ],
)
@WIDTHS
def test_the_head_says_what_hides_the_answer(build, asked, says, width):
    """A variable or an option."""
    text = imports.introduction(result(free_threaded_build=build, gil_asked=asked), width)
    assert " ".join(text.split()).endswith(says)
    assert max(map(len, text.splitlines())) <= width


@WIDTHS
def test_the_end_says_what_a_standard_build_cannot_know(width):
    """Only if there is such a module."""
    unknown = PackageImports("a", modules=(module(wants_gil=None),))
    text = imports.conclusion(result(unknown, free_threaded_build=False), width)
    assert text.startswith("A free-threaded Python loads other files")
    assert max(map(len, text.splitlines())) <= width
    assert imports.conclusion(result(unknown), width) == ""
    known = PackageImports("a", modules=(module(wants_gil=False),))
    assert imports.conclusion(result(known, free_threaded_build=False), width) == ""


def test_answers_of_several_packages():
    """One that wants the GIL outweighs what is not known, and that outweighs the rest."""
    wants, unknown, fine = (
        PackageImports("a", modules=(module(wants_gil=one),)) for one in (True, None, False)
    )
    failed = PackageImports("a", problem="a ends.")
    assert [
        result(*several).wants_gil for several in ((fine, unknown, wants), (fine, failed), (fine, fine))
    ] == [
        True,
        None,
        False,
    ]
    assert result().wants_gil is False

import pytest
from packaging.tags import parse_tag, sys_tags

from abi_matrix.base.errors import UNKNOWN_INTERPRETER, InputError
from abi_matrix.interpreters import names


@pytest.mark.parametrize(
    ("name", "canonical", "tag", "abi", "version"),
    [
        ("3.14", "3.14", "cp314", "cp314", (3, 14)),
        ("3.14t", "3.14t", "cp314", "cp314t", (3, 14)),
        ("cpython3.9", "3.9", "cp39", "cp39", (3, 9)),
        ("pypy3.11", "pypy3.11-pp80", "pp311", "pypy311_pp80", (3, 11)),
        ("pypy3.11-pp73", "pypy3.11-pp73", "pp311", "pypy311_pp73", (3, 11)),
        ("graalpy3.12", "graalpy3.12-250", "graalpy312", "graalpy250_312_native", (3, 12)),
    ],
)
def test_a_name_says_what_an_installer_sees(name, canonical, tag, abi, version):
    one = names.parse(name)
    assert (one.name, one.tag, one.abi, one.version) == (canonical, tag, abi, version)


@pytest.mark.parametrize(
    "name", ["", "3", "3.x", "2.7", "3.12t", "3.14d", "jython3.9", "3.14tt", "pypy3.11t"]
)
def test_what_is_no_interpreter_is_one_sentence(name):
    with pytest.raises(InputError, match=rf"^{UNKNOWN_INTERPRETER} '{name}' is no interpreter: say 3\.14, "):
        names.parse(name)


def test_the_free_threaded_ones_are_cpythons_alone():
    assert [name for name in (*names.TODAY, "pypy3.11") if names.parse(name).free_threaded] == [
        "3.13t", "3.14t", "3.15t",
    ]  # fmt: skip


def test_every_interpreter_that_a_tag_names_is_found():
    tags = (
        parse_tag("cp39.cp313-abi3.cp313t-win32") | parse_tag("py3-none-any") | parse_tag("cp315-abi3t-any")
    )
    tags |= parse_tag("pp311-pypy311_pp73-win32") | parse_tag("graalpy312-graalpy250_312_native-win32")
    assert {one.name for one in names.named_by(tags)} == {
        "3.9", "3.13", "3.13t", "3.15t", "pypy3.11-pp73", "graalpy3.12-250",
    }  # fmt: skip


def test_the_order_is_this_interpreters_own():
    tags = [*sys_tags()]
    here = names.named_by([tag for tag in tags if tag.abi == tag.interpreter or tag.abi.endswith("t")])[-1]
    platforms = list(dict.fromkeys(tag.platform for tag in tags if tag.platform != "any"))
    assert [*here.ranks(platforms)] == tags


def test_a_stable_abi_of_the_own_version_comes_before_older_ones():
    ranks = names.parse("3.15").ranks(["win_amd64"])
    order = sorted(ranks, key=ranks.__getitem__)
    assert [f"{tag.interpreter}-{tag.abi}" for tag in order[:4]] == [
        "cp315-cp315", "cp315-abi3", "cp315-none", "cp314-abi3",
    ]  # fmt: skip
    assert {tag.abi for tag in names.parse("3.15t").ranks(["win_amd64"])} == {"cp315t", "abi3t", "none"}
    assert {tag.abi for tag in names.parse("pypy3.11").ranks(["win_amd64"])} == {"pypy311_pp80", "none"}


@pytest.mark.parametrize("name", ["3.14", "pypy3.11"])
def test_a_machine_without_platform_tags_accepts_no_compiled_wheel(name):
    assert {tag.platform for tag in names.parse(name).ranks([])} == {"none", "any"}

import pytest
import tables

from abi_matrix.base.errors import BROKEN_TOML, NO_TABLE, WRONG_TABLE, InputError
from abi_matrix.config import table


def test_a_table_is_read_with_a_default_for_every_key_but_tag_and_serves(tmp_path):
    read = tables.project(tmp_path / "project")
    assert read == tables.table(tmp_path / "project")
    assert read.tests == table.Tests()
    assert read.build == table.Build()
    assert read.row_for("3.12").built_with == "3.11"


def test_the_group_test_is_taken_if_there_is_one(tmp_path):
    text = tables.TEXT + "[dependency-groups]\ntest = []\n"
    assert tables.project(tmp_path / "project", text).tests.groups == ("test",)


def test_what_is_written_is_taken(tmp_path):
    read = tables.project(
        tmp_path / "project",
        tables.TEXT + "[tool.abi-matrix.build]\ngroups = ['build']\nenv = { A = 'b' }\n"
        "[tool.abi-matrix.test]\ncommand = 'make test'\ngroups = []\nfolders = ['t']\n"
        "[[tool.abi-matrix.lane]]\nname = 'default'\n",
    )
    assert read.build == table.Build(("build",), {"A": "b"})
    assert read.tests == table.Tests("make test", (), ("t",))
    assert read.lanes == ({"name": "default"},)


def test_interpreters_are_listed_once_standard_first_oldest_first(tmp_path):
    listed = tables.table(tmp_path).interpreters
    assert listed == ["3.11", "3.12", "3.14", "3.15", "3.13t", "3.14t", "3.15t"]


def test_another_implementation_is_a_name_like_any_other(tmp_path):
    row = "[[tool.abi-matrix.wheel]]\ntag = 'pp311-pypy311_pp73'\nserves = ['pypy3.11']\n"
    read = tables.project(tmp_path / "project", tables.TEXT + row)
    assert read.row_for("pypy3.11").built_with == "pypy3.11"
    assert "pypy3.11" in read.interpreters


def test_a_stranger_is_a_key_error(tmp_path):
    with pytest.raises(KeyError):
        tables.table(tmp_path).row_for("3.10")


def test_a_free_threaded_build_shares_the_sources_of_its_minor_version(tmp_path):
    read = tables.table(tmp_path)
    assert read.source_for("3.14t") is read.source_for("3.14")
    with pytest.raises(KeyError):
        read.source_for("3.15t")


def row(tag="cp312-cp312", serves="['3.10']", more=""):
    return f"[[tool.abi-matrix.wheel]]\ntag = '{tag}'\nserves = {serves}\n{more}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (row(serves="['3.14t']"), r"3\.14t is served by 2 rows"),
        (row(tag="cp311-abi3"), r"cp311-abi3 is the tag of 2 rows"),
        (row(serves="[]"), "cp312-cp312 serves nobody"),
        (row(serves="['3.x']"), r"The row cp312-cp312: '3\.x' is no interpreter: say 3\.14"),
        (row(tag="abi3"), "'abi3' is no tag of a wheel"),
        (row(more="runs = '3.12'"), "has runs, which is no key of a row"),
        ("[[tool.abi-matrix.wheel]]\ntag = 'cp312-cp312'\n", "serves"),
        ("[tool.abi-matrix]\nwheels = 1\n", "'wheels' is no key of it"),
        ("[tool.abi-matrix.test]\nsuite = 1\n", "unexpected keyword argument 'suite'"),
    ],
)
def test_a_wrong_table_is_one_sentence_with_a_code(tmp_path, text, reason):
    with pytest.raises(InputError, match=reason) as raised:
        tables.project(tmp_path / "project", tables.TEXT + text)
    assert raised.value.code == WRONG_TABLE
    assert raised.value.sentence.endswith(": mend it in pyproject.toml.")


@pytest.mark.parametrize("text", ["[project", "name = 1\nname = 2"])
def test_broken_toml_is_one_sentence_with_a_code(tmp_path, text):
    with pytest.raises(
        InputError, match=r"pyproject.toml is no valid TOML \(.+\): mend it first\.$"
    ) as raised:
        tables.project(tmp_path / "project", text)
    assert raised.value.code == BROKEN_TOML


def test_no_table_is_one_sentence_with_a_code(tmp_path):
    table.load.cache_clear()
    with pytest.raises(InputError, match=r"There is no pyproject.toml in .*: run it in the folder") as raised:
        table.load(tmp_path)
    assert raised.value.code == NO_TABLE
    with pytest.raises(InputError, match=r"add a row for each wheel") as raised:
        tables.project(tmp_path / "project", "[project]\nname = 'x'\n")
    assert raised.value.code == NO_TABLE

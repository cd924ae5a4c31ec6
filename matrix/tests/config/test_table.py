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


def lane(more="", name="x"):
    return f"[[tool.abi-matrix.lane]]\nname = '{name}'\n{more}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (row("cp312-abi3", "['3.14']"), r"3\.14 is served by 2 rows"),
        (row("cp312-abi3", "['3.13t']"), "The row cp312-abi3 serves 3.13t, which takes no wheel"),
        (row("cp312-what", "['3.12']"), "The row cp312-what serves 3.12, which takes no wheel with that tag"),
        (row(serves="'3.12'"), "has '3.12' as 'serves', which is not an array of strings"),
        (row(serves="[3.12]"), r"has \[3.12\] as 'serves'"),
        (row(more="env = { A = 1 }"), "has {'A': 1} as 'env', which is not a table of strings"),
        (row(tag=""), "'' is no tag of a wheel"),
        (row("cp311-abi3", "['3.13']"), r"cp311-abi3 is the tag of 2 rows"),
        (row(serves="[]"), "cp312-cp312 serves nobody"),
        (row(serves="['3.x']"), r"The row cp312-cp312: '3\.x' is no interpreter: say 3\.14"),
        (row(tag="abi3"), "'abi3' is no tag of a wheel"),
        (row(more="runs = '3.12'"), "The row cp312-cp312 has 'runs', which is none of its keys: tag, serves"),
        ("[[tool.abi-matrix.wheel]]\ntag = 'cp312-cp312'\n", "The row cp312-cp312 has no serves"),
        ("[[tool.abi-matrix.wheel]]\nserves = []\n", "A row has no tag"),
        ("[tool.abi-matrix]\nwheels = 1\n", "'wheels' is no key of the table, which has wheel, build, "),
        ("[tool.abi-matrix]\nlane = 'x'\n", r"'lane' is no array of tables, \[\[tool.abi-matrix.lane"),
        ("[tool.abi-matrix]\nlane = ['x']\n", "A lane is no table of keys"),
        ("[[tool.abi-matrix.lane]]\narguments = []\n", "A lane has no name"),
        (lane("in = 1"), "The lane x has 'in', which is none of its keys: name, on"),
        (lane("switch-interval = true"), "has True as 'switch-interval', which is not a number"),
        (lane("on = ['3.14T']"), "The lane x is on 3.14T, which no row serves"),
        (lane(name="a/b"), "The lane a/b has '/' in its name"),
        (lane() + lane(), "x is the name of 2 lanes"),
        ("[tool.abi-matrix.test]\nsuite = 1\n", "The table 'test' has 'suite', which is none of its keys: "),
        ("[tool.abi-matrix.test]\ncommand = 'x {nope}'\n", r"`x \{nope\}` cannot be used \('nope'; \{root"),
        ('[tool.abi-matrix.test]\ncommand = "x \'y"\n', "cannot be used .No closing quotation"),
        ("[tool.abi-matrix.sources.'3.15']\nversion = 'x'\n", "The source of 3.15 has no sha256"),
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

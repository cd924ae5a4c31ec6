import pytest

from matrix import table

TABLE = table.load()


def test_interpreters_are_listed_once_standard_first_oldest_first():
    rows = [python for wheel in TABLE.wheels for python in wheel.serves]
    assert sorted(TABLE.interpreters) == sorted(set(rows))
    assert len(rows) == len(set(rows)), "an interpreter stands in two rows: remove it from one `serves`"
    standard = [python for python in TABLE.interpreters if not table.is_free_threaded(python)]
    assert TABLE.interpreters[: len(standard)] == standard
    assert standard == sorted(standard, key=table.minor)


def test_the_eight_interpreters_of_the_project():
    assert TABLE.interpreters == ["3.11", "3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t"]


def test_every_wheel_is_built_with_an_interpreter_it_serves():
    for wheel in TABLE.wheels:
        assert wheel.built_with in wheel.serves


@pytest.mark.parametrize(("python", "tag"), [("3.12", "cp311-abi3"), ("3.15", "cp315-abi3.abi3t")])
def test_wheel_for(python, tag):
    assert TABLE.wheel_for(python).tag == tag


def test_wheel_for_a_stranger_is_a_key_error():
    with pytest.raises(KeyError):
        TABLE.wheel_for("3.10")


def test_a_free_threaded_build_shares_the_sources_of_its_minor_version():
    assert TABLE.source_for("3.14t") is TABLE.source_for("3.14")
    assert TABLE.source_for("3.14").version.startswith("3.14.")


def test_the_escape_hatch_is_confined_to_one_row():
    assert [wheel.serves for wheel in TABLE.wheels if wheel.env] == [("3.13t",)]

import pytest

from abi_matrix.base.errors import UserError
from matrix.tests.runs import run_pytest
from workshop.testing import skips

CASE = '<testcase classname="tests.test_it" name="test_{}">{}</testcase>'


@pytest.fixture
def left(tmp_path):
    """Return a function that writes what a run left: why each test was skipped, None for one that ran."""

    def left(name, *reasons):
        cases = (
            CASE.format(number, "" if reason is None else f'<skipped type="pytest.skip" message="{reason}"/>')
            for number, reason in enumerate(reasons)
        )
        (tmp_path / name).mkdir()
        xml = f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"
        (tmp_path / name / "default.xml").write_text(xml, encoding="utf-8")
        return tmp_path / name

    return left


def test_runs_that_skipped_the_same_are_told_once(left):
    runs = {
        "3.98": left("a", "no fork", None, "no clock", "no fork"),
        "3.99": left("b", "no clock", "no fork", "no fork"),
        "tool": left("c", None),
    }
    assert skips.told(runs) == [
        "3.98, 3.99: 3 skipped",
        "  no clock (1)",
        "  no fork (2)",
        "tool: 0 skipped",
    ]


@pytest.mark.parametrize("mark", ["", "@pytest.mark.skip", '@pytest.mark.skip("")'])
def test_a_skip_without_a_reason_is_an_error(mark, tmp_path):
    text = f"import pytest\n{mark}\ndef test_it():\n    pytest.skip()\n"
    assert run_pytest(tmp_path, text).returncode == 0
    with pytest.raises(
        UserError, match=r"^On 3\.99, tests/test_it\.py::test_it was skipped without a reason: give it one\.$"
    ):
        skips.told({"3.99": tmp_path})

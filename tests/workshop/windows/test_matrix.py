import pytest

from workshop.repository import ROOT
from workshop.windows import matrix


@pytest.mark.parametrize("node", matrix.LEFT_OUT)
def test_what_is_left_out_is_there(node):
    file, _, test = node.partition("::")
    text = (ROOT / "matrix" / "tests" / file).read_text(encoding="utf-8")
    assert f"def {test or 'test_'}" in text

import pytest

from workshop.repository import ROOT
from workshop.windows import matrix


@pytest.mark.parametrize("node", [node for nodes in matrix.LEFT_OUT.values() for node in nodes])
def test_what_is_left_out_is_there(node):
    file, _, test = node.partition("::")
    text = (ROOT / "matrix" / "tests" / file).read_text(encoding="utf-8")
    assert f"def {test}" in text
    assert test.startswith("test_")

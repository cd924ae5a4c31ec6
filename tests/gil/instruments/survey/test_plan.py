import json

import pytest

from gil.instruments.survey import plan
from gil.instruments.survey.errors import UsageError

pytestmark = pytest.mark.lane_independent

TOML = """
setup = "n = 3"
[call]
f = ["n", "level=1"]
"C.g" = []
[skip]
main = "starts the program"
"""


def test_toml_and_json_say_the_same(tmp_path):
    toml, as_json = tmp_path / "args.toml", tmp_path / "args.json"
    toml.write_text(TOML)
    as_json.write_text(
        json.dumps(
            {
                "setup": "n = 3",
                "call": {"f": ["n", "level=1"], "C.g": []},
                "skip": {"main": "starts the program"},
            }
        )
    )
    read = plan.read(str(toml))
    assert read == plan.Plan("n = 3", {"f": ("n", "level=1"), "C.g": ()}, {"main": "starts the program"})
    assert plan.read(str(as_json)) == read


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("setup = ", "is neither TOML nor, if its name ends in .json, JSON: "),
        ("calls = 1", "may have 'setup', and tables 'call' and 'skip';"),
        ("setup = 1", "'setup' must be text with Python code."),
        ("call = 1", "each entry of 'call' must be a list of texts, each a Python expression."),
        ("[call]\nf = [1]", "each entry of 'call' must be a list of texts, each a Python expression."),
        ("[skip]\nf = 1", "each entry of 'skip' must be text, the reason."),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, sentence):
    file = tmp_path / "args.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as raised:
        plan.read(str(file))
    assert str(file) in str(raised.value)
    assert sentence in str(raised.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match=r"cannot be read: No such file or directory\."):
        plan.read(str(tmp_path / "no.toml"))

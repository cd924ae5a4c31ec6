import pytest

from abi_matrix.base.errors import UserError
from workshop import arguments


def known():
    parser = arguments.parser()
    parser.add_argument("--python")
    return parser


def test_what_is_known_is_returned():
    assert arguments.read(known(), ["--python", "3.14t"], "say less.").python == "3.14t"


@pytest.mark.parametrize(
    ("words", "text"),
    [(["--python"], "expected one argument"), (["--no", "such"], "^--no such is not understood")],
)
def test_what_is_not_understood_is_one_sentence_with_the_usage(words, text):
    with pytest.raises(UserError, match=text) as error:
        arguments.read(known(), words, "say less.")
    assert str(error.value).endswith("; say less.")

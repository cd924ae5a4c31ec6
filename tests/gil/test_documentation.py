import ast
import inspect
from importlib.resources import files

import pytest

import gil._gil

pytestmark = pytest.mark.lane_independent

STUB = ast.parse(files("gil").joinpath("_gil.pyi").read_text(encoding="utf-8"))


def documented():
    """Yield each documented name of the stub, dotted, with its docstring."""
    for node in STUB.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name, ast.get_docstring(node)
            for member in getattr(node, "body", []):
                if isinstance(member, ast.FunctionDef) and (text := ast.get_docstring(member)):
                    yield f"{node.name}.{member.name}", text


@pytest.mark.parametrize(("name", "text"), list(documented()))
def test_help_shows_what_the_stub_says(name, text):
    found = gil._gil
    for part in name.split("."):
        found = getattr(found, part)
    assert inspect.cleandoc(found.__doc__) == text


def test_everything_public_is_documented():
    native = {name for name, text in documented() if text}
    public = {name for name in gil.__all__ if not name.startswith("__")}
    assert all(inspect.isfunction(getattr(gil, name)) for name in public - native)
    assert all(inspect.getdoc(getattr(gil, name)) for name in public)

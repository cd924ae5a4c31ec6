"""The lines of Rust that `gil situations` shows are lines of the sources."""

import ast

from workshop.repository import ROOT

SHOWN = ROOT / "src" / "gil" / "lesson" / "situations.py"


def shown():
    """Yield each situation's name and the lines of Rust shown; without importing what needs a wheel."""
    for node in ast.walk(ast.parse(SHOWN.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Situation":
            name, _, rust, *_ = node.args
            if isinstance(name, ast.Constant):
                yield name.value, ast.literal_eval(rust)


def test_shown_lines_stand_in_the_sources():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "rust").rglob("*.rs"))
    stripped = {line.strip() for line in sources.splitlines()}
    lines = dict(shown())
    assert len(lines) == 12
    assert [line for rust in lines.values() for line in rust if line.strip() not in stripped] == []

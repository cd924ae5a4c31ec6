"""The claims of tests/claims/claims.toml, the tests that carry them, and docs/claims.md, made of both.

Standard library only: ``python -m matrix.claims`` writes the page.
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matrix.table import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLE = ROOT / "tests" / "claims" / "claims.toml"
PAGE = ROOT / "docs" / "claims.md"
VERDICTS = ("true", "with a GIL", "imprecise", "false", "outdated")

_HEAD = """\
# What the four posts say, and what is true today

This project grew from four posts about Rust extensions and the GIL. Here is every claim that they make, and
what of it holds. *With a GIL* means true on a build or in a run with a GIL, and not without; *outdated*, that
it was true of another version. Each row is proven by the tests named in it, on all interpreters that it is
about; `nox` runs them.

<!-- Written by `python -m matrix.claims` from tests/claims/claims.toml and the tests' marks. -->
"""


@dataclass(frozen=True)
class Post:
    """One of the posts; the third is a copy of the second and has no claims of its own."""

    number: int
    title: str
    about: str


@dataclass(frozen=True)
class Claim:
    """One row."""

    id: str
    """The post's number and a letter."""
    says: str
    verdict: str
    """One of ``VERDICTS``."""
    today: str
    repeats: tuple[str, ...] = ()
    """The claims that this one only repeats, whose tests are its own."""


@dataclass(frozen=True, order=True)
class Carrier:
    """A test that carries a claim."""

    file: str
    """From the root of the tree."""
    test: str
    """The name of the function; empty where single parameters of a file's tests are marked."""


def load() -> tuple[list[Post], list[Claim]]:
    """Return the table."""
    raw = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    claims = [Claim(**{**row, "repeats": tuple(row.get("repeats", ()))}) for row in raw["claim"]]
    return [Post(**row) for row in raw["post"]], claims


def carriers(folder: Path = ROOT / "tests") -> dict[str, list[Carrier]]:
    """Return the tests in ``folder`` that are marked with each id, whichever interpreter they are for."""
    found: defaultdict[str, set[Carrier]] = defaultdict(set)
    for file in folder.rglob("test_*.py"):
        name = file.relative_to(folder.parent).as_posix()
        for test, call in _marks(ast.parse(file.read_text(encoding="utf-8")), ""):
            for argument in call.args:
                found[ast.literal_eval(argument)].add(Carrier(name, test))
    return {id_: sorted(tests) for id_, tests in found.items()}


def page() -> str:
    """Return what docs/claims.md should be."""
    posts, claims = load()
    tests = carriers()
    lines = [_HEAD]
    for post in posts:
        lines += [f"## {post.title}", "", f"{post.about[0].upper()}{post.about[1:]}.", ""]
        lines += ["| | the post says | | today | proven by |", "|---|---|---|---|---|"]
        lines += [_row(claim, tests) for claim in claims if claim.id[0] == str(post.number)]
        lines.append("")
    return "\n".join(lines)


def _row(claim: Claim, tests: dict[str, list[Carrier]]) -> str:
    proofs = [f"[{test.test or test.file}](../{test.file})" for test in tests.get(claim.id, [])]
    if claim.repeats:
        proofs.append(f"the tests of {', '.join(claim.repeats)}")
    return f"| {claim.id} | {claim.says} | {claim.verdict} | {claim.today} | {', '.join(proofs)} |"


def _marks(node: ast.AST, test: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield each use of the mark below ``node``, with the test that it decorates."""
    if isinstance(node, ast.FunctionDef):
        test = node.name
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.claim":
        yield test, node
    for child in ast.iter_child_nodes(node):
        yield from _marks(child, test)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")

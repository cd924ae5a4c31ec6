"""The claims of the tables in tests/claims, the tests that carry them, and docs/claims.md, made of both.

Standard library only: ``python -m workshop.documents.claims`` writes the page.
"""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workshop.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = ROOT / "tests" / "claims"
TABLES = ("posts.toml", "catalogue.toml")
PAGE = ROOT / "docs" / "claims.md"
VERDICTS = ("true", "with a GIL", "imprecise", "false", "outdated")
ONLY = ("", "free-threaded", "POSIX")
_MARK = "pytest.mark.claim"

_HEAD = """\
# What the four posts say, and what is true today

This project grew from four posts about Rust extensions and the GIL. Here is every claim that they make, and
what of it holds. *With a GIL* means true on a build or in a run with a GIL, and not without; *outdated*, that
it was true of another version. After the posts come the claims of this project itself, which are all true.
Each row is proven by the tests named in it, on all interpreters that it is about; `nox` runs them.

<!-- Written by `python -m workshop.documents.claims` from tests/claims and the tests' marks. -->
"""


@dataclass(frozen=True)
class Part:
    """Claims that belong together: those of a post, or of this project about one subject."""

    id: str
    """What the ids of its claims begin with."""
    title: str
    about: str = ""
    """Of a post, what it is. The third is a copy of the second and has no claims of its own."""


@dataclass(frozen=True)
class Claim:
    """One row."""

    id: str
    """The part's id and a letter (of a post's claims) or number, such as ``0h`` or ``B3``."""
    says: str
    verdict: str = "true"
    """One of ``VERDICTS``."""
    today: str = ""
    """What is true of it, where a post says it."""
    repeats: tuple[str, ...] = ()
    """The claims that this one only repeats, whose tests are its own."""
    only: str = ""
    """Where it is about something: one of ``ONLY``; everywhere if empty."""
    proven_by: tuple[str, ...] = ()
    """The tests of Cargo that prove it, as ``file::function``, the file from the root."""


@dataclass(frozen=True, order=True)
class Carrier:
    """A test that carries a claim."""

    file: str
    """From the root."""
    test: str
    """The name of the function; empty where single parameters of a file's tests are marked."""


def load() -> tuple[list[Part], list[Claim]]:
    """Return what the tables say."""
    tables = [tomllib.loads((FOLDER / name).read_text(encoding="utf-8")) for name in TABLES]
    parts = [Part(**row) for table in tables for row in table["part"]]
    return parts, [_claim(row) for table in tables for row in table["claim"]]


def _claim(row: dict[str, Any]) -> Claim:
    repeats, proven_by = (tuple(row.pop(key, ())) for key in ("repeats", "proven-by"))
    return Claim(**row, repeats=repeats, proven_by=proven_by)


@functools.cache
def carriers(folder: Path = ROOT / "tests") -> dict[str, list[Carrier]]:
    """Return the tests in ``folder`` that are marked with each id, whichever interpreter they are for."""
    found: defaultdict[str, set[Carrier]] = defaultdict(set)
    for file in folder.rglob("test_*.py"):
        text = file.read_text(encoding="utf-8")
        if _MARK not in text:  # of most files; parsing those too would take four times as long
            continue
        name = file.relative_to(folder.parent).as_posix()
        for test, call in _marks(ast.parse(text), ""):
            for argument in call.args:
                found[ast.literal_eval(argument)].add(Carrier(name, test))
    return {id_: sorted(tests) for id_, tests in found.items()}


def is_defined(proof: str, root: Path = ROOT) -> bool:
    """Tell whether the Rust file of ``file::function`` defines that function, or lists it for a macro."""
    file, _, function = proof.partition("::")
    path = root / file
    defined = rf"(?m)^\s*((pub )?fn {re.escape(function)}\(|{re.escape(function)}$)"
    return bool(function and path.is_file() and re.search(defined, path.read_text(encoding="utf-8")))


def page() -> str:
    """Return what docs/claims.md should be."""
    parts, claims = load()
    tests = carriers()
    lines = [_HEAD]
    for part in parts:
        lines += [f"## {part.title}", ""]
        if part.about:
            lines += [f"{part.about[0].upper()}{part.about[1:]}.", ""]
            lines += ["| | the post says | | today | proven by |", "|---|---|---|---|---|"]
        else:
            lines += ["| | what is true | proven by |", "|---|---|---|"]
        lines += [_row(claim, tests) for claim in claims if claim.id.startswith(part.id)]
        lines.append("")
    return "\n".join(lines)


def _row(claim: Claim, tests: dict[str, list[Carrier]]) -> str:
    proofs = [f"[{test.test or test.file}](../{test.file})" for test in tests.get(claim.id, [])]
    proofs += [
        f"[{name}](../{file})" for file, _, name in (proof.partition("::") for proof in claim.proven_by)
    ]
    if claim.repeats:
        proofs.append(f"the tests of {', '.join(claim.repeats)}")
    verdict = [claim.verdict, claim.today] if claim.today else []
    return f"| {' | '.join([claim.id, claim.says, *verdict, ', '.join(proofs)])} |"


def _marks(node: ast.AST, test: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield each use of the mark below ``node``, with the test that it decorates."""
    if isinstance(node, ast.FunctionDef):
        test = node.name
    if isinstance(node, ast.Call) and _is_mark(node.func):
        yield test, node
    for child in ast.iter_child_nodes(node):
        yield from _marks(child, test)


def _is_mark(function: ast.expr) -> bool:
    # Most names are other ones, and writing each out takes ten times as long.
    return isinstance(function, ast.Attribute) and function.attr == "claim" and ast.unparse(function) == _MARK


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")

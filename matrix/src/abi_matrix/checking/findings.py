"""What can be wrong with a set of wheels: each kind has a code that stays."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CODES = {
    "AM001": "an interpreter gets nothing",
    "AM002": "an interpreter gets only the sdist",
    "AM003": "a platform lacks what others have",
    "AM004": "no interpreter takes this wheel",
    "AM005": "two wheels are equally good, so that chance decides",
    "AM101": "the tags inside are not those of the name",
    "AM102": "name or version inside are not those of the file's name",
    "AM103": "the platform is one machine's Linux, not a policy",
    "AM104": "the interpreter does not find the extension module",
    "AM105": "an extension for abi3 goes to a free-threaded interpreter",
    "AM106": "an extension module turns the GIL back on",
    "AM107": "uv does not read tags in capital letters",
    "AM108": "a wheel for any platform holds something compiled",
    "AM201": "an installer takes another wheel than the order of the tags says",
    "AM202": "what was taken cannot be imported",
    "AM301": "auditwheel: the binaries do not keep the platform's policy",
    "AM302": "abi3audit: the binaries do not keep the stable ABI",
    "AM303": "abi3t-doctor: the binaries do not keep the free-threaded stable ABI",
    "AM304": "check-wheel-contents: something is there that should not be, or is missing",
    "AM401": "a file of the table is missing",
    "AM402": "a file is not of the table",
    "AM403": "a file is of another version than the project",
    "AM404": "an interpreter gets another file than the table says",
}
"""Every kind, in a few words."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and what to do."""

    code: str
    message: str
    """One sentence, in which ``{files}`` stands for the files, ``{is}`` and ``{has}`` for what they do."""
    next_step: str
    """Another one."""
    files: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The message, with the files in it."""
        verbs = ("is", "has") if len(self.files) == 1 else ("are", "have")
        sentence = self.message.replace("{is}", verbs[0]).replace("{has}", verbs[1])
        return sentence.replace("{files}", listed(self.files, 2))

    def __str__(self) -> str:
        return f"{self.code} {self.sentence} {self.next_step}"

    def as_json(self) -> dict[str, Any]:
        """Return the finding for ``--json``."""
        return {**asdict(self), "message": self.sentence}


@dataclass
class Report:
    """All that checks say beside the table."""

    findings: list[Finding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    """What could not be checked, a sentence each: no finding, and no clean bill either."""
    table: str = ""
    """The file with the table that the files are held against, if there is one."""
    proofs: list[dict[str, Any]] = field(default_factory=list)
    """What the real installers took and what an import showed, an interpreter each."""

    def add(self, other: Report) -> None:
        """Append everything that another check has said."""
        self.findings += other.findings
        self.unchecked += other.unchecked
        self.proofs += other.proofs


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, those as one that say the same of different files."""
    files: dict[Finding, list[str]] = {}
    for finding in findings:
        files.setdefault(replace(finding, files=()), []).extend(finding.files)
    return [replace(finding, files=tuple(dict.fromkeys(those))) for finding, those in files.items()]


def listed(words: Sequence[str], most: int = 4) -> str:
    """Return ``a, b and c``; of more than ``most`` the first ones and how many others there are."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} others"]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "nothing"

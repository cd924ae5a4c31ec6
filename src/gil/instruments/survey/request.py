"""What the process of a probe is asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """One call to probe, or with neither ``function`` nor ``code`` the names that a module has."""

    module: str | None = None
    function: str | None = None
    code: str | None = None
    setup: str | None = None
    """Code that runs first, once; its names are there for arguments and code."""
    arguments: tuple[str, ...] = ()
    generate: bool = False
    """Whether to make up arguments instead."""
    seconds: float = 1.0
    repeat: bool = True
    path: tuple[str, ...] = field(default=())
    """Where to import from."""

    @property
    def name(self) -> str:
        """How sentences call what is probed."""
        if self.code is not None:
            return "The code"
        return f"Importing '{self.module}'" if self.function is None else f"{self.module}:{self.function}"

    def as_json(self) -> dict[str, Any]:
        """Return it as ``json.dumps`` takes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> Request:
        """Return what ``as_json`` has written."""
        return cls(**{**written, "arguments": tuple(written["arguments"]), "path": tuple(written["path"])})

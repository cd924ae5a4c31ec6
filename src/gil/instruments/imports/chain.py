"""Who imported whom, read from the frames of the thread that is importing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

_LOADS = {"ExtensionFileLoader.create_module", "ExtensionFileLoader.exec_module"}


@dataclass(frozen=True)
class Importer:
    """The place of an import: a module, and the line in its file if Python code did it and that is known."""

    module: str
    file: str | None = None
    line: int | None = None
    native: bool = False

    def __str__(self) -> str:
        if self.native:
            return f"{self.module} (native code)"
        return f"{self.module} ({self.file}:{self.line})" if self.file else f"{self.module} (line unknown)"

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` writes."""
        return {"module": self.module, "file": self.file, "line": self.line, "native": self.native}


def importers(frame: FrameType | None) -> tuple[Importer, ...]:
    """Return who imported the module that is being loaded in ``frame``, who imported that one, and so on.

    ``frame`` is one of importlib's. Native code has no line: the module it belongs to is known by what
    importlib was loading at that moment.
    """
    found: list[Importer] = []
    asked = False  # whether the frame is one that imports: the next outward that is not importlib's
    body: FrameType | None = None  # the outermost frame of a module's own code since the last import
    while frame is not None:
        code = frame.f_code
        if not _is_importlib(frame):
            if asked or not found:
                found.append(Importer(_name(frame), code.co_filename, frame.f_lineno))
                asked, body = False, None
            if code.co_name == "<module>":
                body = frame
        elif code.co_name == "_find_and_load":
            loading = str(frame.f_locals.get("name"))
            if not asked and found and found[-1].module != loading:
                # Code of another module ran the import, called while this one was being imported.
                there = body is not None and _name(body) == loading
                found.append(
                    Importer(loading, body.f_code.co_filename, body.f_lineno)
                    if body is not None and there
                    else Importer(loading)
                )
            asked, body = True, None
        elif asked and code.co_qualname in _LOADS:
            found.append(Importer(_loaded_by(frame), native=True))
            asked = False
        frame = frame.f_back
    return tuple(found)


def _is_importlib(frame: FrameType) -> bool:
    if frame.f_code.co_filename.startswith("<frozen importlib"):
        return True
    name = _name(frame)
    return name == "importlib" or name.startswith("importlib.")


def _name(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))


def _loaded_by(frame: FrameType) -> str:
    return str(getattr(frame.f_locals.get("self"), "name", None))

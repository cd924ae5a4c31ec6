"""What a process tells of itself that may end at any moment: lines in a file, each as soon as it is known."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Report:
    """The file that is written to, by the process that has made this and not by those that it forks."""

    def __init__(self, file: str) -> None:
        self._process = os.getpid()
        self._file = file

    def tell(self, **what: Any) -> None:  # noqa: ANN401 - what JSON can write
        """Write a line; the file is opened each time, as what runs here may close whatever is open."""
        if os.getpid() == self._process:
            with open(self._file, "a", encoding="utf-8") as file:  # noqa: PTH123
                file.write(json.dumps(what) + "\n")


def told(file: Path) -> list[dict[str, Any]]:
    """Return the lines of a report, but for one that the process was writing when it was ended."""
    return [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]

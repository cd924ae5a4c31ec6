"""What a caller can cause and mend."""

from __future__ import annotations

NO_WHEELS = "AM901"
NO_WHEEL_NAME = "AM902"
BROKEN_FILE = "AM903"
SEVERAL_PROJECTS = "AM904"
SAME_NAME = "AM905"
UNKNOWN_INTERPRETER = "AM906"
MISSING_INTERPRETER = "AM907"
LYING_INTERPRETER = "AM908"
NO_TABLE = "AM909"
WRONG_TABLE = "AM910"
NO_RUST = "AM911"
BROKEN_TOML = "AM912"
NO_EXTENSION = "AM913"
TABLE_EXISTS = "AM914"
NOT_WRITTEN = "AM915"
OTHER_PROJECT = "AM916"


class UserError(Exception):
    """One sentence that says what is wrong and names the next step; commands print it and fail."""


class InputError(UserError):
    """What the caller gave cannot be checked: a code, and one sentence with the next step."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep the code apart from the sentence, which ends without a full stop where a path ends it."""
        super().__init__(f"{code} {sentence}")
        self.code = code
        self.sentence = sentence

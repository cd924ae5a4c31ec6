"""The names that a module offers, and which of them can be called."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import types

_MISSING = object()


def of(module: types.ModuleType) -> dict[str, str | None]:
    """Return the public callables of a module: None, or the reason why there is nothing to call, by name.

    Public is what ``__all__`` says, or what has no underscore in front and is no module.
    """
    declared = getattr(module, "__all__", None)
    found: dict[str, str | None] = {}
    for name in sorted(declared if declared is not None else dir(module)):
        value = getattr(module, name, _MISSING)
        if value is _MISSING:
            found[name] = "is named in __all__, but not there"
            continue
        if declared is None and (name.startswith("_") or inspect.ismodule(value)):
            continue
        if callable(value):
            found[name] = _reason(value, None if declared is not None else module)
    return found


def _reason(value: Any, module: types.ModuleType | None) -> str | None:  # noqa: ANN401
    if isinstance(value, type) and issubclass(value, BaseException):
        return "an exception"
    home = getattr(value, "__module__", None)
    if (
        module is not None
        and isinstance(home, str)
        and _package(home) not in {_package(module.__name__), "builtins"}
    ):
        return f"comes from {home}"
    return None


def _package(name: str) -> str:
    """Return the first part of a module's name; ``_json`` is a part of ``json``."""
    return name.partition(".")[0].removeprefix("_")

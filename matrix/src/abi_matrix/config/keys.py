"""The keys of the table, and what kind of value each has."""

from __future__ import annotations

from typing import Any

from abi_matrix.base.errors import WRONG_TABLE, InputError

_NAMES = {str: "a string", list: "an array of strings", dict: "a table of strings", float: "a number"}
_KEYS: dict[str, dict[str, tuple[type, ...]]] = {
    "wheel": {"tag": (str,), "serves": (list,), "built-with": (str,), "env": (dict,)},
    "build": {"groups": (list,), "env": (dict,)},
    "test": {"command": (str,), "groups": (list,), "folders": (list,)},
    "lane": {"name": (str,), "on": (str, list), "arguments": (list,), "env": (dict,),
             "switch-interval": (float,)},
    "sources": {"version": (str,), "sha256": (str,)},
}  # fmt: skip
"""Of each part of the table, by what TOML calls them."""
_NEEDED = {"tag", "serves", "name", "version", "sha256"}
_WORDS = {"wheel": "row", "lane": "lane"}
"""What one is called of which there is an array."""


def require(table: object) -> dict[str, Any]:
    """Return the table as it is written; raises InputError at the first key that is none of its, or wrong."""
    whole = _table(table, "")
    for name, part in whole.items():
        if name not in _KEYS:
            raise wrong(f"'{name}' is no key of the table, which has {', '.join(_KEYS)}")
        if name in _WORDS:
            if not isinstance(part, list):
                raise wrong(f"'{name}' is no array of tables, [[tool.abi-matrix.{name}]]")
            for one in part:
                _require(_table(one, f"A {_WORDS[name]}"), name, _called(one, name))
        elif name == "sources":
            for version, pin in _table(part, f"'{name}'").items():
                _require(_table(pin, f"The source of {version}"), name, f"The source of {version}")
        else:
            _require(_table(part, f"'{name}'"), name, f"The table '{name}'")
    return whole


def wrong(what: str) -> InputError:
    """Return the error that says ``what`` is wrong with the table."""
    return InputError(WRONG_TABLE, f"{what}: mend it in pyproject.toml.")


def _called(one: dict[str, Any], part: str) -> str:
    name = one.get("tag", one.get("name"))
    return f"The {_WORDS[part]} {name}" if name else f"A {_WORDS[part]}"


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(f"{where or '[tool.abi-matrix]'} is no table of keys")
    return value


def _require(values: dict[str, Any], part: str, where: str) -> None:
    keys = _KEYS[part]
    if missing := [key for key in keys if key in _NEEDED and key not in values]:
        raise wrong(f"{where} has no {missing[0]}")
    for key, value in values.items():
        if key not in keys:
            raise wrong(f"{where} has '{key}', which is none of its keys: {', '.join(keys)}")
        if not any(_is(value, kind) for kind in keys[key]):
            kinds = " or ".join(_NAMES[kind] for kind in keys[key])
            raise wrong(f"{where} has {value!r} as '{key}', which is not {kinds}")


def _is(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, kind) and all(isinstance(one, str) for one in inside)

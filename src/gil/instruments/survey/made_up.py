"""Arguments for a function that nobody has given any."""

from __future__ import annotations

import inspect
import itertools
import json
import re
import time
from typing import TYPE_CHECKING, Any

from gil.instruments.survey.errors import MeasurementError
from gil.instruments.survey.target import spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# So many numbers: 100 kB as text, well above what functions like hashlib's let go for.
_NUMBERS = [float(number % 1000) for number in range(15_000)]
_TEXT = json.dumps(_NUMBERS)
# By the kind of a parameter. The text is JSON, so that what parses finds something, and the name of no file;
# no number is one that a signal or an open file may have.
_VALUES: dict[str, Any] = {
    "bytes": _TEXT.encode(),
    "str": _TEXT,
    "float": 0.05,
    "int": 1000,
    "list": _NUMBERS,
    "dict": {str(number): number for number in range(1000)},
    "bool": True,
    "tuple": tuple(_NUMBERS),
    "set": set(_NUMBERS),
    "callable": len,
    "None": None,
}
# The kinds that the words of an annotation stand for; those found are tried first, in this order.
_ANNOTATED = {
    "Callable": "callable",
    "bytes": "bytes",
    "bytearray": "bytes",
    "Buffer": "bytes",
    "str": "str",
    "bool": "bool",
    "int": "int",
    "float": "float",
    "dict": "dict",
    "Mapping": "dict",
    "list": "list",
    "Sequence": "list",
    "Iterable": "list",
    "tuple": "tuple",
    "set": "set",
}
_ORDER = ("bytes", "str", "list", "float", "int", "dict", "callable", "None")
_TRIES = 100
_MOST_PARAMETERS = 4
_SECONDS = 5.0
_POSITIONAL = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}


def arguments(function: Callable[..., Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments with which the function returns; raises MeasurementError if there are none."""
    first: BaseException | None = None
    until = time.perf_counter() + _SECONDS
    for tried, (args, kwargs) in enumerate(itertools.islice(_guesses(function), _TRIES)):
        if tried and time.perf_counter() > until:
            break
        try:
            function(*args, **kwargs)
        except SystemExit:
            raise
        except Exception as error:  # noqa: BLE001 - the next may be right
            # Of all that was raised, what is not about types or values tells most.
            if first is None or (isinstance(first, TypeError) and not isinstance(error, TypeError)):
                first = error
        else:
            return args, kwargs
    raise MeasurementError(f"no made-up arguments are right ({spelled(first) if first else 'none'})")


def _guesses(function: Callable[..., Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        # Nothing is known of it: one argument, none, or two or three of a kind.
        yield from (((_VALUES[kind],), {}) for kind in _ORDER)
        yield (), {}
        yield from (((_VALUES[kind],) * count, {}) for count in (2, 3) for kind in _ORDER)
        return
    wanted = [parameter for parameter in parameters if _is_wanted(parameter)]
    if len(wanted) > _MOST_PARAMETERS:
        needed = ", ".join(parameter.name for parameter in wanted)
        raise MeasurementError(f"needs {len(wanted)} arguments: {needed}")
    for values in _products([_kinds(parameter) for parameter in wanted]):
        pairs = list(zip(wanted, values, strict=True))
        yield (
            tuple(value for parameter, value in pairs if parameter.kind in _POSITIONAL),
            {parameter.name: value for parameter, value in pairs if parameter.kind not in _POSITIONAL},
        )


def _is_wanted(parameter: inspect.Parameter) -> bool:
    if parameter.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        return False
    # A default such as b"" stands for nothing to work on.
    return parameter.default is parameter.empty or (
        isinstance(parameter.default, str | bytes) and not parameter.default
    )


def _kinds(parameter: inspect.Parameter) -> list[Any]:
    """Return the values to try for a parameter, the likeliest first."""
    annotation = parameter.annotation
    spelling = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    likely = []
    if annotation is not parameter.empty:
        likely = [kind for word, kind in _ANNOTATED.items() if re.search(rf"\b{word}\b", str(spelling))]
    elif isinstance(parameter.default, str | bytes):
        likely = [type(parameter.default).__name__]
    return [_VALUES[kind] for kind in dict.fromkeys([*likely, *_ORDER])]


def _products(choices: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield the combinations, those first of which all are likely: by the sum of their places."""
    places = itertools.product(*(range(len(choice)) for choice in choices))
    for place in sorted(places, key=sum):
        yield tuple(choice[index] for choice, index in zip(choices, place, strict=True))

"""What ``MODULE:FUNC`` and the arguments after it mean."""

from __future__ import annotations

import builtins
import difflib
import functools
import importlib
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gil.instruments.survey.errors import MeasurementError, UsageError

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Mapping, Sequence

# Some exceptions quote all that they were given.
_LONGEST_MESSAGE = 120
_KEYWORD = re.compile(r"([A-Za-z_]\w*)=(?!=)(.*)", re.DOTALL)


class Names(dict[str, Any]):
    """The names that a module has, those too that it makes when they are asked for."""

    def __init__(self, module: types.ModuleType | None) -> None:
        super().__init__(vars(module) if module else {})
        self._module = module

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
        if hasattr(builtins, name) or not hasattr(self._module, name):
            raise KeyError(name)
        return getattr(self._module, name)


@dataclass(frozen=True)
class Call:
    """A function with arguments, ready to be called."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] | None = None

    def check(self) -> None:
        """Raise UsageError if the function cannot be called with these, as far as its signature tells."""
        try:
            signature = inspect.signature(self.function)
        except (ValueError, TypeError):
            return  # many built-in functions have none
        try:
            signature.bind(*self.args, **(self.kwargs or {}))
        except TypeError as error:
            raise UsageError(f"{self.name}{signature} cannot be called like this: {error}.") from None


def module(name: str) -> types.ModuleType:
    """Import a module; raises UsageError if there is none, MeasurementError if it cannot be imported."""
    if not name or name.startswith(".") or not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(f"'{name}' is not the name of a module.")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(f"There is no module '{error.name}' for this Python; is it installed?") from None
        raise MeasurementError(f"Importing '{name}' fails: {spelled(error)}.") from None
    except SystemExit as error:
        raise MeasurementError(f"Importing '{name}' {ending(error)}.") from None
    except Exception as error:  # noqa: BLE001 - importing runs any code
        raise MeasurementError(f"Importing '{name}' fails: {spelled(error)}.") from None


def function(module: types.ModuleType, path: str) -> Callable[..., Any]:
    """Return what a dotted path in a module names; raises UsageError if that is nothing to be called."""
    found: Any = module
    where = module.__name__
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            close = difflib.get_close_matches(part, dir(found), n=1)
            hint = f"; did you mean '{close[0]}'?" if close else "."
            raise UsageError(f"{where} has no '{part}'{hint}") from None
        where = f"{where}:{part}" if where == module.__name__ else f"{where}.{part}"
    if not callable(found):
        raise UsageError(f"{where} is of type {type(found).__name__} and cannot be called.")
    return found  # type: ignore[no-any-return] # it is callable


def arguments(expressions: Sequence[str], names: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Evaluate ``EXPR`` and ``NAME=EXPR`` with these names at hand; raises UsageError if one cannot be."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for text in expressions:
        keyword = _KEYWORD.fullmatch(text)
        if keyword:
            kwargs[keyword[1]] = _value(keyword[2], names)
        elif kwargs:
            raise UsageError(f"The argument {text} must stand before those with a name.")
        else:
            args.append(_value(text, names))
    return tuple(args), kwargs


def _value(text: str, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever it is
    try:
        # As globals, too, for what is nested, such as a generator.
        return eval(text.strip(), {**names, "__builtins__": builtins}, names)  # noqa: S307 - as the user asks
    except NameError as error:
        raise UsageError(
            f"The argument {text} needs a name that is not there ({error}); text needs quotes of its own:"
            f" \"'{text}'\"."
        ) from None
    except SyntaxError:
        raise UsageError(
            f"The argument {text} is not a Python expression; text needs quotes of its own: \"'...'\"."
        ) from None
    except Exception as error:  # noqa: BLE001 - it may raise anything
        raise UsageError(f"The argument {text} raises {spelled(error)}.") from None


def code(text: str, namespace: dict[str, Any]) -> Callable[[], object]:
    """Return a function that runs this code in ``namespace``; raises UsageError if it is not Python."""
    try:
        compiled = compile(text, "<code>", "exec")
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"The code is not Python: {spelled(error)}.") from None
    return functools.partial(exec, compiled, namespace)


def spelled(error: BaseException) -> str:
    """Return an exception as its class and message, in one line."""
    name, message = type(error).__name__, _in_one_line(str(error))
    return f"{name}: {message}" if message else name


def ending(error: SystemExit) -> str:
    """Return how it ends a process: with which exit code, and what it prints if it is given no number."""
    if error.code is None or isinstance(error.code, int):
        return f"ends the process with exit code {int(error.code or 0)}"
    return f"ends the process with exit code 1: {_in_one_line(str(error.code))}"


def _in_one_line(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE].rstrip()}..."

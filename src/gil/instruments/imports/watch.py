"""Which imports want the GIL: a watch over the extension modules that are loaded.

CPython tells only of the first module that switches the GIL on, in a warning that a filter may drop. The
watch asks every module what it declares (``gil.declaration``) when it has just been made, which needs neither
a warning nor a GIL that is off. All of importlib's loaders call two functions of ``_imp`` to make a module;
the watch replaces these two.
"""

from __future__ import annotations

import _imp
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

from gil import _gil
from gil.instruments.gil_state import gil_enabled
from gil.instruments.imports.chain import importers
from gil.instruments.imports.files import abi_of
from gil.instruments.imports.module import NO_MODULE, ExtensionModule, wants_gil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gil.instruments.imports.chain import Importer

_CREATE = ("create_dynamic", "create_builtin")
_lock = threading.Lock()
_watches: list[Watch] = []
_replaced: dict[str, tuple[Any, Any]] = {}  # by name in `_imp`: what was there, and what is there now


class Watch:
    """Notices every extension module that is loaded while it is on, with who imported it.

    A context manager, or ``start`` and ``stop``. It sees what all threads of its interpreter import, not what
    subinterpreters do. Of what was loaded before, or without importlib, it knows what ``sys.modules`` has,
    and not who imported it.

    ``on_module`` is called with each module that wants the GIL: by ``start`` with those that are there
    already, then with each that is loaded, in the thread that imports it. What it raises, the import raises.
    """

    def __init__(self, on_module: Callable[[ExtensionModule], object] | None = None) -> None:
        self._on_module = on_module
        self._seen: dict[tuple[str, str | None], ExtensionModule] = {}
        self._gil_before: bool | None = None

    def start(self) -> Self:
        """Begin to watch, and look at the modules that are there already. Does nothing if it is on."""
        with _lock:
            if self in _watches:
                return self
            if self._gil_before is None:
                self._gil_before = gil_enabled()
            _watches.append(self)
            _replace()
        try:
            self._look_around()
        except BaseException:  # of `on_module`
            self._end()
            raise
        return self

    def stop(self) -> Self:
        """Watch no longer; ``modules`` stays as it is. Does nothing if it is off."""
        if self in _watches:
            try:
                self._look_around()
            finally:
                self._end()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def modules(self) -> tuple[ExtensionModule, ...]:
        """All extension modules that are or were loaded, in the order of their loading."""
        if self in _watches:
            self._look_around()
        return tuple(self._seen.copy().values())  # another thread may be adding to it

    @property
    def wanting(self) -> tuple[ExtensionModule, ...]:
        """Those of ``modules`` that want the GIL, as far as this build can tell."""
        return tuple(module for module in self.modules if module.wants_gil)

    @property
    def culprit(self) -> ExtensionModule | None:
        """The module that switched the GIL on, or None: it was not switched on, or nobody can say by which.

        If two threads import at the same moment modules that both want the GIL, it is one of these two.
        """
        if self._gil_before or not gil_enabled() or not (wanting := self.wanting):
            return None
        return wanting[0]

    def _end(self) -> None:
        with _lock:
            if self in _watches:
                _watches.remove(self)
            if not _watches:
                _put_back()

    def _add(self, module: ExtensionModule) -> None:
        new = self._seen.setdefault((module.name, module.file), module) is module
        if new and module.wants_gil and self._on_module:
            self._on_module(module)

    def _look_around(self) -> None:
        for module in _loaded():
            if (module.name, module.file) not in self._seen:
                self._add(module)


def watch_imports(on_module: Callable[[ExtensionModule], object] | None = None) -> Watch:
    """Report each extension module that wants the GIL: those that are loaded already, and those to come.

    ``on_module`` is called with a ``gil.instruments.imports.ExtensionModule``, in the thread that imports it;
    what it raises, the import raises. Without it, the logger ``gil`` gets a warning.

    The watch that is returned ends with ``stop()``, or as a context manager.
    """
    return Watch(on_module or _log).start()


def seen_culprit() -> ExtensionModule | None:
    """Return the module that a watch which is on has seen to switch the GIL on, or None."""
    return next(filter(None, (watch.culprit for watch in tuple(_watches))), None)


def _log(module: ExtensionModule) -> None:
    import logging  # noqa: PLC0415 - a callback does without

    logging.getLogger("gil").warning("%s", module)


def _replace() -> None:
    for name in _CREATE:
        there = getattr(_imp, name)
        if name not in _replaced or _replaced[name][1] is not there:
            ours = _gil.noting(there, _note)
            _replaced[name] = there, ours
            setattr(_imp, name, ours)


def _put_back() -> None:
    for name, (was, ours) in list(_replaced.items()):
        if getattr(_imp, name) is ours:  # else somebody has replaced it after us, and calls ours
            setattr(_imp, name, was)
            del _replaced[name]


def _note(arguments: tuple[Any, ...], made: object, error: BaseException | None) -> None:
    watches = tuple(_watches)
    if not watches:
        return
    if error is None:
        declares = _gil.declaration(made, made=True) or NO_MODULE
    elif isinstance(error, RuntimeWarning) and gil_enabled():
        # The GIL was switched on, and the warning of that made an error: there is no module to ask.
        declares = "undeclared"
    else:
        return
    spec = arguments[0]
    module = _module(spec.name, spec.origin, declares, importers(sys._getframe(1)), seen=True)  # noqa: SLF001
    for watch in watches:
        watch._add(module)  # noqa: SLF001 - of this module


def _module(
    name: str, origin: str | None, declares: str, chain: tuple[Importer, ...] = (), *, seen: bool = False
) -> ExtensionModule:
    file = None if origin == "built-in" else origin
    abi = abi_of(file)
    return ExtensionModule(name, file, abi, declares, wants_gil(declares, abi, file), chain, seen)


def _loaded() -> Iterator[ExtensionModule]:
    """Yield the extension modules that ``sys.modules`` has.

    ``gc.get_objects()`` would have the others, too, but to hold a reference to every object breaks other
    threads: CPython cannot resize a tuple that it makes from an iterator while somebody else refers to it.

    CPython looks only at what it imports, and that has a spec; ``sys.monitoring`` has none.

    The modules are not asked for anything that could run code: a proxy has a ``__class__`` of its own, and
    reading an attribute of a module that is loaded lazily loads it.
    """
    known: set[int] = set()
    for module in sys.modules.copy().values():
        if not issubclass(type(module), ModuleType) or id(module) in known:
            continue
        known.add(id(module))
        spec = object.__getattribute__(module, "__dict__").get("__spec__")
        declares = spec and _gil.declaration(module)
        if declares:
            yield _module(spec.name, spec.origin, declares)

"""The extension modules that lie in the folders of a package, whether importing it loads them or not."""

from __future__ import annotations

import mmap
import os
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def extension_modules(package: ModuleType) -> Iterator[str]:
    """Yield the names of all extension modules in the folders of ``package``, in order.

    Of a namespace package none: its folders are others' as well.
    """
    if getattr(package, "__file__", None) is None:
        return
    for root in getattr(package, "__path__", ()):
        for folder, below, files in os.walk(root):
            below[:] = sorted(name for name in below if name.isidentifier() and name != "__pycache__")
            path = os.path.relpath(folder, root)
            parts = [] if path == os.curdir else path.split(os.sep)  # noqa: PTH206
            for file in sorted(files):
                name = _module_name(file)
                if name and _is_module(os.path.join(folder, file), name):  # noqa: PTH118
                    yield ".".join([package.__name__, *parts, name])


def _module_name(file: str) -> str | None:
    """Return the name of the module that this Python would load from a file of this name, if any."""
    for suffix in EXTENSION_SUFFIXES:  # the longest first
        if file.endswith(suffix):
            name = file.removesuffix(suffix)
            return name if name.isidentifier() else None
    return None


def _is_module(file: str, name: str) -> bool:
    """Whether a library exports what makes it this module; others are not to be loaded."""
    hooks = (f"PyInit_{name}".encode(), f"PyModExport_{name}".encode())
    try:
        with open(file, "rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:  # noqa: PTH123
            return any(content.find(hook) >= 0 for hook in hooks)
    except (OSError, ValueError):  # not to be read, or empty
        return False

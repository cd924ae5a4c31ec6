"""What the file of an extension module tells: its ABI, and the distribution that installed it."""

from __future__ import annotations

import functools
import os
import re
import sys

BUILT_IN = "built in"
NO_TAG = "no tag"

# As importlib.machinery.EXTENSION_SUFFIXES has them: on Windows, elsewhere, on both.
_TAGS = (
    re.compile(r"\.(cp\d+[a-z]*)-[^.]+\.pyd$"),
    re.compile(r"\.cpython-(\d+[a-z]*)(?:-[^.]+)?\.so$"),
    re.compile(r"\.(abi3t?)(?:-[^.]+)?\.(?:so|pyd)$"),
)


def abi_of(file: str | None) -> str:
    """Return the ABI in a file's name, as ``cp314t``, ``abi3``, ``no tag``; or ``built in`` for None."""
    if file is None:
        return BUILT_IN
    name = os.path.basename(file)  # noqa: PTH119 - pathlib is not loaded for this
    for pattern in _TAGS:
        if match := pattern.search(name):
            tag = match[1]
            return f"cp{tag}" if tag[0].isdigit() else tag
    return NO_TAG


def is_of_python(file: str | None) -> bool:
    """Return whether the file is Python's own: None, or in the standard library."""
    if file is None:
        return True
    own = (os.path.dirname(os.__file__), os.path.join(sys.base_exec_prefix, "DLLs"))  # noqa: PTH118, PTH120
    return file.startswith(tuple(folder + os.sep for folder in own)) and "-packages" + os.sep not in file


@functools.cache
def distribution_of(name: str, file: str) -> str | None:
    """Return the distribution that installed the module of this name and file, with its version, or None.

    The first call reads the metadata of all distributions on ``sys.path``.
    """
    from importlib import metadata  # noqa: PLC0415 - needs 40 other modules

    found = _providers().get(name.partition(".")[0], [])
    for candidate in found:
        try:
            distribution = metadata.distribution(candidate)
        except metadata.PackageNotFoundError:  # uninstalled meanwhile
            continue
        if len(found) == 1 or any(
            os.path.realpath(str(distribution.locate_file(path))) == os.path.realpath(file)
            for path in distribution.files or ()
            if path.name == os.path.basename(file)  # noqa: PTH119
        ):
            return f"{distribution.name} {distribution.version}"
    return None


@functools.cache
def _providers() -> dict[str, list[str]]:
    from importlib import metadata  # noqa: PLC0415

    return {name: sorted(set(found)) for name, found in metadata.packages_distributions().items()}

"""Which modules a user means by the name of a package: an import name, or that of a distribution."""

from __future__ import annotations

import importlib.util
import sys
from importlib import metadata
from typing import Literal

Kind = Literal["import", "distribution"]


class AmbiguousNameError(ValueError):
    """A name may mean either of two things, and is none that Python could import."""


def import_names(asked: str, kind: Kind | None = None) -> tuple[str, ...]:
    """Return what to import for ``asked``; nothing is imported for that.

    Raises:
        AmbiguousNameError: it is the import name of one distribution and the name of another.
        LookupError: there is neither.

    """
    module = kind != "distribution" and _exists(asked)
    provided = _provided(asked) if kind != "import" else ()
    if module and provided and asked.partition(".")[0] not in provided:
        raise AmbiguousNameError(
            f"'{asked}' is a module, and another distribution is called so, which has"
            f" {' and '.join(provided)}: say --as=import or --as=distribution."
        )
    if module:
        return (asked,)
    if provided:
        return provided
    what = {None: "module and no distribution", "import": "module", "distribution": "distribution"}[kind]
    raise LookupError(f"There is no {what} called '{asked}' in this Python.")


def _exists(asked: str) -> bool:
    """Whether there is a module at the top of that name; below, only importing could tell."""
    top, *below = asked.split(".")
    if not all(part.isidentifier() for part in (top, *below)):
        return False
    own = [] if sys.flags.safe_path else [""]
    sys.path[:0] = own
    try:
        return importlib.util.find_spec(top) is not None
    except ValueError:  # `__main__`
        return False
    finally:
        del sys.path[: len(own)]


def _provided(asked: str) -> tuple[str, ...]:
    """Return the top modules of the distribution called so, or none."""
    try:
        name = metadata.distribution(asked).name
    except (metadata.PackageNotFoundError, ValueError):  # the latter: no name at all
        return ()
    found = metadata.packages_distributions().items()
    return tuple(sorted(top for top, by in found if name in by and top.isidentifier()))

"""Say what this interpreter is, and what importing modules does to it.

Runs in the interpreter that is looked at, so it uses nothing but the standard library:

    python probe.py FILE [MODULE]...

It writes a line of JSON to FILE: what the interpreter is, then another after each import, at once, so that
after a crash the module is known at which it happened.
"""

import importlib
import importlib.machinery
import itertools
import json
import os
import platform
import sys
import sysconfig
from typing import Any


def facts() -> dict[str, Any]:
    """Describe this interpreter."""
    return {
        "implementation": sys.implementation.name,
        "version": platform.python_version(),
        # The variable is 0 or None where the build is the standard one.
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil": gil(),
        "soabi": sysconfig.get_config_var("SOABI") or "",
        "gil_disabled": sysconfig.get_config_var("Py_GIL_DISABLED"),
        "suffixes": importlib.machinery.EXTENSION_SUFFIXES,
    }


def gil() -> bool:
    """Whether the GIL is on now; before 3.13 it always is."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def imported(name: str) -> dict[str, Any]:
    """Import a module, and say how that went."""
    try:
        module = importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - a module may raise anything, and that is the answer
        words = " ".join(str(error).split())
        return {"module": name, "error": f"{type(error).__name__}: {words}", "gil": gil()}
    # A folder without __init__.py can be imported too: it may hide that the module was not found.
    return {"module": name, "file": getattr(module, "__file__", None), "gil": gil()}


def main() -> None:
    """Write the facts and what each import did."""
    file, *modules = sys.argv[1:]
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        del sys.path[0]  # the folder of this file; 3.10 has no -P, which would leave it out
    with open(file, "w", encoding="utf-8") as out:  # noqa: PTH123 - pathlib takes longer to import
        for line in itertools.chain([facts()], map(imported, modules)):
            out.write(json.dumps(line) + "\n")
            out.flush()
    os._exit(0)  # what a module has started must not keep the process


if __name__ == "__main__":
    main()

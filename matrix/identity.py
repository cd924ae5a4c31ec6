"""Prove that this interpreter, with the gil that it imports, is what the session's name promises.

Runs in the session's own interpreter, so it uses nothing but the standard library:

    python identity.py 3.14t cp314-cp314t on|off [FILE]

It prints one line, writes the same facts to FILE as JSON, and exits non-zero with one sentence at
the first promise that is not kept.
"""

import importlib.machinery
import json
import platform
import sys
import sysconfig
from pathlib import Path
from typing import Any


def facts() -> dict[str, Any]:
    """Describe this interpreter, before and after ``import gil``."""
    gil_before = gil_enabled()
    import gil._gil  # noqa: PLC0415 - its effect on the GIL is what is looked at

    return {
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}{'t' * free_threaded_build()}",
        "version": platform.python_version(),
        "implementation": sys.implementation.name,
        "free_threaded_build": free_threaded_build(),
        "gil_before": gil_before,
        "gil_after": gil_enabled(),
        "abi": gil.build_info().abi,
        "file": gil._gil.__file__,  # noqa: SLF001
        "site_packages": sysconfig.get_path("platlib"),
        "suffixes": importlib.machinery.EXTENSION_SUFFIXES,
    }


def free_threaded_build() -> bool:
    """Whether this interpreter was built without the GIL; the variable is 0 or None where not."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def gil_enabled() -> bool:
    """Whether the GIL is on now; before 3.13 it always is."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def broken_promise(seen: dict[str, Any], python: str, tag: str, gil: str) -> str | None:
    """Return what ``seen`` contradicts, as one sentence, or None."""
    file = Path(seen["file"])
    wanted_abi = tag.rpartition("-")[2].rpartition(".")[2]
    promises = (
        (seen["implementation"] == "cpython", f"it is {seen['implementation']}, not CPython"),
        (seen["python"] == python, f"it is {seen['version']}, build {seen['python']}, not {python}"),
        (
            seen["gil_after"] == seen["gil_before"],
            "importing gil turned the GIL back on",
        ),
        (seen["gil_after"] == (gil == "on"), f"the GIL is {'on' if seen['gil_after'] else 'off'}, not {gil}"),
        (
            file.is_relative_to(seen["site_packages"]),
            f"gil was imported from {file}, not from the session's {seen['site_packages']}",
        ),
        (
            file.name in {f"_gil{suffix}" for suffix in seen["suffixes"]},
            f"{file.name} has none of this interpreter's suffixes {', '.join(seen['suffixes'])}",
        ),
        (seen["abi"] == wanted_abi, f"{file.name} was compiled for {seen['abi']}, not for {wanted_abi}"),
    )
    return next((sentence for kept, sentence in promises if not kept), None)


def main() -> None:
    """Check this interpreter against the command line."""
    python, tag, gil, *report = sys.argv[1:]
    seen = facts()
    if sentence := broken_promise(seen, python, tag, gil):
        sys.exit(f"This session promises {python} with {tag}, but {sentence}.")
    build = "free-threaded" if seen["free_threaded_build"] else "standard"
    line = f"CPython {seen['version']} {build}, GIL {gil}, {Path(seen['file']).name}"
    sys.stdout.write(f"{line}\n")
    for file in report:
        Path(file).write_text(json.dumps({**seen, "line": line}), encoding="utf-8")


if __name__ == "__main__":
    main()

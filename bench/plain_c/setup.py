"""Compiles plain_c.c as `plain_c`, for this one interpreter, and as `plain_c_stable`, for the stable ABI.

The latter only if GIL_STABLE_ABI names the macro that asks for it, as `Py_LIMITED_API=0x030b0000`.
"""

import os
import sys

from setuptools import Extension, setup


def extension(name: str, *macros: tuple[str, str]) -> Extension:
    """Return the module ``name``, optimised whatever the interpreter's own flags are."""
    flags = ["/O2"] if sys.platform == "win32" else ["-O2"]
    return Extension(name, ["plain_c.c"], define_macros=[("MODULE", name), *macros], extra_compile_args=flags)


extensions = [extension("plain_c")]
if stable := os.environ.get("GIL_STABLE_ABI"):
    macro, _, value = stable.partition("=")
    extensions.append(extension("plain_c_stable", (macro, value)))
setup(ext_modules=extensions)

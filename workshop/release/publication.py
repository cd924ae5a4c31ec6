"""Publishing to a real index server on this machine, and installing and running what is there."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import commands, venvs
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from abi_matrix.building.wheels import taken
from abi_matrix.checking import completeness
from workshop import repository
from workshop.release import acceptance, sdist, wheelhouse
from workshop.repository import PROJECT, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from abi_matrix.config.table import Table

_HOST = "127.0.0.1"
_USER = "local"
_PLATLIB = "import sysconfig; print(sysconfig.get_path('platlib'))"
_PATIENCE = 30.0  # seconds until a server that has not answered is given up


@dataclass(frozen=True)
class Index:
    """A server that takes uploads."""

    url: str
    password: str


@contextmanager
def serve(tools: Path) -> Iterator[Index]:
    """Run an empty index on a free port of this machine while the block runs.

    ``tools`` is the folder of an environment with the group ``index``. The server stops with the
    block, or with this process. Raises UserError if it does not start.
    """
    password = secrets.token_urlsafe()
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [str(tools / "python"), str(ROOT / "workshop" / "release" / "index_server.py"), folder, _USER],
            env=commands.plain_environment(GIL_INDEX_PASSWORD=password),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as server,
    ):
        try:
            if address := _first_line(server):
                yield Index(address, password)
            else:
                server.wait()
                log.seek(0)
                said = commands.decoded(log.read()).strip() or f"nothing for {_PATIENCE:g} s"
                raise UserError(f"The index server did not start; run again. It said: {said}")
        finally:
            server.kill()


def _first_line(server: subprocess.Popen[bytes]) -> str:
    """Wait for a process's first line; empty if it ends, or is ended, without one."""
    impatience = threading.Timer(_PATIENCE, server.kill)
    impatience.start()
    assert server.stdout is not None  # noqa: S101 - for the type checker
    line = server.stdout.readline()
    impatience.cancel()
    return commands.decoded(line).strip()


def upload(files: Iterable[Path], index: Index) -> None:
    """Upload with `uv publish`; raises UserError with the file that the index refuses, and why."""
    env = commands.plain_environment(
        NO_PROXY=_HOST, UV_HTTP_RETRIES="0", UV_PUBLISH_PASSWORD=index.password, UV_PUBLISH_USERNAME=_USER
    )
    result = commands.run(
        find_uv_bin(), "--no-config", "publish", f"--publish-url={index.url}", *files, env=env
    )
    if result.returncode:
        said = " ".join(result.stderr.split())  # uv breaks its lines where they are long
        refused = re.search(r"Failed to publish `(.+?)`", said)
        status = re.search(r"status code (\d+ [\w ]+)", said)
        if refused is None or status is None:
            raise UserError(f"uv publish failed: {result.stderr.strip()}")
        name = Path(refused[1]).name
        if "already exists" in said:
            raise UserError(
                f"The index has {name} already, and a file is published once:"
                " raise the version in Cargo.toml and build again."
            )
        raise UserError(f"The index refused {name} with {status[1].strip()}: check its user and password.")


def publish(folder: Path, table: Table, platforms: Iterable[str], index: Index) -> list[Path]:
    """Upload what ``folder`` holds, if that is every wheel and the sdist, and nothing else; return that.

    The sdist comes last, so that nobody compiles while wheels still arrive.
    """
    files = [file.path for file in wheelhouse.require(folder, table, platforms, sdist=True).files.all]
    upload(files, index)
    return files


def install(python: str, executable: str, version: str, wheel: Path, index: Index) -> str:
    """Install the project from ``index`` into a fresh environment, and return what `gil demo` says last.

    Its dependencies come from where uv has all others from. Raises UserError if that fails, or if
    what is installed is not ``wheel``.
    """
    with tempfile.TemporaryDirectory() as folder:
        interpreter = venvs.create(Path(folder, "venv"), executable)
        env = commands.plain_environment(NO_PROXY=_HOST)
        commands.succeed(
            find_uv_bin(), "pip", "install", "--quiet", f"--python={interpreter}",
            f"--index={index.url}simple/", f"--refresh-package={PROJECT}", f"{PROJECT}=={version}",
            env=env, cwd=folder, or_say=f"{python} could not install from the index: {{said}}",
        )  # fmt: skip
        where = commands.succeed(interpreter, "-c", _PLATLIB, env=env, cwd=folder)
        if not is_installed(wheel, Path(where.strip())):
            raise UserError(f"{python} got another file than {wheel.name} from the index.")
        shown = commands.succeed(
            interpreter.parent / "gil", "demo", env=env, cwd=folder,
            or_say=f"`gil demo` of {wheel.name} failed on {python}: {{why}}",
        )  # fmt: skip
        return " ".join(shown.strip().rpartition("\n\n")[2].split())


def is_installed(wheel: Path, target: Path) -> bool:
    """Whether everything in ``wheel`` lies in the folder ``target``, byte for byte."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith(("/", ".dist-info/RECORD"))]
        return all(
            (target / name).is_file() and (target / name).read_bytes() == archive.read(name) for name in names
        )


def run(arguments: Sequence[str], table: Table, tools: Path) -> None:
    """Publish the wheelhouse that ``arguments`` name as for ``nox -s check-wheels``.

    A wheelhouse for one platform has no sdist, so one is made. Of a release's wheels those for this
    machine are published; where there are none, nothing can be installed, and that is said. ``tools`` is
    the folder of an environment with the groups ``build`` and ``index``. Raises UserError if the wheelhouse
    is not complete, or publishing or installing goes otherwise than it must.
    """
    request = acceptance.parse(arguments)
    found = wheelhouse.require(request.folder, table, request.platforms, sdist=request.sdist)
    with tempfile.TemporaryDirectory() as folder:
        sdists = [file.path for file in found.files.sdists] or [sdist.make(tools, Path(folder))]
        platform = request.here or request.platforms[0]
        files = [one.path for one in found.files.wheels if platform in completeness.families(found, one)]
        executables = acceptance.executables(table) if request.here else {}
        publish_locally([*files, *sdists], table, platform, executables, tools)
        if request.here is None:
            say(f"{request.elsewhere}: publishing was tried, installing was not.")


def publish_locally(
    files: Iterable[Path], table: Table, platform: str, executables: Mapping[str, str], tools: Path
) -> None:
    """Publish ``files``, for one platform, to a server of our own, then install and run them.

    ``executables`` are the paths of the interpreters to do that on, by name; there may be none.
    Before and after, what must be refused is tried: a wheel missing, one of another version, a wrong
    password, uploading twice. Raises UserError at the first that goes otherwise.
    """
    version = repository.version()
    with tempfile.TemporaryDirectory() as temporary, serve(tools) as index:
        folder = Path(temporary, "dist")
        folder.mkdir()
        for file in files:
            shutil.copy2(file, folder)
        first = min(folder.glob("*.whl"))
        lacking = shutil.copytree(folder, Path(temporary, "lacking"), ignore=lambda *_: [first.name])
        other = shutil.copytree(folder, Path(temporary, "other"))
        (other / first.name).rename(other / first.name.replace(version, "0.0.1"))

        def publish_(spoilt: Path) -> list[Path]:
            return publish(spoilt, table, [platform], index)

        _refused("A missing wheel", "is missing", lambda: publish_(lacking))
        _refused("A wheel of another version", "is of version 0.0.1", lambda: publish_(other))
        _refused("A wrong password", "403 Forbidden", lambda: upload([first], Index(index.url, "wrong")))
        say(f"Uploaded {', '.join(file.name for file in publish_(folder))}.")
        _refused("Uploading twice", "already", lambda: publish_(folder))
        for python, executable in executables.items():
            wheel = taken(folder, python)
            verdict = install(python, executable, version, wheel, index)
            say(f"{python}: {wheel.name} from the index, and `gil demo` says: {verdict}")


def _refused(what: str, reason: str, work: Callable[[], object]) -> None:
    try:
        work()
    except UserError as error:
        if reason not in str(error):
            raise
        say(f"{what}: refused, as it must be: {error}")
    else:
        raise UserError(
            f"{what} was not refused: publishing is not safe, mend workshop/release/publication.py."
        )

"""The wheels as they are published: by cibuildwheel, in containers, from what git knows.

Two cibuildwheels take part, each with its own configuration: 4.x has dropped 3.13t, 3.4.1 was the
last to know it. What is said here comes on top, as CIBW_* variables, and only where the official
images cannot be pulled; the workflows use the configurations as they stand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from workshop import arguments, repository
from workshop.containers import debian_image, engine, options
from workshop.release import configurations, wheelhouse
from workshop.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from abi_matrix.config.table import Table
    from workshop.containers.engine import Engine

    Environment = dict[str, str]

_USAGE = "say `nox -s wheels -- [official|local]`."
_MEBIBYTES = 500
_PLATFORM = "manylinux_"

# Runs beside cibuildwheel: only that knows which image its pins and a configuration amount to.
_IMAGES = f"""\
import os, sys
from cibuildwheel.options import CommandLineArguments, compute_options
arguments = CommandLineArguments.defaults()
arguments.config_file, *identifiers = sys.argv[1:]
options = compute_options(platform="linux", command_line_arguments=arguments, env=os.environ)
for identifier in identifiers:
    print(options.build_options(identifier).manylinux_images[identifier.partition("-{_PLATFORM}")[2]])
"""


@dataclass(frozen=True)
class Configuration:
    """A version of cibuildwheel, and the file that says what it builds."""

    group: str
    """The dependency group in pyproject.toml, and so in uv.lock, that has this release."""
    config: str

    def run(self, folder: Path, environment: Environment, *command: str, stdout: int | None = None) -> str:
        """Run a command beside this cibuildwheel in ``folder``; return its output if that is piped.

        Raises UserError if it fails; what it says of that is on this process's stderr.
        """
        uv = (find_uv_bin(), "run", "--quiet", "--locked", "--isolated", f"--only-group={self.group}")
        result = subprocess.run(
            commands.mortal(*uv, f"--python={sys.executable}", *command),
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, check=False,
        )  # fmt: skip
        if result.returncode:
            raise UserError(
                f"{command[0]} with {self.config} failed (status {result.returncode});"
                " its messages are above: mend what they say and run again."
            )
        return commands.decoded(result.stdout or b"")

    def selected(self, folder: Path, environment: Environment) -> list[str]:
        """Return cibuildwheel's identifiers of the builds for this machine's manylinux.

        Raises UserError if there are none.
        """
        command = (*self._command, "--print-build-identifiers")
        printed = self.run(folder, environment, *command, stdout=subprocess.PIPE)
        identifiers = [identifier for identifier in printed.split() if f"-{_PLATFORM}" in identifier]
        if not identifiers:
            raise UserError(f"{self.config} selects no manylinux build here: mend its `build` and run again.")
        return identifiers

    def images(self, folder: Path, environment: Environment, identifiers: Iterable[str]) -> list[str]:
        """Return the images that these builds want."""
        command = ("python", "-c", _IMAGES, self.config, *identifiers)
        return self.run(folder, environment, *command, stdout=subprocess.PIPE).split()

    def build(self, folder: Path, environment: Environment, identifiers: Iterable[str], to: Path) -> None:
        """Build and test; the wheels are then in ``to``."""
        environment = {**environment, "CIBW_BUILD": " ".join(identifiers)}
        say(f"cibuildwheel with {self.config}: {environment['CIBW_BUILD']}")
        self.run(folder, environment, *self._command, f"--output-dir={to}")

    @property
    def _command(self) -> tuple[str, ...]:
        return ("cibuildwheel", "--platform=linux", "--archs=native", f"--config-file={self.config}")


CONFIGURATIONS = tuple(Configuration(group, config) for group, config in configurations.FILES.items())


def build(words: Sequence[str], table: Table) -> list[Path]:
    """Build and test the table's wheels for this machine's Linux, and return them in wheelhouse/.

    ``words`` may force the image: ``official`` or ``local``; else it is the official one where
    that can be pulled. Raises UserError if anything fails or other wheels come out, and then leaves
    wheelhouse/ as it was.
    """
    parser = arguments.parser()
    parser.add_argument("image", nargs="?", choices=("official", "local"))
    forced = arguments.read(parser, words, _USAGE).image
    works = engine.find()
    with cache.lock("wheels"), cache.working_folder("wheels", _MEBIBYTES, "Building wheels") as work:
        works.remove_containers(options.LABEL)  # of a killed run
        # A copy: cibuildwheel takes its whole folder along, and here that has target/ and .nox/.
        copy, out = repository.copy(work / "clone"), work / "out"
        plain = _environment()
        selected = {one: one.selected(copy, plain) for one in CONFIGURATIONS}
        wanted = {name: None for one in CONFIGURATIONS for name in one.images(copy, plain, selected[one])}
        platform = selected[CONFIGURATIONS[0]][0].partition("-")[2]
        settings = choose(works, list(wanted), forced, platform.removeprefix(_PLATFORM), table)
        for one in CONFIGURATIONS:
            one.build(copy, {**plain, **settings}, selected[one], out)
        wheelhouse.require(out, table, [platform])
        return _collect(out)


def choose(
    works: Engine, official: Sequence[str], forced: str | None, machine: str, table: Table
) -> Environment:
    """Return the environment that makes cibuildwheel use the ``official`` images, or the local one.

    Says which. Raises UserError if what is wanted cannot be had.
    """
    if forced != "local":
        refusal = next((reason for name in official if (reason := works.pull(name))), None)
        if refusal is None:
            say(f"Images: official ({', '.join(official)}).")
            works = engine.able_to_start(works, official[0])
            return {"CIBW_CONTAINER_ENGINE": os.environ.get("CIBW_CONTAINER_ENGINE", works.name), **works.env}
        if forced == "official":
            raise UserError(
                f"The official images cannot be pulled ({refusal}): connect to their registry, or run"
                " `nox -s wheels -- local`."
            )
        say(f"The official images cannot be pulled ({refusal}).")
    name = debian_image.provide(works, table)
    say(f"Image: local ({name}). Its wheels need this machine's glibc: they are not for publishing.")
    return options.environment(engine.able_to_start(works, name), name, machine)


def _environment() -> Environment:
    return {
        **os.environ,
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH") or _commit_time(),
    }


def _commit_time() -> str:
    return commands.succeed(
        "git", "log", "-1", "--format=%ct", cwd=ROOT,
        or_say="There is no commit whose date the wheels could bear:"
        " commit, or set SOURCE_DATE_EPOCH, and run again.",
    ).strip()  # fmt: skip


def _collect(out: Path) -> list[Path]:
    """Put the wheels in ``out`` in the place of all that are in wheelhouse/, each when it is whole."""
    wheelhouse.FOLDER.mkdir(exist_ok=True)
    files = []
    for built in sorted(out.iterdir()):
        files.append(wheelhouse.FOLDER / built.name)
        part = files[-1].with_suffix(".part")
        shutil.copyfile(built, part)
        cache.replace(part, files[-1])
        say(f"{files[-1].relative_to(ROOT)}: {files[-1].stat().st_size} bytes")
    for old in (*wheelhouse.FOLDER.glob("*.whl"), *wheelhouse.FOLDER.glob("*.part")):
        if old not in files:
            old.unlink()
    return files

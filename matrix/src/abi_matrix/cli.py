"""The command line: ``abi-matrix``, or ``python -m abi_matrix``."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

import click

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import escape_what_cannot_be_printed
from abi_matrix.checking import run, show
from abi_matrix.checking.completeness import Demand
from abi_matrix.checking.findings import CODES
from abi_matrix.config.table import Table, load
from abi_matrix.interpreters.machines import FAMILY
from abi_matrix.starting.commands import init, jobs


class _Commands(click.Group):
    """Commands that say in one sentence what their caller can mend, and exit with 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        escape_what_cannot_be_printed()
        try:
            return super().invoke(ctx)
        except UserError as error:
            sentence = str(error)
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read the output has seen enough; click ends it
                raise
            what = error.filename or "The output"
            sentence = f"{what} cannot be used ({error.strerror}): mend that and run again."
            with suppress(OSError):  # what is not printed yet would fail once more
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"Error: {sentence}", err=True)
        return ctx.exit(2)


def _table(_: click.Context, __: click.Parameter, file: Path | None) -> Table | None:
    if file is None:
        return None
    if file.name != "pyproject.toml":
        raise click.BadParameter(f"'{file}' is no pyproject.toml, which alone has a table.")
    return load(file.resolve().parent)


def _families(_: click.Context, __: click.Parameter, named: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [name for name in named if not FAMILY.fullmatch(name)]:
        raise click.BadParameter(
            f"'{wrong[0]}' is no platform: say manylinux_x86_64 (no version in it), macosx_arm64, win32."
        )
    return named


@click.group(name="abi-matrix", cls=_Commands)
@click.version_option(package_name="abi-matrix", message="abi-matrix %(version)s")
def main() -> None:
    """Know which wheel each Python interpreter gets."""


main.add_command(init)
main.add_command(jobs)


@main.command(short_help="Say which wheel each interpreter gets, and what is wrong.")
@click.argument("paths", nargs=-1, metavar="[FOLDER|FILE]...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="NAME",
    help="Only for this interpreter, or these: 3.14, 3.14t, pypy3.11.",
)
@click.option("--prove", is_flag=True, help="Ask the pip and uv of this machine, and import what they take.")
@click.option(
    "--table",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="PYPROJECT",
    callback=_table,
    help="The pyproject.toml with the table that the files must be complete by.",
)
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    metavar="NAME",
    callback=_families,
    help="Its wheels must be there: win_amd64.",
)
@click.option("--sdist", is_flag=True, help="The sdist must be there, too.")
@click.option("--audit", is_flag=True, help="Run auditwheel, abi3audit, abi3t-doctor, check-wheel-contents.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    type=click.Choice([*CODES]),
    help="Leave out this kind of finding.",
)
@click.option("--strict", is_flag=True, help="Fail also if something could not be checked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
def check(  # noqa: PLR0913, PLR0917 - click passes each option
    paths: tuple[Path, ...],
    pythons: tuple[str, ...],
    table: Table | None,
    platforms: tuple[str, ...],
    sdist: bool,
    prove: bool,
    audit: bool,
    ignore: tuple[str, ...],
    strict: bool,
    as_json: bool,
) -> None:
    """Say which wheel each interpreter gets, and what is wrong.

    Looks at the wheels and sdists in each FOLDER and at each FILE, by default in dist, for every platform
    that they are for and every CPython of today.

    In a project with [tool.abi-matrix], or with --table, it is for that table's interpreters, and what the
    table asks for has to be there: each row's wheel on each platform, of one version, and nothing else.

    Exits with 0 if nothing is wrong, with 1 if something is, and with 2 for wrong usage and unreadable files.
    """
    if not paths and not Path("dist").is_dir():
        raise click.UsageError("There is no folder dist here: name the folder or the files to check.")
    demand = Demand(table, platforms, sdist)
    matrix, report = run.check(paths or [Path("dist")], pythons, demand, prove=prove, audit=audit)
    report.findings = [finding for finding in report.findings if finding.code not in ignore]
    if as_json:
        click.echo(show.as_json(matrix, report))
    else:
        show.as_text(matrix, report)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in show.as_annotations(report):
            click.echo(line, err=True)
    if report.findings or (strict and report.unchecked):
        sys.exit(1)

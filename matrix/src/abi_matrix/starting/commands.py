"""The commands `init` and `jobs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

import click

from abi_matrix.base.errors import NO_TABLE, InputError
from abi_matrix.config.table import load
from abi_matrix.starting import files, project, proposal
from abi_matrix.starting import jobs as jobs_
from abi_matrix.starting.advice import next_steps, unknown


@click.command(short_help="Propose the table, a noxfile and workflows for a project with PyO3.")
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--beside", is_flag=True, help="Where a file is there already, write ours with another name.")
def init(folder: Path, dry_run: bool, beside: bool) -> None:
    """Propose the table, a noxfile and workflows for a project with PyO3.

    Reads pyproject.toml and Cargo.toml in FOLDER, by default this one, shows the rows of the table with what
    each is for, and adds them to pyproject.toml. Files that are there already are left alone.

    Exits with 2 and writes nothing if it cannot propose a table.
    """
    found = project.read(folder)
    proposed = proposal.propose(found)
    planned = files.plan(found, proposed, beside=beside)
    if not dry_run:
        files.write(folder, planned.new)
    requires = found.requires_python or "any version"
    pyo3 = found.crate.pyo3 or "of a version that Cargo.toml does not say"
    click.echo(f"{found.name}: built by {found.backend} with PyO3 {pyo3}, for Python {requires}\n")
    click.echo(proposal.text(found, proposed))
    for name, content in planned.new.items():
        click.echo(f"{name} {'would be' if dry_run else 'is'} written")
        if dry_run and name != "pyproject.toml":
            click.echo("\n" + "".join(f"    {line}".rstrip() + "\n" for line in content.splitlines()))
    for name, other in planned.alone.items():
        aside = f" (with --beside ours is {other})" if other and other not in planned.new else ""
        click.echo(f"{name} is left alone{aside}")
    for title, lines in (
        ("What the files do not say", unknown(found, proposed)),
        ("Next", next_steps(found, planned)),
    ):
        click.echo(f"\n{title}:\n" + "\n".join(f"- {line}" for line in lines))


@click.command(short_help="Print the jobs of a workflow on GitHub, as JSON.")
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--wheels", is_flag=True, help="Those in which cibuildwheel builds the wheels.")
@click.option(
    "--sessions",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Those for nox's own list, `nox --list --json`; - reads it from standard input.",
)
def jobs(folder: Path, wheels: bool, sessions: IO[str] | None) -> None:
    """Print the jobs of a workflow on GitHub, as JSON for its `matrix`.

    Without options these are the test sessions of the table in FOLDER, by default this one, on Linux (both
    architectures), macOS and Windows. Of nox's own list, sessions with the tag `test` run on each of them,
    those with the tag `check` on the first.
    """
    if wheels:
        include = jobs_.wheels(load(folder.resolve()))
    else:
        listed = _listed(sessions) if sessions else jobs_.sessions(load(folder.resolve()))
        include = jobs_.tests(listed)
    click.echo(json.dumps({"include": include}))


def _listed(file: IO[str]) -> list[dict[str, list[str]]]:
    try:
        listed = json.load(file)
        return [{"session": one["session"], "tags": one["tags"]} for one in listed]
    except (ValueError, TypeError, KeyError):
        raise InputError(NO_TABLE, "That is no list of sessions: give it `nox --list --json`.") from None

"""``gil imports``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gil.cli.examples import CommandWithExamples
from gil.cli.output import STDOUT, UNKNOWN, check_folder, json_option, one_sentence, say, width, write_json
from gil.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gil.instruments.imports.names import Kind
    from gil.instruments.imports.result import ImportsResult, PackageImports


_EXAMPLES = (
    ("gil imports fastavro", "A package, or one that is installed under this name."),
    ("gil imports scikit-learn numpy --json imports.json", "Several, with all that was seen in a file."),
)


@click.command(
    name="imports",
    cls=CommandWithExamples,
    examples=_EXAMPLES,
    short_help="Name each module that wants the GIL, with who imports it.",
)
@click.argument("packages", nargs=-1, required=True, metavar="PKG...")
@click.option(
    "--as",
    "kind",
    type=click.Choice(["import", "distribution"]),
    help="What each PKG is the name of. Without it either, if only one of them exists.",
)
@click.option(
    "--only-import",
    is_flag=True,
    help="Do not load the extension modules in the folders of PKG that importing it does not load.",
)
@click.option(
    "--timeout",
    type=float,
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long importing one package may take.",
)
@json_option
def imports_command(
    packages: tuple[str, ...], kind: Kind | None, only_import: bool, timeout: float, json_file: str | None
) -> None:
    """Name each module that wants the GIL, with who imports it.

    Imports each PKG, a module or all modules of a distribution, in a process of its own, then the extension
    modules that lie in its folders, and tells of all that this loads which of them switch the GIL on in a
    free-threaded Python.

    Exits with 0 if no module wants the GIL, with 1 if one does, with 2 for wrong usage, and with 3 if that
    could not be measured: a package cannot be imported, or this is a standard build.
    """
    from gil.instruments.imports import inspection  # noqa: PLC0415

    check_folder(json_file)
    try:
        inspection.check(timeout)
        found = {package: inspection.resolved(package, kind) for package in dict.fromkeys(packages)}
    except ValueError as error:  # of the names, too
        raise click.UsageError(str(error)) from None
    with one_sentence():
        result = inspection.result(_inspected(found, timeout, rest=not only_import))
        if json_file != STDOUT:
            _show(result)
        if json_file is not None:
            write_json(json_file, result.as_json())
    if result.wants_gil is not False:
        sys.exit(1 if result.wants_gil else UNKNOWN)


def _inspected(
    found: dict[str, tuple[str, ...] | LookupError], timeout: float, *, rest: bool
) -> Iterator[PackageImports]:
    from gil.instruments.imports import inspection  # noqa: PLC0415

    for number, (package, names) in enumerate(found.items(), 1):
        with progress(lines=False) as show:

            def tell(gone: float, what: str = f"{number} of {len(found)}: {package}") -> None:
                show(f"{what}, {gone:.0f} s")

            inspected = inspection.inspect_package(package, names, timeout=timeout, rest=rest, tell=tell)
        yield inspected


def _show(result: ImportsResult) -> None:
    from gil.view import imports as text  # noqa: PLC0415

    columns = width()
    say(text.introduction(result, columns))
    for package in result.packages:
        say(f"\n{text.paragraph(package, columns)}")
    if end := text.conclusion(result, columns):
        say(f"\n{end}")

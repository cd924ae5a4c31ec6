"""The command line: ``gil``, or ``python -m gil``."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
import textwrap
from typing import TYPE_CHECKING, Any, NoReturn

import click

import gil
from gil import situations, situations_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gil import demo

# What one command alone needs, or an option, is imported there: it is a third of what starting takes.

STDOUT_FD = 1
STDERR_FD = 2
# What a shell reports of a process that died of SIGINT.
INTERRUPTED = 130
STDOUT = "-"
# An old console of Windows breaks a line that fills it; rich leaves out its last column too.
LAST_COLUMN = int(os.name == "nt")
# Longer lines of text are harder to read.
WIDEST = 100


json_option = click.option(
    "--json",
    "json_file",
    is_flag=False,
    flag_value=STDOUT,
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    metavar="[FILE]",
    help="Write the result as JSON: to FILE, or without FILE to standard output and nothing else there.",
)


class _Commands(click.Group):
    """The commands; click prints the help itself, and knows of closed pipes only what other systems do."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own
        """Run the command that the arguments name."""
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if not _is_of_a_closed_pipe(error):
                raise
            _leave(1)


@click.group(name="gil", cls=_Commands)
@click.version_option(gil.__version__, message="gil-demo %(version)s")
def main() -> None:
    """See the GIL."""


@main.command(name="demo", short_help="Show what a GIL does to two threads.")
@click.option(
    "--detached",
    type=float,
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the Rust thread sleeps detached; the Python thread sleeps 1.2 times as long.",
)
@click.option(
    "--attached",
    type=float,
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the Rust thread sleeps attached.",
)
@json_option
def demo_command(detached: float, attached: float, json_file: str | None) -> None:
    """Show what a GIL does to two threads.

    Runs a Python thread beside a Rust thread, draws when each was attached, and says what their order proves.

    Exits with 0 if the run proved something, with 1 if it did not or failed, with 2 for wrong usage, and with
    130 after Ctrl-C. With a GIL, Ctrl-C has to wait while the Rust thread sleeps attached.
    """
    from gil import demo  # noqa: PLC0415

    try:
        demo.check(detached, attached)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    _check_folder(json_file)
    with _one_sentence():
        proven = _demo(detached, attached, json_file)
    if not proven:
        sys.exit(1)


class _SituationsCommand(click.Command):
    """A command whose help lists the situations before the options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list, then the options."""
        with formatter.section("Situations"):
            formatter.write_dl(
                [(name, situation.question) for name, situation in situations.CATALOGUE.items()]
            )
        super().format_options(ctx, formatter)


# Of what is not said to be a `short_help`, `gil --help` shows no more than fits in one line.
@main.command(
    name="situations",
    cls=_SituationsCommand,
    short_help="Show when code must be attached, and what that does to other threads.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(list(situations.CATALOGUE)))
@json_option
def situations_command(names: tuple[str, ...], json_file: str | None) -> None:
    """Show when code must be attached, and what that does to other threads.

    Runs each situation, or those named, while one thread ticks and, where there is no GIL, another collects
    garbage; says whether it was attached at each step, what the others got to do, and what that proves.

    Exits with 0 if all of them proved something, with 1 if one did not or failed, with 2 for wrong usage, and
    with 130 after Ctrl-C.
    """
    _check_folder(json_file)
    if json_file in situations.CATALOGUE:
        raise click.UsageError(f"'{json_file}' would be a file; name the situations before --json.")
    with _one_sentence():
        results = _situations(names, json_file)
    if any(result.kind == situations.NOTHING for result in results):
        sys.exit(1)


def _check_folder(json_file: str | None) -> None:
    if json_file in {None, STDOUT}:
        return
    from pathlib import Path  # noqa: PLC0415

    if not Path(str(json_file)).resolve().parent.is_dir():
        raise click.UsageError(f"The folder of '{json_file}' does not exist.")


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    """End the process with one sentence after Ctrl-C, or where something cannot be written."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        _leave(INTERRUPTED)
    except OSError as error:
        if not _is_of_a_closed_pipe(error):
            click.echo(f"Error: {error}", err=True)
        _leave(1)


def _is_of_a_closed_pipe(error: OSError) -> bool:
    """Whether the reader of what was written has had enough: nobody needs to be told.

    Windows' C library, through which Python writes there, makes of that an invalid argument.
    """
    windows = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or windows


def _demo(detached: float, attached: float, json_file: str | None) -> bool:
    """Run the demo, write what was asked for, and return whether the run proved anything."""
    from gil import demo  # noqa: PLC0415

    # Without a GIL a collection would wait for the end of the Rust thread's attached phase, and whoever it
    # overtakes with it: the Python thread, which then proves nothing, or the main one after Ctrl-C.
    gc.disable()
    if json_file == STDOUT:
        with _stdout_to_stderr():
            result = demo.run(detached=detached, attached=attached)
        click.echo(_json(result.as_json()), nl=False)
        return result.proven
    result = demo.run(detached=detached, attached=attached)
    if json_file is not None:
        _write(json_file, _json(result.as_json()))
    _show(result)
    return result.proven


def _situations(names: tuple[str, ...], json_file: str | None) -> list[situations.Result]:
    """Run the situations, write what was asked for, and return what they showed."""
    import shutil  # noqa: PLC0415

    info = gil.build_info()
    width = min(shutil.get_terminal_size().columns - LAST_COLUMN, WIDEST)
    results = []
    if json_file != STDOUT:
        click.echo(situations_text.introduction(info, width))
    for result in situations.run(names):
        results.append(result)
        if json_file != STDOUT:
            click.echo(f"\n{situations_text.paragraph(result, width)}")
    if json_file is not None:
        text = _json(
            {
                "python": info.python,
                "free_threaded_build": info.free_threaded_build,
                "gil_enabled": info.gil_enabled,
                "situations": [result.as_json() for result in results],
            }
        )
        if json_file == STDOUT:
            click.echo(text, nl=False)
        else:
            _write(json_file, text)
    return results


def _show(result: demo.DemoResult) -> None:
    from rich.console import Console  # noqa: PLC0415

    from gil.drawing import Lane, draw  # noqa: PLC0415
    from gil.phases import by_thread, phases  # noqa: PLC0415

    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
    asked_ns = round(result.sleep_s * 1e9)
    build = "free-threaded" if result.free_threaded_build else "standard"
    console.print()
    console.print(f"Python {result.python}, {build} build, GIL {'on' if result.gil_enabled else 'off'}")
    console.print()
    own = by_thread(result.events)
    draw(
        console, [Lane(name, phases(own[ident], asked_ns=asked_ns)) for ident, name in result.threads.items()]
    )
    console.print()
    console.print(textwrap.fill(result.verdict, console.width), soft_wrap=True)


def _json(result: dict[str, Any]) -> str:
    import json  # noqa: PLC0415

    return json.dumps(result, indent=2, allow_nan=False) + "\n"


def _write(file_name: str | Path, text: str) -> None:
    """Write ``text`` to the file of this name: all of it, or leave what was there."""
    from pathlib import Path  # noqa: PLC0415

    path = Path(file_name)
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")  # a device or a pipe can only be written to
        return
    path = path.resolve()  # a link stays a link
    # Not the tempfile module: its files are for their owner only, whatever the umask says.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    file = temporary.open("x", encoding="utf-8")
    try:
        with file:  # Windows neither replaces nor removes a file that is open
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send what Python and Rust print to standard error for a while; Rust knows only the file descriptor.

    After a failure or Ctrl-C it stays so: a thread of the demo may still be about to print.
    """
    kept = os.dup(STDOUT_FD)
    os.dup2(STDERR_FD, STDOUT_FD)
    with contextlib.redirect_stdout(sys.stderr):
        yield
    os.dup2(kept, STDOUT_FD)
    os.close(kept)


def _leave(code: int) -> NoReturn:
    """End the process now: the normal way joins the demo's threads, which may be asleep for long."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)

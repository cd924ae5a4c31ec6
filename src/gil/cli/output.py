"""What all commands do alike: JSON, one sentence for what went wrong, an end that waits for no thread."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STDOUT_FD = 1
STDERR_FD = 2
# The exit code of a run that proves nothing, or of what could not be measured.
UNKNOWN = 3
# What a shell reports of a process that died of SIGINT.
INTERRUPTED = 130
STDOUT = "-"
# An old console of Windows breaks a line that fills it; rich leaves out its last column too.
LAST_COLUMN = int(os.name == "nt")
# Longer lines of text are harder to read.
WIDEST = 100
# In shorter ones next to a label there would be a letter each, or none.
NARROWEST = 20


def _file_name(_context: click.Context, _option: click.Parameter, json_file: str | None) -> str | None:
    """Return the name of a file, or fail with a usage error if it is empty, as click's own types do not."""
    if json_file == "":  # not None, which is no name at all
        raise click.BadParameter("'' is no name of a file.")
    return json_file


json_option = click.option(
    "--json",
    "json_file",
    is_flag=False,
    flag_value=STDOUT,
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    metavar="[FILE]",
    callback=_file_name,
    help="Write the result as JSON: to FILE, or without FILE to standard output and nothing else there.",
)


def check_folder(json_file: str | None) -> None:
    """Fail with a usage error if the folder of the file to write does not exist."""
    if json_file in {None, STDOUT}:
        return
    from pathlib import Path  # noqa: PLC0415

    if not Path(str(json_file)).resolve().parent.is_dir():
        raise click.UsageError(f"The folder of '{json_file}' does not exist.")


@contextlib.contextmanager
def one_sentence() -> Iterator[None]:
    """End the process with one sentence where something cannot be written."""
    try:
        yield
    except OSError as error:
        if not is_of_a_closed_pipe(error):
            click.echo(f"Error: {error}", err=True)
        leave(1)


def is_of_a_closed_pipe(error: OSError) -> bool:
    """Whether the reader of what was written has had enough: nobody needs to be told.

    Windows' C library, through which Python writes there, makes of that an invalid argument.
    """
    windows = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or windows


def as_text(result: dict[str, Any]) -> str:
    """Return JSON as `--json` writes it."""
    import json  # noqa: PLC0415

    return json.dumps(result, indent=2, allow_nan=False) + "\n"


def width() -> int:
    """Return how wide a line of text may be."""
    import shutil  # noqa: PLC0415

    return max(NARROWEST, min(shutil.get_terminal_size().columns - LAST_COLUMN, WIDEST))


def say(text: str, *, nl: bool = True) -> None:
    """Write to standard output, or raise OSError where there is none, of which click would say nothing."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    click.echo(text, nl=nl)


def write_json(json_file: str, result: dict[str, Any]) -> None:
    """Write the result to where ``--json`` says: a file, or standard output."""
    if json_file == STDOUT:
        say(as_text(result), nl=False)
    else:
        write(json_file, as_text(result))


def write(file_name: str | Path, text: str) -> None:
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
def stdout_to_stderr() -> Iterator[None]:
    """Send what Python and Rust print to standard error for a while; Rust knows only the file descriptor.

    After a failure or Ctrl-C it stays so: a thread of the demo may still be about to print.
    """
    kept = os.dup(STDOUT_FD)
    if sys.stderr is None:  # the number of standard error is free then, or another file's
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, STDOUT_FD)
        os.close(nowhere)
    else:
        os.dup2(STDERR_FD, STDOUT_FD)
    with contextlib.redirect_stdout(sys.stderr):
        yield
    os.dup2(kept, STDOUT_FD)
    os.close(kept)


def leave(code: int) -> NoReturn:
    """End the process now: the normal way joins the demo's threads, which may be asleep for long."""
    if sys.stderr is not None:  # the process was started without one
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
    os._exit(code)

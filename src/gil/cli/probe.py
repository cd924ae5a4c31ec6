"""``gil probe``."""

from __future__ import annotations

import contextlib
import math
import sys
from typing import TYPE_CHECKING, Any

import click

from gil.cli.examples import CommandWithExamples
from gil.cli.output import STDOUT, UNKNOWN, check_folder, json_option, one_sentence, say, width, write_json
from gil.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gil.instruments.survey.request import Request

_EXAMPLES = (
    ("gil probe time:sleep 0.1", "One call, with arguments that are Python expressions."),
    ("gil probe re:match \"'(a+)+b'\" \"'a'*24\"", "Text needs quotes of its own."),
    ("gil probe zlib:compress data -s 'data = bytes(10**7)'", "What the setup defines is at hand."),
    ("gil probe -c 'sorted(range(10**6))'", "Any code."),
    ("gil probe hashlib:sha256 'bytes(10**8)' --releases 0.9", "Fails if it does not: for CI."),
    ("gil probe zlib --all --json base.json", "All that a module has, and a baseline of it."),
    ("gil probe zlib --all --args args.toml", "Calls them with what the file says."),
    ("gil probe zlib --all --baseline base.json", "Fails if one that let go no longer does."),
)
# What the examples call with that file; each line fits where it is narrow.
_ARGS = """\
setup = "data = bytes(10**6)"
[call]
compress = ["data", "level=1"]
[skip]
adler32 = "not of interest"
"""
# Seconds: what takes less needs no progress.
_SHOW_AFTER = 1.0


class _ProbeCommand(CommandWithExamples):
    """A command whose help ends in a file, too."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, and what a file of ``--args`` looks like."""
        super().format_epilog(ctx, formatter)
        with formatter.section("A FILE for --args"):
            for line in _ARGS.splitlines():
                formatter.write_text(line)


class _FloatRange(click.FloatRange):
    """A number in a range; click lets NaN through, which is not in any."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own
        """Return the number, or fail with a usage error."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{number} is not in the range {self.min:g} to {self.max:g}.", param, ctx)
        return number


@click.command(
    name="probe",
    cls=_ProbeCommand,
    examples=_EXAMPLES,
    short_help="Say what a call does to the GIL and to other threads.",
)
@click.argument("target", required=False, metavar="[MODULE:FUNC]")
@click.argument("arguments", nargs=-1, metavar="[ARG]...")
@click.option("-c", "--code", metavar="CODE", help="Probe this code, instead of a function.")
@click.option("-s", "--setup", metavar="CODE", help="Run this first; ARGs and CODE may use its names.")
@click.option("--all", "everything", is_flag=True, help="Probe all public callables of MODULE.")
@click.option(
    "--args",
    "plan_file",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="With --all: what to call them with, TOML or JSON: 'setup', and tables 'call' and 'skip'.",
)
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="With --all: fail if one that let go when --json wrote FILE no longer does.",
)
@click.option(
    "--releases",
    type=_FloatRange(0, 1),
    metavar="SHARE",
    help="Fail unless the call lets go for this share of its time, 0 to 1.",
)
@click.option(
    "--seconds",
    type=_FloatRange(0, 3600, min_open=True),
    metavar="SECONDS",
    help="How long to repeat a short call: 1, with --all 0.5.",
)
@click.option("--once", is_flag=True, help="Call once, however short that is.")
@click.option(
    "--timeout",
    type=_FloatRange(0, 86400, min_open=True),
    metavar="SECONDS",
    help="How long to wait for the whole: 60, with --all 10 for each.",
)
@json_option
def probe_command(**options: Any) -> None:  # noqa: ANN401 - click's
    """Say what a call does to the GIL and to other threads.

    Calls FUNC, which may have dots in it, in a process of its own, while a native thread looks whether it is
    attached. A short call is repeated. Each ARG is a Python expression, or NAME= and one; the module's names
    are at hand. One that begins with a dash must come after --. What the call prints goes to standard error.

    With --all, arguments are made up by signature and by trial, in an empty folder: not for modules that
    delete, send or stop something.

    Exits with 0 if all is as asked, with 1 if it is not, with 2 for wrong usage, with 3 if it could not be
    measured, and with 130 after Ctrl-C.
    """
    _check(**options)
    with one_sentence():
        code = _all(options) if options["everything"] else _one(options)
    if code:
        sys.exit(code)


def _check(
    *,
    target: str | None,
    arguments: tuple[str, ...],
    code: str | None,
    everything: bool,
    json_file: str | None,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Fail with a usage error if the options do not go together."""
    if target is None and code is None:
        if json_file not in {None, STDOUT}:
            raise click.UsageError(
                f"'{json_file}' would be the file of --json; name what to probe before it."
            )
        raise click.UsageError("Name what to probe: MODULE:FUNC, MODULE --all, or -c CODE.")
    check_folder(json_file)
    if code is not None and (target is not None or everything):
        raise click.UsageError("Either MODULE:FUNC or -c CODE, not both.")
    if everything:
        if ":" in str(target) or arguments or options["setup"] is not None or options["once"]:
            raise click.UsageError(
                "--all takes a MODULE only; --args FILE says what to call its functions with."
            )
    elif options["plan_file"] or options["baseline"]:
        raise click.UsageError("--args and --baseline go with --all.")
    elif target is not None and not all(target.partition(":")):
        raise click.UsageError(
            f"'{target}' names no function: say {target.strip(':')}:FUNC, or --all for all of them."
        )


def _one(options: dict[str, Any]) -> int:
    """Probe a call, write what was asked for, and return the exit code."""
    from gil.instruments.probe.result import Kind, Probe  # noqa: PLC0415
    from gil.instruments.survey.process import ask  # noqa: PLC0415
    from gil.instruments.survey.property import releases  # noqa: PLC0415
    from gil.view.probe import paragraph  # noqa: PLC0415

    request = _request(options)
    with _told(), progress(lines=False) as show:

        def tell(gone: float) -> None:
            if gone >= _SHOW_AFTER:
                show(f"{request.name}: {gone:.0f} s")

        answer = ask(request, options["timeout"] or 60.0, tell=tell)
    probe = Probe.from_json(answer["probe"])
    _write(options["json_file"], probe.as_json(), lambda width: paragraph(probe, width))
    if probe.verdict == Kind.UNKNOWN:
        return UNKNOWN
    if options["releases"] is None:
        return 0
    code, sentence = releases(probe, options["releases"])
    if code:
        click.echo(f"Error: {sentence}", err=True)
    return code


def _request(options: dict[str, Any]) -> Request:
    from gil.instruments.survey.request import Request  # noqa: PLC0415

    module, _, function = (options["target"] or "").partition(":")
    return Request(
        module=module or None,
        function=function or None,
        code=options["code"],
        setup=options["setup"],
        arguments=options["arguments"],
        seconds=options["seconds"] or 1.0,
        repeat=not options["once"],
        path=_path(),
    )


def _path() -> tuple[str, ...]:
    """Return where to import from: the folder at hand comes first, as with ``python -m``."""
    import os  # noqa: PLC0415

    return tuple(dict.fromkeys([os.getcwd(), *map(os.path.abspath, sys.path)]))  # noqa: PTH109


def _all(options: dict[str, Any]) -> int:
    """Probe all that a module has, write what was asked for, and return the exit code."""
    from gil.instruments.survey import baseline, plan, property  # noqa: A004, PLC0415
    from gil.instruments.survey.sweep import sweep  # noqa: PLC0415
    from gil.view.probe import table  # noqa: PLC0415

    module = options["target"]
    with _told(), progress(lines=True) as show:
        wanted = plan.read(options["plan_file"]) if options["plan_file"] else plan.Plan()
        before = baseline.read(options["baseline"], module) if options["baseline"] else {}
        show(f"Importing {module}")
        swept = sweep(
            module,
            wanted,
            _path(),
            seconds=options["seconds"] or 0.5,
            timeout=options["timeout"] or 10.0,
            tell=lambda done, count, name: show(f"{done + 1} of {count}: {module}:{name}"),
        )
    _write(options["json_file"], swept.as_json(), lambda width: table(swept, width))
    said = baseline.compare(swept, before)
    failed, unknown = list(said.lost), list(said.unknown)
    if options["releases"] is not None:
        told = [property.releases(one.probe, options["releases"]) for one in swept.found if one.probe]
        failed += [sentence for code, sentence in told if code == property.HOLDS_NOT]
        unknown += [sentence for code, sentence in told if code == property.UNKNOWN]
    if not swept.probes:
        unknown.append(
            f"Nothing of {module} could be measured; --args FILE says what to call it with, and --seconds"
            " gives it more time."
        )
    for sentence in failed + unknown:
        click.echo(f"Error: {sentence}", err=True)
    if said.lost:
        click.echo(baseline.advice(module, options["baseline"], options["plan_file"]), err=True)
    return 1 if failed else 3 if unknown else 0


def _write(json_file: str | None, result: dict[str, Any], text: Callable[[int], str]) -> None:
    if json_file is not None:
        write_json(json_file, result)
    if json_file != STDOUT:
        say(text(width()))


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """End the process with one sentence where nothing can be probed."""
    from gil.instruments.survey.errors import SurveyError, UsageError  # noqa: PLC0415

    try:
        yield
    except UsageError as error:
        raise click.UsageError(str(error)) from None
    except SurveyError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.code)

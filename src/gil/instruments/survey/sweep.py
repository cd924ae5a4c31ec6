"""All public callables of a module, probed one after the other."""

from __future__ import annotations

import platform
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gil
from gil.instruments.probe.result import Kind, Probe
from gil.instruments.survey.errors import SurveyError, UsageError
from gil.instruments.survey.process import ask
from gil.instruments.survey.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gil.instruments.survey.plan import Plan


@dataclass(frozen=True)
class Found:
    """One name of a module: its probe, or the reason why there is none."""

    name: str
    probe: Probe | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as ``json.dumps`` takes it."""
        return self.probe.as_json() if self.probe else {"reason": self.reason}


@dataclass(frozen=True)
class Sweep:
    """What a module's public callables do to the GIL."""

    module: str
    found: tuple[Found, ...]
    python: str = field(default_factory=platform.python_version)
    gil_enabled: bool = field(default_factory=lambda: gil.build_info().gil_enabled, kw_only=True)

    @property
    def probes(self) -> list[Probe]:
        """Those that were measured."""
        return [one.probe for one in self.found if one.probe and one.probe.verdict != Kind.UNKNOWN]

    def as_json(self) -> dict[str, Any]:
        """Return it as ``json.dumps`` takes it."""
        return {
            "module": self.module,
            "python": self.python,
            "gil_enabled": self.gil_enabled,
            "functions": {one.name: one.as_json() for one in self.found},
        }


def sweep(  # noqa: PLR0913 - what the command line asks for
    module: str,
    plan: Plan,
    path: tuple[str, ...],
    *,
    seconds: float,
    timeout: float,
    tell: Callable[[int, int, str], None],
) -> Sweep:
    """Probe the public callables of a module, each in a process of its own, in an empty folder.

    ``tell`` is called before each, with how many are done, how many there are, and its name.

    Raises:
        UsageError: there is no such module, or the plan names what the module has not.
        MeasurementError: the module cannot be imported.

    """
    with tempfile.TemporaryDirectory(prefix="gil-probe-", ignore_cleanup_errors=True) as folder:
        names = ask(Request(module=module, path=path), timeout, folder=folder, quiet=True)["names"]
        requests = list(_requests(module, names, plan, path, seconds))
        found = []
        for done, (name, request) in enumerate(requests):
            tell(done, len(requests), name)
            if isinstance(request, str):
                found.append(Found(name, reason=request))
            else:
                found.append(_probed(name, request, timeout, folder))
    return Sweep(module, tuple(found))


def _requests(
    module: str, names: Mapping[str, str | None], plan: Plan, path: tuple[str, ...], seconds: float
) -> Iterator[tuple[str, Request | str]]:
    """Yield each name with what to ask about it, or the reason not to."""
    if unknown := sorted(
        name for name in (*plan.calls, *plan.skipped) if name not in names and "." not in name
    ):
        raise UsageError(
            f"The module {module} has nothing public called '{unknown[0]}', which the file of --args names."
        )
    for name in sorted({*names, *plan.calls}):
        reason = plan.skipped.get(name) or (None if name in plan.calls else names[name])
        yield (
            name,
            reason
            or Request(
                module=module,
                function=name,
                setup=plan.setup,
                arguments=plan.calls.get(name, ()),
                generate=name not in plan.calls,
                seconds=seconds,
                path=path,
            ),
        )


def _probed(name: str, request: Request, timeout: float, folder: str) -> Found:
    try:
        answer = ask(request, timeout, folder=folder, quiet=True)
    except SurveyError as error:
        return Found(name, reason=_shortened(str(error), request.name))
    return Found(name, probe=Probe.from_json(answer["probe"]))


def _shortened(sentence: str, name: str) -> str:
    """Return a sentence without the name of the function, which stands beside it."""
    return sentence.removeprefix(name).strip().rstrip(".")

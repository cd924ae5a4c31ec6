"""The situations in which code must be attached, run under watch.

The catalogue is that of the functions in ``gil``, and of a control that has nothing to do with them: the C
library's own sleep, called attached and detached by ``ctypes``.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from functools import partial
from operator import call
from typing import TYPE_CHECKING, Any

import gil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gil import Timeline
    from gil.lesson.observe import Knocks, Observation

ALONE = "alone"
BLOCKS_GC = "blocks gc"
LETS_GO = "lets go"
DETACHED = "detached"
NOTHING = "proves nothing"
NOT_RUN = "not run"

# A run that proves nothing is repeated, and watched for longer.
_WATCH_S = (0.08, 0.2, 0.6)
# Whoever waits for the switch interval of 5 ms asks the thread that has the GIL to let go, and one that runs
# Python code does. That nobody was answered in ten times as long is no accident.
_WAITED_MS = 50.0
# Where a call is short, nobody waits for long. That nobody was answered of so many is no accident either.
_ASKED = 30
# A sample lies between two moments, so at the edges of a stretch a little of it is seen as its neighbour.
_ATTACHED = 0.9

_SLEEP = ("kernel32", "Sleep", "1e3") if sys.platform == "win32" else (None, "usleep", "1e6")


@dataclass(frozen=True, slots=True)
class Situation:
    """One entry of the catalogue."""

    name: str
    question: str
    """What it is about, in a few words."""
    rust: tuple[str, ...]
    """What it comes down to in Rust, as in ``src/rust``; nothing for the control."""
    python: str
    """What is run, again and again; ``seconds`` is how long it should last where it can choose."""
    setup: str = ""
    """What is run before, once."""

    @property
    def control(self) -> bool:
        """Whether it does without our extension, which then cannot leave marks inside."""
        return not self.rust


def _control(loader: str, question: str) -> Situation:
    library, sleep, unit = _SLEEP
    return Situation(
        f"ctypes.{loader}",
        question,
        (),
        "sleep()",
        "import ctypes\nfrom functools import partial\n"
        f"library = ctypes.{loader}({library!r})\n"
        f"sleep = partial(library.{sleep}, round(seconds * {unit}))",
    )


CATALOGUE = {
    situation.name: situation
    for situation in (
        Situation(
            "make_list",
            "make an object",
            ("let list = ffi::PySequence_List(values.as_ptr());",),
            "make_list(range(20_000))",
        ),
        Situation(
            "set_item",
            "change an object",
            ("dict.set_item(key, value)",),
            "set_item(numbers, long, 42)",
            "numbers, long = {}, 7**200_000  # its hash takes a while",
        ),
        Situation(
            "call",
            "run Python code",
            ("func.call1(args)",),
            "call(count)",
            "def count():\n    for _ in range(1_000_000):\n        pass",
        ),
        Situation(
            "run",
            "run Python source text",
            ("py.run(&code, Some(&PyDict::new(py)), None)",),
            'run("for _ in range(400_000): pass")',
        ),
        Situation(
            "import_attr",
            "import a module for the first time",
            ("let module = py.import(module)?;", "module.getattr(name)"),
            'sys.modules.pop("gil.lesson.slow_import", None)\nimport_attr("gil.lesson.slow_import", "TOTAL")',
            "import sys",
        ),
        Situation(
            "attempt",
            "catch an exception; None and True",
            (
                "match func.call1(args) {",
                "    Ok(value) => Ok((true, value.unbind(), py.None())),",
                "    Err(error) if error.is_instance_of::<PyException>(py) => {",
            ),
            'attempt(float, "1" * 100_000 + "x")',
        ),
        Situation(
            "map_threads",
            "wait for threads that attach themselves",
            (
                "let results = trace.detach(py, || {",
                "    thread::scope(|scope| {",
                "        let start = |_| job.start(scope, &trace);",
                "        self.share(&trace.of_this_thread())",
                "        let call = |value| self.func.bind(py).call1((value,));",
            ),
            "map_threads(sleep, [0.02] * 4, threads=4)",
            "from time import sleep",
        ),
        Situation(
            "convert",
            "convert to Rust's values and back",
            ("let numbers: Vec<i64> = integers(values)?;", "list_of(py, &numbers)"),
            "convert(values)",
            "values = list(range(20_000))",
        ),
        Situation(
            "sort_detached",
            "pure Rust, between two conversions",
            (
                "let mut numbers: Vec<i64> = integers(values)?;",
                "trace.detach(py, || numbers.sort_unstable());",
                "list_of(py, &numbers)",
            ),
            "sort_detached(values)",
            "from array import array\nvalues = array('q', (n * 48271 % 65521 for n in range(400_000)))",
        ),
        Situation(
            "release",
            "long work, detached",
            (".detach(py, || {", "thread::sleep(rest.min(slice));"),
            "release(seconds)",
        ),
        Situation("hold", "long work, attached", ("thread::sleep(phase);",), "hold(seconds)"),
        Situation(
            "nested",
            "attach where one is attached, and after it",
            (
                "Python::attach(|_py| {",
                "    thread::sleep(half);",
                "});",
                "thread::sleep(half);",
            ),
            "nested(seconds)",
        ),
        _control("PyDLL", "control, attached: the C library's sleep"),
        _control("CDLL", "control, detached: the C library's sleep"),
    )
}


@dataclass(frozen=True, slots=True)
class Result:
    """What one situation showed."""

    situation: Situation
    seen: Observation | None
    """None if it could not be run here."""
    kind: str
    """Which of the module's constants the verdict is."""
    verdict: str
    """One sentence."""

    def as_json(self) -> dict[str, Any]:
        """Return all of it in types that ``json`` knows."""
        plain = asdict(self)
        if self.seen:
            for steps in ("steps", "thread_steps"):
                plain["seen"][steps] = [step._asdict() for step in getattr(self.seen, steps)]
        return {**plain.pop("situation"), **plain}


def run(names: Iterable[str] = ()) -> Iterator[Result]:
    """Run the situations of these names, or all, and yield what each showed, in the order of the catalogue.

    Raises:
        ValueError: a name is not in the catalogue.

    """
    chosen = list(names) or list(CATALOGUE)
    for name in chosen:
        if name not in CATALOGUE:
            raise ValueError(f"There is no situation {name!r}; there are {', '.join(CATALOGUE)}.")
    gil_enabled = gil.build_info().gil_enabled
    for name, situation in CATALOGUE.items():
        if name in chosen:
            yield _run(situation, gil_enabled=gil_enabled)


def _run(situation: Situation, *, gil_enabled: bool) -> Result:
    from gil.lesson.observe import observe  # noqa: PLC0415 - the catalogue alone does without

    for seconds in _WATCH_S:
        try:
            work = _prepared(situation, seconds / 2)
        except (ImportError, OSError, AttributeError) as error:
            if not situation.control:
                raise
            return Result(situation, None, NOT_RUN, f"Not run, as it is missing here: {error}.")
        seen = observe(work, seconds=seconds, stop_the_world=not gil_enabled)
        kind, verdict = judge(seen, gil_enabled=gil_enabled)
        if kind != NOTHING:
            break
    return Result(situation, seen, kind, verdict)


def _prepared(situation: Situation, seconds: float) -> Callable[[Timeline], object]:
    """Return the situation as a function of a timeline; what it runs is the text that is shown."""
    names: dict[str, Any] = {"seconds": seconds}
    exec(situation.setup, names)  # noqa: S102 - the catalogue's own
    code = compile(situation.python, situation.name, "exec")
    function = getattr(gil, situation.name, None)

    def work(timeline: Timeline) -> None:
        if function is None:
            # In C, from mark to mark: between two steps in Python others may run, attached or not.
            steps: list[Any] = [
                partial(timeline.mark, "enter"),
                names["sleep"],
                partial(timeline.mark, "exit"),
            ]
            list(map(call, steps))
        else:
            exec(code, {**names, situation.name: partial(function, timeline=timeline)})  # noqa: S102

    return work


def judge(seen: Observation, *, gil_enabled: bool) -> tuple[str, str]:
    """Return what was seen, as one of the module's constants and in one sentence.

    What other threads got decides, and what was sampled while they waited. If that does not agree with the
    state of the GIL, or if too little was seen, it proves nothing.
    """
    turns, stops = seen.turns, seen.stops
    if seen.watched == "detached":
        if turns.answered and (stops is None or stops.answered):
            ran = "other threads attached" + _and(stops, ", and the world could be stopped")
            return DETACHED, f"Detached meanwhile: {ran}."
        flaw = "it was detached, and yet nothing else happened"
    elif not turns.answered:
        if gil_enabled and _kept_waiting(turns):
            return ALONE, "Attached throughout, and no other thread could attach: the GIL was held."
        flaw = "too little was seen" if gil_enabled else "without a GIL, and yet no other thread could attach"
    elif stops is None or stops.answered:
        ran = "other threads attached" + _and(stops, " and the world was stopped")
        return LETS_GO, f"Attached at each step that was seen, and yet {ran} in between: it let go."
    elif _kept_waiting(stops):
        return BLOCKS_GC, (
            "Attached throughout: other threads attached, too, as there is no GIL, but to stop the world, as"
            " a garbage collection does, they had to wait for the end."
        )
    else:
        flaw = "too little was seen of who wanted to stop the world"
    return NOTHING, f"This run proves nothing ({flaw}): the machine may be too busy, run it again."


def _kept_waiting(knocks: Knocks) -> bool:
    """Whether they waited long or often enough to be sure, while the function's thread was seen attached."""
    attached = knocks.attached_share
    enough = knocks.waited_ms >= _WAITED_MS or knocks.asked >= _ASKED
    return enough and (attached is None or attached >= _ATTACHED)


def _and(stops: Knocks | None, more: str) -> str:
    return more if stops else ""

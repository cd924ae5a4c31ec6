"""The native core; import these names from ``gil``."""

from collections.abc import Iterator
from typing import Final, final

__all__ = [
    "AttachStates",
    "BuildInfo",
    "Event",
    "Timeline",
    "__version__",
    "build_info",
    "double_list",
    "hold",
    "release",
    "states",
]

__version__: Final[str]

@final
class AttachStates:
    """What ``states()`` saw, one bool a step. Compares equal by value."""

    @property
    def entered(self) -> bool:
        """On entry to the native function: True, ``#[pyfunction]`` is called attached."""

    @property
    def detached(self) -> bool:
        """Inside ``Python::detach``: False."""

    @property
    def reattached(self) -> bool:
        """Inside ``Python::attach`` inside that: True."""

    @property
    def detached_again(self) -> bool:
        """After the inner ``attach`` ended: False."""

    @property
    def returned(self) -> bool:
        """After ``detach`` returned: True, it attached again."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class BuildInfo:
    """What ``build_info()`` found. Compares equal by value."""

    @property
    def python(self) -> str:
        """The interpreter's version, as ``platform.python_version()``."""

    @property
    def pyo3(self) -> str:
        """The version of PyO3 that the extension was compiled with, from its Cargo.lock."""

    @property
    def abi(self) -> str:
        """What the extension was compiled for: ``abi3``, ``abi3t``, or a version such as ``cp314t``."""

    @property
    def free_threaded_build(self) -> bool:
        """Whether the interpreter was built without the GIL: ``sysconfig``'s ``Py_GIL_DISABLED``."""

    @property
    def gil_enabled(self) -> bool:
        """Whether the GIL was on at the call: ``sys._is_gil_enabled()``, and True before 3.13."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Event:
    """One fact on a ``Timeline``. Compares equal by value, hashable."""

    @property
    def ns(self) -> int:
        """When, in nanoseconds of ``time.monotonic_ns()``."""

    @property
    def thread(self) -> int:
        """Which thread, as ``threading.get_ident()``."""

    @property
    def label(self) -> str:
        """Which point was passed.

        Native functions write ``enter``, ``detach`` (about to), ``detached`` (just did), ``attach``
        (about to wait for it), ``attached`` (just got it), ``acquire`` (``double_list`` only)
        and ``exit``; ``Timeline.mark`` writes anything.
        """

    @property
    def attached(self) -> bool:
        """Whether the thread was attached then, by its thread state (``PyThreadState_GetUnchecked``)."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Timeline:
    """A log of events that any number of threads may write to at once. Events are never dropped.

    Iterating goes over the events so far, oldest first; later marks do not change it.
    """

    def __new__(cls) -> Timeline: ...
    def mark(self, label: str) -> None:
        """Write ``label`` into the log, for the calling thread, now."""

    def events(self) -> list[Event]:
        """Return all events so far, oldest first; a copy that later marks do not change."""

    def format(self) -> str:
        """Return the events as a plain-text table, one lane a thread, milliseconds since the first.

        ``[+]`` after a label means that the thread was attached at that moment.
        """

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Event]: ...

def build_info() -> BuildInfo:
    """Describe the interpreter, the extension, and whether the GIL is on now."""

def double_list(
    list: list[int],  # noqa: A002 - the original's name
    result: list[list[int]],
    idx: int,
    *,
    detached: float = 1.0,
    attached: float = 1.0,
    timeline: Timeline | None = None,
) -> None:
    """Detach, attach again, double ``list``, and write the outcome to ``result[idx]``.

    Prints a line at each of four steps, to the process's standard output (file descriptor 1, past
    ``sys.stdout``): ``Rust: Enter double_list...``, ``Rust: Release GIL...`` (detached, then sleeps
    for ``detached`` seconds), ``Rust: Acquire GIL...`` (attached, then sleeps for ``attached``
    seconds), ``Rust: Exit...`` (before it writes ``result``).

    ``list`` is read only after the detached phase, so what other threads did to it meanwhile
    counts. ``result`` is written last, and not at all if anything failed. In the main thread a
    signal handler's exception (Ctrl-C) ends the detached phase within 0.1 s; in other threads
    Python runs no signal handlers, and the phase stays in one piece.

    Raises:
        TypeError: an argument, or an item of ``list``, has the wrong type; for an item, a note
            names its position.
        IndexError: ``result`` has no place ``idx``; checked at once and again at the end, because
            another thread may shorten ``result``.
        OverflowError: ``idx`` is negative (it does not count from the end), or an item or its
            double does not fit in 32 bits.
        ValueError: ``detached`` or ``attached`` is negative, not finite or beyond 2**64 seconds.
        OSError: standard output cannot be written to.

    """

def hold(seconds: float, *, timeline: Timeline | None = None) -> None:
    """Sleep for ``seconds`` without detaching.

    On a GIL build no other Python thread runs meanwhile. Without a GIL the others do run, but
    whatever stops the world (``gc.collect()``, ``os.fork()``, ...) waits for the end.

    Raises:
        ValueError: ``seconds`` is negative, not finite or beyond 2**64.

    """

def release(seconds: float, *, timeline: Timeline | None = None) -> None:
    """Detach, sleep for ``seconds``, attach again; other threads run and the world can stop.

    In the main thread the sleep is cut into slices of 50 ms, so that a signal handler's exception
    (Ctrl-C) can end it.

    Raises:
        ValueError: ``seconds`` is negative, not finite or beyond 2**64.

    """

def states() -> AttachStates:
    """Detach, attach again inside, and report at each step whether the thread is attached."""

"""The native core; import these names from ``gil``."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Literal, SupportsIndex, TypeVar, final

__all__ = [
    "AttachStates", "BuildInfo", "Event", "Holder", "Knocker", "Sampler", "Samples",
    "Timeline", "__version__", "attempt", "build_info", "call", "convert", "declaration",
    "double_list", "hold", "import_attr", "make_list", "map_threads", "nested", "noting", "ready_ns",
    "release", "run", "set_item", "sort_detached", "states",
]  # fmt: skip

_K = TypeVar("_K")
_T = TypeVar("_T")
_V = TypeVar("_V")

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
        """When, in nanoseconds of ``time.perf_counter_ns()``.

        That is the clock of ``time.monotonic_ns()`` too, except on Windows before Python 3.13, where
        the latter goes on only every 16 ms.
        """

    @property
    def thread(self) -> int:
        """Which thread, as ``threading.get_ident()``."""

    @property
    def label(self) -> str:
        """Which point was passed.

        Native functions write ``enter``, ``detach`` (about to), ``detached`` (just did), ``attach``
        (about to wait for it), ``attached`` (just got it) and ``exit``; ``double_list`` and
        ``nested`` also ``acquire`` (attached a second time), ``nested`` ``leave`` (that has ended),
        ``import_attr`` ``imported``, ``attempt`` ``caught``, ``convert`` ``extracted``.
        ``Timeline.mark`` writes anything.
        """

    @property
    def attached(self) -> bool:
        """Whether the thread was attached then, by its thread state (``PyThreadState_GetUnchecked``)."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Holder:
    """A thread made by Rust that attaches ``after`` seconds from now and stays attached for ``seconds``.

    It sleeps meanwhile, and takes no processor time. With a GIL no other Python thread runs until it
    lets go. Without a GIL the others do run, but whatever stops the world waits. So it shows what a
    timeout is worth while somebody else's native code does not let go.

    As a context manager it waits at the end of the block until it has let go; an exception in the
    block ends it at once. Otherwise it ends by itself, with ``stop``, or with this object.

    Raises:
        ValueError: ``seconds`` or ``after`` is negative, not finite or beyond 2**64.
        RuntimeError: the system allows no more threads.

    """

    def __new__(cls, seconds: float, *, after: float = 0.0) -> Holder: ...
    def wait(self) -> tuple[int, int, int] | None:
        """Wait, detached, until the thread has let go, and return three moments of it.

        They are those at which it asked to attach, at which it got that, and up to which it kept it,
        in nanoseconds of ``time.perf_counter_ns()``; None if it never attached, because it was
        stopped before. In the main thread a signal handler's exception (Ctrl-C) ends the wait within
        0.1 s. A forked child has not got the thread: there it returns at once.
        """

    def stop(self) -> tuple[int, int, int] | None:
        """Have the thread let go now, and return what ``wait`` returns."""

    def __enter__(self) -> Holder: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: object, /
    ) -> None: ...

@final
class Knocker:
    """A thread made by Rust that asks for its turn every ``interval`` seconds, and notes how long it waits.

    With a GIL it attaches, and so takes the GIL. Without, it attaches and, unless ``stop_the_world`` is
    False, stops the world (it calls ``sys._current_frames()``), as a garbage collection does, and so waits
    for every attached thread. It begins at once, and ends with ``stop``, with this object, or before the
    interpreter does.

    Raises:
        ValueError: ``interval`` is no finite number of seconds above 0.
        RuntimeError: the system allows no more threads, or the interpreter is shutting down.

    """

    def __new__(cls, interval: float = 0.05, *, stop_the_world: bool = True) -> Knocker: ...
    def stop(self) -> list[tuple[int, int, int]]:
        """End the thread and return its knocks: ``(asked_ns, got_ns, left_ns)``, oldest first.

        In nanoseconds of ``time.perf_counter_ns()``: when it asked for its turn, when its turn came (without
        a GIL: when the world had stopped and gone on), and when it was detached again. A knock that waits
        when this is called is waited for, and counts. Called again, it returns the same. A forked child has
        not got the thread: there it returns the knocks up to the fork.

        Raises:
            MemoryError: there was no memory for all the knocks.

        """

@final
class Sampler:
    """A thread made by Rust that looks, at random moments, whether the thread that made it is attached.

    It never attaches, so it sees that also while another thread keeps the GIL. The moments are ``interval``
    seconds apart on average, exponentially distributed, so that they keep step with nothing. The constructor
    lets others in until its thread runs; then that begins at once, and ends with ``stop``, with this object,
    or with the thread that it watches.

    On Linux it has real-time priority where the process may have that, so that a busy machine does not keep
    it waiting; by default it takes 1 to 2 % of a core.

    With a GIL, attached means that the thread has it. Without, attached is a thread that a stop of the
    world (as a garbage collection makes) has to wait for.

    Raises:
        ValueError: ``interval`` is no finite number of seconds above 0.
        RuntimeError: where this interpreter keeps the state of a thread could not be proven, or the
            system allows no more threads.

    """

    def __new__(cls, interval: float = 1.5e-3) -> Sampler: ...
    @property
    def method(self) -> str:
        """How it sees that.

        ``debug offsets`` (3.13 and later), ``proven offset`` (3.12), or ``current thread state`` (3.11).
        """

    def stop(self) -> Samples:
        """End the thread and return what it saw.

        Called again, it returns the same. A forked child has not got the thread: there it returns what was
        seen up to the fork.
        """

@final
class Samples:
    """What a ``Sampler`` saw. Compares equal by value, hashable."""

    @property
    def method(self) -> str:
        """How it saw that: ``Sampler.method``."""

    @property
    def start_ns(self) -> int:
        """When it began, in nanoseconds of ``time.perf_counter_ns()``."""

    @property
    def end_ns(self) -> int:
        """When it was stopped or the thread ended, in nanoseconds of ``time.perf_counter_ns()``."""

    @property
    def samples(self) -> int:
        """How many random moments it looked at."""

    @property
    def attached(self) -> int:
        """At how many of them the thread was attached."""

    @property
    def missed(self) -> int:
        """How many of the moments had no look of their own, and count as the look nearest to them.

        That happens where other programs have all processors, or where looks last longer than the interval.
        """

    @property
    def releases(self) -> int:
        """How often the thread was detached where it had been attached at the look before."""

    @property
    def longest_ns(self) -> int:
        """How long the longest attached stretch was, in nanoseconds; 0 if there was none.

        A stretch is what lies between two looks that saw the thread detached, less half of the pauses at
        both ends. What is shorter than a pause may be missed, in both states.
        """

    @property
    def longest_start_ns(self) -> int:
        """When that stretch began, in nanoseconds of ``time.perf_counter_ns()``; 0 if there was none."""

    @property
    def longest_line(self) -> tuple[str, int, str] | None:
        """The Python line in which the thread was in the longest attached stretch: file, line, function.

        It is that of the innermost Python frame, read while the stretch lasted; a stretch may go through
        other lines before and after. None if there was no such stretch, or if the line could not be read:
        the way of reading it is not believed until it gave the right line of this class's own caller.
        """

    @property
    def spans_left_out(self) -> int:
        """How many runs of equal looks ``spans`` leaves out, the last ones: it keeps 4,096."""

    def spans(self) -> list[tuple[int, int, bool]]:
        """Return the runs of looks that saw the same, oldest first: ``(start_ns, end_ns, attached)``.

        Each begins where the one before ends, halfway between the two looks that saw a change; the first
        begins at ``start_ns``.
        """

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

def attempt(
    func: Callable[..., _T], *args: object, timeline: Timeline | None = None
) -> tuple[Literal[True], _T, None] | tuple[Literal[False], None, Exception]:
    """Call ``func(*args)`` and return ``(True, value, None)``, or ``(False, None, exception)``.

    Rule: be attached to catch an exception, and even for ``None`` and ``True``.
    With a GIL: it guards the exception under way and, before 3.12, the references to ``None``.
    Without: the former is the thread's own, the latter immortal; both are objects all the same.
    The compiler refuses: nothing about a ``PyErr``, it may go anywhere; to look at it takes a
    token.

    Raises:
        BaseException: what ``func`` raises and is no ``Exception``, as KeyboardInterrupt, passes
            through.

    """

def build_info() -> BuildInfo:
    """Describe the interpreter, the extension, and whether the GIL is on now."""

def call(func: Callable[..., _T], *args: object, timeline: Timeline | None = None) -> _T:
    """Return ``func(*args)``.

    Rule: be attached to run Python code.
    With a GIL: bytecode needs it, but does not keep it. It goes to another thread that has waited
    for the switch interval (5 ms), and at once where the code sleeps or reads a file.
    Without: bytecode runs in many threads at once, and stops where the world is stopped.
    The compiler refuses: a ``Bound`` callable in another thread; a ``Py`` may go there.

    Raises:
        TypeError: ``func`` is not callable. What ``func`` raises passes through.

    """

def convert(values: Sequence[SupportsIndex], *, timeline: Timeline | None = None) -> list[int]:
    """Convert ``values`` to a ``Vec<i64>`` and that to a new list.

    Rule: be attached to convert, in both directions; what comes out on Rust's side is free.
    With a GIL: nobody changes ``values`` meanwhile, unless an item's ``__index__`` is Python code.
    Without: nobody either, as a list is locked while it is read; items with code are copied first.
    The compiler refuses: ``extract`` inside ``detach``, as all that takes a ``Bound``; not the
    ``Vec``, which has no lifetime.

    Raises:
        TypeError: ``values`` is no sequence, or a str, or an item is no integer.
        OverflowError: an item does not fit in 64 bits.
        MemoryError: where ``list(values)`` raises it, as for a length that is a lie. Whatever else
            iterating and an item's ``__index__`` raise passes through.

    """

def declaration(
    module: object, /, *, made: bool = False
) -> Literal["not used", "used", "undeclared", "unknown"] | None:
    """Return what an extension module declares about the GIL.

    ``"not used"``: it can run without. ``"used"``: it says that it cannot. ``"undeclared"``: it says
    nothing, so importing it switches the GIL on. ``"unknown"``: a standard build cannot tell, as the
    module has no slots. None: this is no extension module, but Python code or another object.

    A free-threaded build tells "used" from "undeclared" only where the module has a definition with
    slots. A module made from slots alone (3.15) has no definition; it counts as an extension module if
    its loader says so, or if ``made`` is True: the caller knows.
    """

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
    A line for which there is no room, as in a full pipe, is waited for detached (on POSIX).

    ``list`` is read only after the detached phase, so what other threads did to it meanwhile
    counts. ``result`` is written last, and not at all if anything failed. In the main thread a
    signal handler's exception (Ctrl-C) ends the detached phase within 0.1 s; in other threads
    Python runs no signal handlers, and the phase stays in one piece.

    Raises:
        TypeError: an argument, or an item of ``list``, has the wrong type. What an item's own
            ``__index__`` raises passes through. For an item, a note names its position.
        IndexError: ``result`` has no place ``idx``; checked at once and again at the end, because
            another thread may shorten ``result``.
        OverflowError: ``idx`` is negative (it does not count from the end), or an item or its
            double does not fit in 32 bits.
        ValueError: ``detached`` or ``attached`` is negative, not finite or beyond 2**64 seconds.
        OSError: standard output cannot be written to: it is closed, its reader has gone, ...

    """

def hold(seconds: float, *, timeline: Timeline | None = None) -> None:
    """Sleep for ``seconds`` without detaching.

    On a GIL build no other Python thread runs meanwhile. Without a GIL the others do run, but
    whatever stops the world (``gc.collect()``, ``os.fork()``, ...) waits for the end.

    Raises:
        ValueError: ``seconds`` is negative, not finite or beyond 2**64.

    """

def import_attr(module: str, name: str, *, timeline: Timeline | None = None) -> Any:  # noqa: ANN401
    """Import ``module`` and return its attribute ``name``.

    Rule: be attached to use what the interpreter has one of: modules, builtins, ``None``.
    With a GIL: it guards them, but a first import runs code and reads files, and lets go for that.
    Whoever holds a lock of his own meanwhile may wait for ever (PyO3#973).
    Without: they have locks, and a first import stops the world for a moment.
    The compiler refuses: to keep the ``Bound`` after the ``attach`` that it came from.

    Raises:
        ModuleNotFoundError: there is no such module. What importing it raises passes through.
        AttributeError: ``module`` has no ``name``.
        ValueError: ``module`` is empty.

    """

def make_list(values: Iterable[_T], *, timeline: Timeline | None = None) -> list[_T]:
    """Return a new list of what ``values`` yields.

    Rule: be attached to call the C API, and so PyO3's.
    With a GIL: nothing else protects reference counts and the allocator, and one thread has it.
    Without: both are thread-safe themselves, so many threads may call the C API at once. But a
    garbage collection stops the world: it must know which threads are attached, and wait for them.
    The compiler refuses: ``PyList::new`` inside ``detach``. It takes the token ``Python<'py>``,
    and no closure that uses one is ``Send``, as ``detach`` demands. To call the C API itself, as
    this function does, is ``unsafe``: nobody refuses anything.

    Raises:
        TypeError: ``values`` is not iterable. What iterating it raises passes through.
        MemoryError: where ``list(values)`` raises it, as for a length that is a lie.

    """

def map_threads(
    func: Callable[[_V], _T], values: Iterable[_V], threads: int = 4, *, timeline: Timeline | None = None
) -> list[_T]:
    """Return ``[func(value) for value in values]``, called in up to ``threads`` threads made by Rust.

    The threads take the values in order, one at a time. After an exception, as after Ctrl-C in the
    main thread, no further value is taken, and what runs runs to its end. Of several exceptions the
    first is raised, unless a signal handler raises one, too (Ctrl-C): then that, with the first as its
    context. All threads have ended when this returns.

    Rule: each thread attaches itself, and whoever waits for it detaches.
    With a GIL: a thread that waits while it holds it waits for ever.
    Without: the same, as soon as the world has to be stopped meanwhile.
    The compiler refuses: a token or a ``Bound`` in the other thread; a ``Py`` may go there.

    To ``threading`` these threads are unknown, unless ``func`` asks for
    ``threading.current_thread()``: that makes a dummy, which 3.11 and 3.12 keep for good.

    A daemon thread that is still in here, or in ``call``, when the interpreter ends, aborts the
    process on a standard build up to 3.13, with glibc (python/cpython#87135).

    Raises:
        ValueError: ``threads`` is less than 1.
        TypeError: ``values`` is not iterable, or ``func`` not callable. What ``func`` raises
            passes through.
        MemoryError: where ``list(values)`` raises it, as for a length that is a lie.
        RuntimeError: the system allows no more threads.

    """

def nested(seconds: float, *, timeline: Timeline | None = None) -> None:
    """Attach inside attached, sleep for ``seconds``: half of it inside, half of it after.

    Rule: a ``#[pyfunction]`` is called attached; ``attach`` inside it takes nothing, and its end
    gives nothing back. Only ``detach`` does.
    With a GIL: no other Python thread runs from the first half to the last, as in ``hold``.
    Without: whatever stops the world waits for the end, as in ``hold``.
    The compiler refuses: nothing; a token is proof of being attached, not of having begun it.

    Raises:
        ValueError: ``seconds`` is negative, not finite or beyond 2**64.

    """

def noting(
    function: Callable[..., _T],
    note: Callable[[tuple[Any, ...], _T | None, BaseException | None], object],
    /,
) -> Callable[..., _T]:
    """Return a function that calls ``function`` and then ``note(args, result, error)``.

    One of ``result`` and ``error`` is None. What ``function`` returned or raised is passed on; what ``note``
    raises takes its place.
    """

def ready_ns() -> int:
    """Return for how long the calling thread has been ready to run without a processor, in nanoseconds.

    It is 0 where the system does not tell (all but Linux). The thread stays attached while that is read, so
    that a ``Sampler`` sees nothing of it.
    """

def release(seconds: float, *, timeline: Timeline | None = None) -> None:
    """Detach, sleep for ``seconds``, attach again; other threads run and the world can stop.

    In the main thread the sleep is cut into slices of 50 ms, so that a signal handler's exception
    (Ctrl-C) can end it.

    Raises:
        ValueError: ``seconds`` is negative, not finite or beyond 2**64.

    """

def run(code: str, *, timeline: Timeline | None = None) -> None:
    """Run ``code``, Python source text, in a fresh namespace. The rest is as ``call`` says.

    Raises:
        ValueError: ``code`` has a null character in it.
        SyntaxError: ``code`` is not Python. What it raises when run passes through.

    """

def set_item(
    dict: dict[_K, _V],  # noqa: A002 - what it is
    key: _K,
    value: _V,
    *,
    timeline: Timeline | None = None,
) -> None:
    """Set ``dict[key]`` to ``value``; a subclass's own ``__setitem__`` is not asked.

    Rule: be attached to read, change or drop an object.
    With a GIL: no other thread gets in between, unless the key's ``__hash__`` or ``__eq__`` is
    Python code.
    Without: the dict locks itself for the one operation; two in a row are not one.
    The compiler refuses: a ``Bound`` inside ``detach``; it carries the token.

    Raises:
        TypeError: ``dict`` is not a dict, or ``key`` is not hashable. What ``__hash__`` and
            ``__eq__`` raise passes through.

    """

def sort_detached(values: Sequence[SupportsIndex], *, timeline: Timeline | None = None) -> list[int]:
    """Return ``values`` sorted, as a new list; the sorting itself is done detached.

    Rule: pure Rust needs no interpreter, so give it away meanwhile.
    With a GIL: all other threads would stand still until the sorting is done.
    Without: they run, but a garbage collection, and all that wait for it, would stand still.
    The compiler refuses: to use ``values`` itself inside ``detach``; the ``Vec`` may go there.

    Raises:
        TypeError: ``values`` is no sequence, or a str, or an item is no integer.
        OverflowError: an item does not fit in 64 bits.
        MemoryError: where ``list(values)`` raises it, as for a length that is a lie. Whatever else
            iterating and an item's ``__index__`` raise passes through.

    """

def states() -> AttachStates:
    """Detach, attach again inside, and report at each step whether the thread is attached."""

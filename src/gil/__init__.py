"""See the GIL: functions that hold it and release it, and a timeline of what happened."""

from gil._gil import (
    AttachStates,
    BuildInfo,
    Event,
    Holder,
    Knocker,
    Sampler,
    Samples,
    Timeline,
    __version__,
    attempt,
    build_info,
    call,
    convert,
    declaration,
    double_list,
    hold,
    import_attr,
    make_list,
    map_threads,
    nested,
    noting,
    ready_ns,
    release,
    run,
    set_item,
    sort_detached,
    states,
)

TYPE_CHECKING = False  # mypy takes it as typing's, which is not imported for this
if TYPE_CHECKING:
    from gil.instruments.imports import watch_imports
    from gil.instruments.probe import probe

__all__ = [
    "AttachStates",
    "BuildInfo",
    "Event",
    "Holder",
    "Knocker",
    "Sampler",
    "Samples",
    "Timeline",
    "__version__",
    "attempt",
    "build_info",
    "call",
    "convert",
    "declaration",
    "double_list",
    "hold",
    "import_attr",
    "make_list",
    "map_threads",
    "nested",
    "noting",
    "probe",
    "ready_ns",
    "release",
    "run",
    "set_item",
    "sort_detached",
    "states",
    "watch_imports",
]

# What is Python code is imported when it is used: importing `gil` stays as light as the native module.
_LATER = {"probe": "gil.instruments.probe", "watch_imports": "gil.instruments.imports"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    from importlib import import_module  # noqa: PLC0415

    found = globals()[name] = getattr(import_module(_LATER[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""See the GIL: functions that hold it and release it, and a timeline of what happened."""

from gil._gil import (
    AttachStates,
    BuildInfo,
    Event,
    Timeline,
    __version__,
    build_info,
    double_list,
    hold,
    release,
    states,
)

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

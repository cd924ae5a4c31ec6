"""What ``inspect_imports`` runs in a process of its own: imports modules, and writes what the watch saw.

Line by line, each as soon as it is known: whatever is imported may end the process, or never return.
"""

from __future__ import annotations

import os
import sys
import warnings
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gil.instruments.gil_state import gil_enabled
from gil.instruments.imports.contents import extension_modules
from gil.instruments.imports.watch import Watch
from gil.instruments.report import Report

if TYPE_CHECKING:
    from gil.instruments.imports.module import ExtensionModule

_PROCESSES = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}


def main() -> None:
    """Import the modules that the arguments name after the file to write to, and end the process."""
    file, options, *names = sys.argv[1:]
    sys.argv[1:] = []
    if "here" in options:
        sys.path.insert(0, "")
    # The watch tells of all; as an error it would be the end of the import.
    warnings.filterwarnings("ignore", "The global interpreter lock", RuntimeWarning)
    report = _Report(file)
    sys.addaudithook(report.hear)
    watch = Watch(report.tell_of).start()
    tops = {name.partition(".")[0] for name in names}
    # Loaded already, by Python itself or for the watch: of no interest, unless it is what was asked for.
    here = {
        module.name
        for module in watch.modules
        if not module.wants_gil and module.name.partition(".")[0] not in tops
    }
    before = gil_enabled()
    report.listening = True
    try:
        for name in names:
            report.tell(importing=name)
            import_module(name)
    except BaseException as error:  # noqa: BLE001 - the answer
        report.tell(**failure(error))
    else:
        if "files" in options:
            first = {module.name for module in watch.modules}
            report.tell(unloadable=_load_the_rest(names, report))
            report.tell(rest=[module.name for module in watch.modules if module.name not in first])
    report.listening = False
    culprit = watch.culprit
    report.tell(
        gil_before=before,
        gil_after=gil_enabled(),
        culprit=culprit and culprit.name,
        modules=[asdict(module) for module in watch.modules if module.name not in here],
    )
    os._exit(0)  # a thread that was started may never end


def _load_the_rest(names: list[str], report: _Report) -> list[str]:
    """Import the extension modules of the packages that are not loaded yet; return which could not be."""
    failed = []
    for package in [sys.modules[name] for name in names if name in sys.modules]:
        for name in extension_modules(package):
            if name not in sys.modules:
                report.tell(importing=name)
                try:
                    import_module(name)
                except BaseException as error:  # noqa: BLE001 - told of
                    failed.append(f"{name} ({type(error).__name__})")
    return failed


def failure(error: BaseException) -> dict[str, str]:
    """Return what is told of the exception that an import raised."""
    if isinstance(error, SystemExit):
        return {"exits": "0" if error.code is None else str(error.code)}
    return {"error": ": ".join(filter(None, [type(error).__name__, str(error)]))}


class _Report(Report):
    """A report that also tells of processes that are started, while it is ``listening``."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.listening = False
        self._heard: set[str] = set()

    def tell_of(self, module: ExtensionModule) -> None:
        """Write of a module that wants the GIL."""
        self.tell(wanting=asdict(module))

    def hear(self, event: str, _arguments: tuple[Any, ...]) -> None:
        """Write that another process is started, once for each way to do it."""
        if self.listening and event in _PROCESSES and event not in self._heard:
            self._heard.add(event)
            self.tell(process=event)

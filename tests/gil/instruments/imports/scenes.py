"""What test_watch.py runs in a process of its own: imports that switch the GIL on, under watch.

Prints a JSON object: what each scene told, by its name.
"""

import builtins
import dataclasses
import importlib.util
import json
import shutil
import sys
import tempfile
import threading
import traceback
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from pathlib import Path

from gil.instruments.imports import Watch, watch_imports

# The library that test_watch.py names has a module that says `gil_used = true`; each copy of it is another.
LIBRARY = sys.argv[1]
NAME = "gil_used"
enabled = getattr(sys, "_is_gil_enabled", lambda: True)


class RefusedError(Exception):
    pass


def put_native(package):
    package.mkdir(exist_ok=True)
    shutil.copy(LIBRARY, package / (NAME + EXTENSION_SUFFIXES[-1]))


def put(file, *lines):
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(lines) + "\n")


def of(watch, name):
    """Return what the watch knows of the modules of that name."""
    return [dataclasses.asdict(module) for module in watch.modules if module.name == name]


def program(folder):
    """A program imports a library, which calls a function that imports what imports the module that wants."""
    put(folder / "app.py", "import lib")
    put(folder / "lib" / "__init__.py", "def load():", "    import lib.inner", "load()")
    put(folder / "lib" / "inner.py", "from lib import gil_used")
    put_native(folder / "lib")
    raised = None
    before = enabled()
    with Watch() as watch:
        try:
            importlib.import_module("app")
        except RuntimeWarning as warning:
            raised = str(warning)
    with Watch() as later:
        pass
    return {
        "raised": raised,
        "before": before,
        "after": enabled(),
        "modules": of(watch, "lib.gil_used"),
        "wanting": [module.name for module in watch.wanting],
        "culprit": watch.culprit and watch.culprit.name,
        "later": of(later, "lib.gil_used"),
        "later_culprit": later.culprit and later.culprit.name,
    }


def second(folder):
    """Another one, when the GIL is on because of the first: CPython says nothing of this."""
    put_native(folder / "space")  # a namespace package
    with Watch() as watch:
        try:
            importlib.import_module("space.gil_used")
        except RuntimeWarning:
            return None
    return {"modules": of(watch, "space.gil_used"), "culprit": watch.culprit and watch.culprit.name}


def by_path(folder):
    """Loaded by its path, and kept out of sys.modules: a watch that begins later cannot know of it."""
    put_native(folder / "paths")
    spec = importlib.util.spec_from_file_location(NAME, folder / "paths" / (NAME + EXTENSION_SUFFIXES[-1]))
    with Watch() as watch:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    with Watch() as later:
        pass
    return {"modules": of(watch, NAME), "later": of(later, NAME), "registered": NAME in sys.modules}


def own_loader(folder):
    """A loader and an `__import__` of the user's own, which put another object in the module's place."""
    put_native(folder / "own")
    original = builtins.__import__

    class Loader(ExtensionFileLoader):
        def create_module(self, spec):
            return super().create_module(spec)

        def exec_module(self, module):
            super().exec_module(module)
            sys.modules[module.__name__] = "not a module"

    def find_and_import(name, *arguments, **options):
        if name != "own.gil_used":
            return original(name, *arguments, **options)
        path = str(folder / "own" / (NAME + EXTENSION_SUFFIXES[-1]))
        spec = importlib.util.spec_from_file_location(name, path, loader=Loader(name, path))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
        return sys.modules[name]

    builtins.__import__ = find_and_import
    try:
        with Watch() as watch:
            import own.gil_used  # noqa: F401, PLC0415
    finally:
        builtins.__import__ = original
    return {"modules": of(watch, "own.gil_used"), "replaced": sys.modules["own.gil_used"]}


def refused(folder):
    """A callback raises: the import does."""
    put_native(folder / "refused")

    def refuse(module):
        if module.name == "refused.gil_used":
            raise RefusedError(module.name)

    with watch_imports(refuse):
        try:
            importlib.import_module("refused.gil_used")
        except RefusedError as error:
            return str(error)
    return "imported"


def threads(folder):
    """Two threads import at the same moment."""
    names = ["one", "two"]
    for name in names:
        put_native(folder / name)
    start = threading.Barrier(2)

    def load(name):
        start.wait()
        importlib.import_module(f"{name}.gil_used")

    with Watch() as watch:
        both = [threading.Thread(target=load, args=(name,)) for name in names]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    return [len(of(watch, f"{name}.gil_used")) for name in names]


def tracebacks(folder):
    """A file that is no library: the traceback of the import, without a watch and under one."""
    (folder / f"broken{EXTENSION_SUFFIXES[-1]}").write_text("no library")

    def failure():
        try:
            importlib.import_module("broken")
        except ImportError:
            return traceback.format_exc()
        return None

    without = failure()
    with Watch():
        return [without, failure()]


def main():
    told = {}
    folder = Path(tempfile.mkdtemp())
    sys.path.insert(0, str(folder))
    try:
        for scene in (program, second, by_path, own_loader, refused, threads, tracebacks):
            told[scene.__name__] = scene(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # Windows does not remove what is loaded
    print(json.dumps(told))


if __name__ == "__main__":
    main()

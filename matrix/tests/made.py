"""Wheels and sdists that hold next to nothing, made on the spot."""

import io
import tarfile
import zipfile

from packaging.utils import parse_wheel_filename

PLATFORM = "manylinux_2_17_x86_64"
COMPRESSION = zipfile.ZIP_STORED


def wheel(folder, name, members=None, **inside):
    """Write a wheel of this file name; ``inside`` may differ: project, version, tags, requires, link."""
    folder.mkdir(parents=True, exist_ok=True)
    named, spelled = name.split("-")[:2]
    lines = inside.get("tags", sorted(map(str, parse_wheel_filename(name)[3])))
    info = f"{named}-{spelled}.dist-info"
    metadata = [f"Name: {inside.get('project', named)}", f"Version: {inside.get('version', spelled)}"]
    metadata += [f"Requires-Python: {inside['requires']}"] if "requires" in inside else []
    metadata += [f"Requires-Dist: {inside['link']}"] if "link" in inside else []
    if members is None:
        members = {f"{named}/__init__.py": b"", f"{named}.chosen": name.encode()}
    files = {
        **members,
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *metadata, ""]).encode(),
        f"{info}/WHEEL": "\n".join(
            ["Wheel-Version: 1.0", "Root-Is-Purelib: false", *(f"Tag: {line}" for line in lines), ""]
        ).encode(),
    }
    record = f"{info}/RECORD"
    files[record] = "".join(f"{path},,\n" for path in (*files, record)).encode()
    with zipfile.ZipFile(folder / name, "w", COMPRESSION) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return folder / name


def wheels(folder, *tags, named="demo-1.0", members=None):
    """Write a wheel for each tag; a tag without a platform is for Linux."""
    for tag in tags:
        full = tag if tag.count("-") > 1 else f"{tag}-{PLATFORM}"
        wheel(folder, f"{named}-{full}.whl", members)
    return folder


BACKEND = """
import os
def prepare_metadata_for_build_wheel(folder, settings=None):
    os.makedirs(os.path.join(folder, "{top}.dist-info"))
    with open(os.path.join(folder, "{top}.dist-info", "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.2\\nName: {name}\\nVersion: {version}\\n")
    return "{top}.dist-info"
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def sdist(folder, top):
    """Write an sdist whose metadata any installer can get."""
    name, version = top.split("-")
    files = {
        "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n",
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND.format(top=top, name=name, version=version),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / f"{top}.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{top}/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return folder / f"{top}.tar.gz"

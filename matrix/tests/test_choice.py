"""The computed order, held against the real pip and the real uv."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import made
import pytest
from packaging.tags import platform_tags
from uv import find_uv_bin

from abi_matrix.interpreters import names
from abi_matrix.interpreters.machines import accepted
from abi_matrix.wheels.choice import choose
from abi_matrix.wheels.folder import collect

HERE = "{}.{}".format(*sys.version_info)
OURS = ["cp311-abi3", "cp315-abi3.abi3t", "cp315-cp315", "cp314-cp314t", "cp313-cp313t", "py3-none"]
LINUX = ("manylinux_2_17_x86_64", "musllinux_1_2_x86_64")
EVERYWHERE = (
    "manylinux_2_17_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_aarch64", "musllinux_1_2_x86_64",
    "macosx_14_0_arm64", "macosx_10_15_universal2", "win_amd64",
)  # fmt: skip


def on(platforms, *tags):
    return [f"{tag}-{platform}" for tag in tags for platform in platforms]


# Tricky sets of files, a project each: what an installer takes of one does not depend on the others.
SETS = {
    "stable": [*on(LINUX, *OURS), "py3-none-any"],
    "everywhere": [*on(EVERYWHERE, *OURS), "py3-none-any"],
    "policies": on(["manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64"], "cp39-abi3"),
    "newer": [*on(["manylinux_2_17_x86_64"], "cp39-abi3"), *on(["manylinux_2_28_x86_64"], "cp310-abi3")],
    "compressed": ["cp310.cp311-cp310.cp311.abi3-manylinux_2_17_x86_64.manylinux2014_x86_64"],
    "none": [
        *on(EVERYWHERE, "cp311-none", "py310-none"),
        "cp311-none-any",
        "py311-none-any",
        "py2.py3-none-any",
    ],
    "universal": on(["macosx_10_15_universal2", "macosx_12_0_arm64", "macosx_11_3_x86_64"], "cp39-abi3"),
    "minor": [*on(["macosx_11_1_arm64", "macosx_11_1_x86_64"], "cp39-abi3"), "py3-none-any"],
    "nothing": on(EVERYWHERE, "cp39-cp39", "cp314-cp314d", "pp311-pypy311_pp73"),
    "future": [*on(EVERYWHERE, "cp316-abi3.abi3t"), "py39-none-any"],
}
# Of these, whole names.
NAMES = {
    "builds": [f"builds-1.0-{build}cp39-abi3-{p}.whl" for build in ("", "1-", "9z-", "10-") for p in LINUX],
    "prereleases": ["prereleases-1.0-py3-none-any.whl", "prereleases-2.0rc1-py3-none-any.whl"],
    "unfinished": ["unfinished-1.0-cp39-cp39-win32.whl", "unfinished-2.0.dev1-py3-none-any.whl"],
    "versions": ["versions-1.9-py3-none-any.whl", "versions-1.10-cp39-cp39-win_amd64.whl"],
    "epochs": ["epochs-1!0.5-py3-none-any.whl", "epochs-9.0-py3-none-any.whl"],
    "locals": [f"locals-1.0{local}-py3-none-any.whl" for local in ("", "+b.2", "+b.10")],
    "oddcase": ["OddCase-1.0-py3-none-any.whl", "oddcase-0.9-cp39-abi3-manylinux_2_17_x86_64.whl"],
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder with all sets."""
    folder = tmp_path_factory.mktemp("shelf")
    for project, tags in SETS.items():
        made.wheels(folder, *tags, named=f"{project}-1.0")
    for files in NAMES.values():
        for name in files:
            made.wheel(folder, name)
    made.wheel(folder, "bounds-2.0-py3-none-any.whl", requires=">=3.99")
    made.wheel(folder, "bounds-1.0-py3-none-any.whl", requires=">=3.8")
    return folder


@cache
def of(folder):
    projects = {}
    for file in sorted(folder.iterdir()):
        projects.setdefault(file.name.split("-")[0].lower(), []).append(file)
    return {project: collect(files) for project, files in projects.items()}


def computed(folder, python, platforms):
    chosen = {
        project: choose(files, names.parse(python), platforms).file for project, files in of(folder).items()
    }
    return {project: file.path.name for project, file in chosen.items() if file}


def asked_of_uv(folder, target, wanted, *options):
    """Let uv install from the folder what is wanted, a file of the project's name says which."""
    subprocess.run(
        [find_uv_bin(), "--no-config", "pip", "install", "--quiet", f"--cache-dir={folder}-cache",
         "--no-index", f"--find-links={folder}", f"--target={target}", "--only-binary=:all:", *options,
         *wanted],
        check=True, env={name: value for name, value in os.environ.items() if not name.startswith("UV_")},
    )  # fmt: skip
    return {file.stem.lower(): file.read_text(encoding="utf-8") for file in target.glob("*.chosen")}


# pip takes half a second to start, so one process asks it for all; an answer is a file's name a line.
PIP = """
import contextlib, io, json, sys
from pip._internal.cli.main import main
for options in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        failed = main(options)
    chosen = [] if failed else json.loads(out.getvalue())["install"]
    print(json.dumps([row["download_info"]["url"].rpartition("/")[2] for row in chosen]), flush=True)
"""


def asked_of_pip(folder, target, *questions):
    common = [
        "--isolated", "install", "--quiet", "--dry-run", "--ignore-installed", "--report=-", "--no-deps",
        "--disable-pip-version-check", "--no-index", f"--find-links={folder}", "--only-binary=:all:",
        f"--target={target}",
    ]  # fmt: skip
    result = subprocess.run(
        [sys.executable, "-c", PIP], input=json.dumps([[*common, *question] for question in questions]),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [
        {
            name.split("-")[0].lower(): name.replace("%21", "!").replace("%2B", "+")
            for name in json.loads(line)
        }
        for line in result.stdout.splitlines()
    ]


FOREIGN = [
    ("3.13t", "manylinux_aarch64", (2, 17)),
    ("3.14t", "macosx_x86_64", (13, 0)),
    ("3.15", "win_amd64", ()),
    ("3.15t", "manylinux_x86_64", (2, 17)),
]


def platform_options(family, version):
    if family.startswith("macosx"):  # pip knows itself what follows from a system's version
        return [f"--platform=macosx_{version[0]}_{version[1]}_{family.partition('_')[2]}"]
    return [f"--platform={tag}" for tag in accepted(family, version)]


def test_pip_takes_what_is_computed_here_and_for_other_platforms(shelf, tmp_path):
    here = computed(shelf, HERE, [*platform_tags()])
    wanted = [computed(shelf, python, [*accepted(family, version)]) for python, family, version in FOREIGN]
    questions = [
        [
            *platform_options(family, version), f"--python-version={python.removesuffix('t')}",
            "--implementation=cp", f"--abi={names.parse(python).abi}", *expected,
        ]
        for (python, family, version), expected in zip(FOREIGN, wanted, strict=True)
    ]  # fmt: skip
    made.wheel(tmp_path, "demo-1.0-py3-none-any.whl")
    made.sdist(tmp_path, "demo-1.1")
    newer_sdist = ["--only-binary=:none:", "--no-build-isolation", f"--find-links={tmp_path}", "demo"]
    answers = asked_of_pip(shelf, tmp_path / "target", [*here], ["nothing"], newer_sdist, *questions)
    assert answers == [here, {}, {"demo": "demo-1.1.tar.gz"}, *wanted]


@pytest.mark.parametrize(
    ("python", "platform", "machine"),
    [
        ("3.10", "x86_64-manylinux_2_28", ("manylinux_x86_64", (2, 28))),
        ("3.12", "x86_64-unknown-linux-musl", ("musllinux_x86_64", (1, 2))),
        ("3.14", "aarch64-apple-darwin", ("macosx_arm64", (13, 0))),
        ("3.15", "x86_64-pc-windows-msvc", ("win_amd64", ())),
    ],
)
def test_uv_takes_what_is_computed_for_other_platforms(shelf, tmp_path, python, platform, machine):
    wanted = computed(shelf, python, [*accepted(*machine)])
    options = (f"--python-version={python}", f"--python-platform={platform}")
    assert asked_of_uv(shelf, tmp_path, wanted, *options) == wanted


def test_uv_takes_what_is_computed_here(shelf, tmp_path):
    wanted = computed(shelf, HERE, [*platform_tags()])
    assert "nothing" not in wanted
    assert asked_of_uv(shelf, tmp_path, wanted, f"--python={sys.executable}") == wanted


def free_threaded():
    """The free-threaded interpreters in uv's folder; looking elsewhere takes long."""
    folder = subprocess.run([find_uv_bin(), "python", "dir"], capture_output=True, text=True, check=True)
    found = {
        file.name.removeprefix("python"): file
        for file in Path(folder.stdout.strip()).glob("cpython-*freethreaded-*/bin/python3.*t")
    }
    return sorted(found.items())


@pytest.mark.parametrize(("python", "executable"), free_threaded())
def test_uv_takes_what_is_computed_with_a_free_threaded_interpreter(shelf, tmp_path, python, executable):
    wanted = computed(shelf, python, [*platform_tags()])
    assert asked_of_uv(shelf, tmp_path, wanted, f"--python={executable}") == wanted


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["demo-1.0-py3-none-any.whl", "demo-1.0"], "demo-1.0-py3-none-any.whl"),
        (["demo-1.0-py3-none-any.whl", "demo-1.1"], "demo-1.1.tar.gz"),
        (["demo-1.0-py3-none-any.whl", "demo-1.1rc1"], "demo-1.0-py3-none-any.whl"),
        (["demo-1.0-cp39-cp39-win32.whl", "demo-0.9"], "demo-0.9.tar.gz"),
    ],
)
def test_an_sdist_is_taken_where_no_wheel_of_its_version_is(tmp_path, files, chosen):
    folder = tmp_path / "folder"
    for name in files:
        made.wheel(folder, name) if name.endswith(".whl") else made.sdist(folder, name)
    assert computed(folder, HERE, [*platform_tags()]) == {"demo": chosen}
    result = subprocess.run(
        [find_uv_bin(), "--no-config", "pip", "install", "--quiet", "--dry-run", "--output-format=json",
         "--no-index", f"--find-links={folder}", f"--target={tmp_path}", f"--python={sys.executable}",
         "demo"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (change,) = json.loads(result.stdout)["changes"]
    assert change["version"] == chosen.removesuffix(".tar.gz").split("-")[1]


def test_what_is_equally_good_is_told(tmp_path):
    made.wheels(tmp_path, "cp39-abi3-win_amd64", "cp39.cp310-abi3-win_amd64", "cp38-abi3-win_amd64")
    choice = choose(collect([tmp_path]), names.parse("3.9"), ["win_amd64"])
    assert {wheel.abi for wheel in (choice.wheel, *choice.equals)} == {"cp39-abi3", "cp39.cp310-abi3"}
    assert choose(collect([tmp_path]), names.parse("3.10"), ["win_amd64"]).equals == ()


def test_who_is_excluded_by_requires_python_gets_nothing_and_no_blame(tmp_path):
    made.wheel(tmp_path, "demo-1.0-py3-none-any.whl", requires=">=3.12")
    made.sdist(tmp_path, "demo-1.0")
    files = collect([tmp_path])
    excluded = choose(files, names.parse("3.11"), [])
    assert (excluded.file, excluded.excluded) == (None, True)
    assert choose(files, names.parse("3.12"), []).wheel


@pytest.mark.parametrize("requires", [">=3.15", ">=3.15.1", "!=3.15.0"])
def test_an_interpreter_counts_as_the_latest_of_its_version(tmp_path, requires):
    made.wheel(tmp_path, "demo-1.0-py3-none-any.whl", requires=requires)
    assert choose(collect([tmp_path]), names.parse("3.15"), []).wheel
    assert choose(collect([tmp_path]), names.parse("3.14"), []).excluded == (requires != "!=3.15.0")


def test_requires_python_that_nobody_can_read_excludes_nobody(tmp_path):
    made.wheel(tmp_path, "demo-1.0-py3-none-any.whl", requires="three")
    assert choose(collect([tmp_path]), names.parse("3.11"), []).wheel

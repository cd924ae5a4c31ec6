"""A project whose backend compiles nothing is built for real, by uv, in the environment of a session."""

import re
import sys
from dataclasses import replace

import made
import pytest
import tables
from packaging.tags import platform_tags

from abi_matrix.base.errors import NO_RUST, InputError, UserError
from abi_matrix.building import wheels
from abi_matrix.config import rows
from abi_matrix.config.table import Row
from abi_matrix.provisioning.environments import environment

HERE = rows.this_python()
BACKEND = """
import os, zipfile

def build_wheel(out, settings=None, metadata=None):
    print("   Compiling one v1")
    print("   Compiling two v2")
    print("with", os.environ.get("A"), os.environ.get("HATCH"), os.environ.get("CARGO_TARGET_DIR"))
    if os.environ.get("FAILS"):
        raise SystemExit("no compiler")
    name = "demo_project-1.0-" + os.environ.get("TAG", "cp314-cp314t") + "-linux_x86_64.whl"
    with zipfile.ZipFile(os.path.join(out, name), "w") as archive:
        archive.writestr("demo/_core.so", b"")
    return name
"""
# Before the rest of the backend: compile the crate, and say how many crates that were.
CARGO = """
import os, subprocess
ran = subprocess.run(["cargo", "build", "--offline"], stderr=subprocess.PIPE, text=True, check=True)
print("compiled by cargo:", ran.stderr.count("Compiling "))
"""
TEXT = (
    tables.TEXT
    + """
[tool.abi-matrix.build]
env = { A = "b" }

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
)
ROW = Row("cp314-cp314t", HERE, ("3.14t",), {"HATCH": "1"})


@pytest.fixture
def table(tmp_path):
    read = tables.project(tmp_path / "project", TEXT)
    (read.root / "backend.py").write_text(BACKEND, encoding="utf-8")
    return read


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    return environment(tmp_path_factory.mktemp("session"), "wheel", sys.executable)


@pytest.fixture
def session(table, made_once):
    """Return the environment of a session of the table's project; it is the same for all tests here."""
    return replace(made_once, root=table.root)


def test_the_backend_builds_with_the_variables_of_table_and_row(table, session, capsys):
    file = wheels.build(ROW, table, session)
    assert file == table.root / "dist" / "demo_project-1.0-cp314-cp314t-linux_x86_64.whl"
    assert wheels.built(table, ROW) == file
    output = capsys.readouterr().out
    assert "with b 1 None" in output
    assert f"{file.name}: {file.stat().st_size} bytes" in output


@pytest.mark.parametrize("folder", ["", "src/_core"])
def test_with_cargo_each_abi_has_a_target_folder_and_the_crates_are_counted(
    folder, table, session, capsys, monkeypatch
):
    (table.root / folder).mkdir(parents=True, exist_ok=True)
    (table.root / folder / "Cargo.toml").touch()
    monkeypatch.setattr(wheels.shutil, "which", lambda name: name)
    file = wheels.build(ROW, table, session)
    output = capsys.readouterr().out
    assert f"with b 1 {table.root / 'target' / 'cp314-cp314t'}" in output
    assert f"{file.name}: 2 crates compiled, " in output


def test_a_build_script_that_says_nothing_is_not_run_again_for_the_wheels_in_dist(table, session, capsys):
    files = {
        "Cargo.toml": '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2024"\n',
        "src/lib.rs": "",
        "build.rs": "fn main() {}",
        "backend.py": CARGO + BACKEND,
    }
    for name, text in files.items():
        (table.root / name).parent.mkdir(exist_ok=True)
        (table.root / name).write_text(text, encoding="utf-8")
    other = Row("cp311-abi3", HERE, ("3.11",), {"TAG": "cp311-abi3"})
    compiled = []
    for row in (ROW, other, ROW, other):
        wheels.build(row, table, session)
        compiled += re.findall("compiled by cargo: ([0-9])", capsys.readouterr().out)
    assert compiled == ["1", "0", "0", "0"]


def test_no_rust_is_one_sentence(table, session, monkeypatch):
    (table.root / "Cargo.toml").touch()
    monkeypatch.setattr(wheels.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"cargo is not on PATH: install Rust from") as raised:
        wheels.build(ROW, table, session)
    assert raised.value.code == NO_RUST


def test_only_the_old_file_of_this_row_and_project_is_replaced(table, session):
    dist = table.root / "dist"
    dist.mkdir()
    others = [
        "demo_project-0.9-cp311-abi3-linux_x86_64.whl",
        "other-0.9-cp314-cp314t-linux_x86_64.whl",
        "stray.txt",
    ]
    for name in ["demo_project-0.9-cp314-cp314t-linux_x86_64.whl", *others]:
        (dist / name).touch()
    built = wheels.build(ROW, table, session)
    assert sorted(path.name for path in dist.iterdir()) == sorted([built.name, *others])


@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        (("FAILS", "1"), r"^Building project failed; the messages are above\.$"),
        (
            ("TAG", "cp314-cp314"),
            r"gave demo_project-1.0-cp314-cp314-.*, but the table's row is cp314-cp314t",
        ),
    ],
)
def test_a_build_that_fails_or_gives_another_wheel_keeps_the_old_file(
    table, session, monkeypatch, variable, reason
):
    old = wheels.build(ROW, table, session)
    monkeypatch.setenv(*variable)
    with pytest.raises(UserError, match=reason):
        wheels.build(ROW, table, session)
    assert [*old.parent.iterdir()] == [old]


def test_a_backend_that_does_not_answer_is_one_sentence(table, session):
    (table.root / "backend.py").write_text("raise OSError('gone')", encoding="utf-8")
    with pytest.raises(UserError, match=r"^The build backend backend does not answer: OSError: gone\.$"):
        wheels.build(ROW, table, session)


def test_what_the_backend_asks_for_is_installed(table, session, monkeypatch):
    with (table.root / "backend.py").open("a", encoding="utf-8") as file:
        file.write("def get_requires_for_build_wheel(settings=None):\n    return ['more>=1']\n")
    added = []
    monkeypatch.setattr(type(session), "add", lambda self, *requirements: added.append(requirements))
    wheels.prepare(table, session)
    assert added == [(), ("more>=1",)]


def test_no_wheel_is_one_sentence(table):
    with pytest.raises(UserError, match="run `nox -s wheel-cp314-cp314t`"):
        wheels.built(table, ROW)


@pytest.mark.parametrize("name", ["src/demo/_core.abi3.so", "python/demo/_core.pyd", "demo_project/_core.so"])
def test_a_stray_extension_is_named(table, session, name):
    (table.root / name).parent.mkdir(parents=True)
    (table.root / name).touch()
    with pytest.raises(UserError, match=rf"`rm {name}`"):
        wheels.build(ROW, table, session)


def test_the_file_that_installers_take_is_found_in_folders_below(tmp_path):
    major_minor = "cp{}{}".format(*sys.version_info)
    for number, tag in enumerate(
        ["cp39-abi3", f"{major_minor}-{major_minor}{'t' * HERE.endswith('t')}", "cp399-cp399"]
    ):
        made.wheels(tmp_path / "dist" / str(number), f"{tag}-{next(platform_tags())}")
    assert wheels.taken(tmp_path / "dist", HERE).name.startswith(f"demo-1.0-{major_minor}-{major_minor}")
    with pytest.raises(UserError, match=r"there is no wheel for pypy3\.11 on this machine"):
        wheels.taken(tmp_path / "dist", "pypy3.11")

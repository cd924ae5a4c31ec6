import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from build_backend import gil_reproducible
from workshop.repository import ROOT

REGISTRY = "registry+https://example.org/index"


USERS = ["--cfg", "a_users"]
TRIPLE = re.search(
    "host: (.*)", subprocess.run(["rustc", "-vV"], check=True, capture_output=True, encoding="utf-8").stdout
)


# Kept between runs: what cargo has answered once it need not compile again.
TARGET = ROOT / "target" / "test-rustflags"


@pytest.fixture
def flags(tmp_path):
    """Return a function that asks for the flags in a tree with this configuration of cargo."""

    def ask(config="", arguments=(), **environ):
        (tmp_path / ".cargo").mkdir()
        (tmp_path / ".cargo" / "config.toml").write_text(config, encoding="utf-8")
        plain = {
            name: value for name, value in os.environ.items() if not re.search("RUSTFLAGS|CARGO_B", name)
        }
        environ = {**plain, "CARGO_TARGET_DIR": str(TARGET), **environ}
        return gil_reproducible.rustflags(tmp_path, environ, arguments).split("\x1f")

    return ask


def ours(tree, home):
    return [f"--remap-path-prefix={tree}=.", f"--remap-path-prefix={home}/registry/src=/cargo"]


def test_the_tree_and_cargos_sources_are_hidden(tmp_path, flags):
    home = tmp_path / "some one"
    assert flags(CARGO_HOME=str(home)) == ours(tmp_path, home)


def test_cargos_home_is_where_cargo_has_it_by_default(tmp_path, flags, monkeypatch):
    monkeypatch.delenv("CARGO_HOME", raising=False)
    assert flags() == ours(tmp_path, Path.home() / ".cargo")


@pytest.mark.parametrize(
    "config",
    [
        "[build]\nrustflags = ['--cfg', 'a_users']",
        f"[target.{TRIPLE[1]}]\nrustflags = '--cfg a_users'\n[build]\nrustflags = ['--cfg', 'unused']",
        "[target.'cfg(all())']\nrustflags = ['--cfg', 'a_users']",
    ],
)
def test_what_cargos_configuration_says_stays(flags, config):
    assert flags(config)[:-2] == USERS


@pytest.mark.parametrize(
    ("environ", "kept"),
    [
        ({"CARGO_BUILD_RUSTFLAGS": "--cfg a_users"}, ["--cfg", "in_a_file", *USERS]),
        ({"RUSTFLAGS": "--cfg a_users"}, USERS),
        ({"RUSTFLAGS": "--cfg unused", "CARGO_ENCODED_RUSTFLAGS": "--cfg\x1fa_users"}, USERS),
    ],
)
def test_what_the_environment_says_stays_and_counts_as_it_does_for_cargo(flags, environ, kept):
    assert flags("[build]\nrustflags = ['--cfg', 'in_a_file']", **environ)[:-2] == kept


@pytest.mark.parametrize(
    "arguments",
    [
        ["--config", "build.rustflags=['--cfg', 'a_users']", "--release"],
        [f"--target={TRIPLE[1]}", "--config=build.rustflags='--cfg a_users'"],
        ["--target", "universal2-apple-darwin", "--config=build.rustflags='--cfg a_users'"],
    ],
)
def test_what_maturins_arguments_say_stays(flags, arguments):
    assert flags(arguments=arguments)[:-2] == USERS


def test_without_a_change_cargo_is_not_asked_to_compile(flags, tmp_path):
    """Every session that builds asks, also where nothing is to be built."""
    first = flags()
    times = {path: path.stat().st_mtime_ns for path in (TARGET / "rustflags").rglob("*build-script-build*")}
    shutil.rmtree(tmp_path / ".cargo")
    assert flags() == first
    assert times
    assert times == {
        path: path.stat().st_mtime_ns for path in (TARGET / "rustflags").rglob("*build-script-build*")
    }


def test_both_reach_rustc(tmp_path, flags):
    environ = {
        **os.environ,
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags("[build]\nrustflags = '--cfg a_users'")),
    }
    (tmp_path / "Cargo.toml").write_text(
        "[package]\nname = 'crate'\n[lib]\npath = 'lib.rs'\n", encoding="utf-8"
    )
    (tmp_path / "lib.rs").touch()
    told = subprocess.run(
        ["cargo", "check", "-v"], cwd=tmp_path, env=environ, capture_output=True, encoding="utf-8", check=True
    ).stderr
    (command,) = (line for line in told.splitlines() if "--crate-name crate" in line)
    assert "--cfg a_users" in command
    assert all(flag in command for flag in ours(tmp_path, Path.home() / ".cargo")[:1])


def test_a_cargo_that_cannot_compile_is_an_error(flags, capfd):
    with pytest.raises(subprocess.CalledProcessError):
        flags("[build]\nrustflags = ['--no-such-flag']")
    assert "no-such-flag" in capfd.readouterr().err


def package(name, license_="MIT", source=REGISTRY):
    return {"id": f"{source}#{name}", "name": name, "version": "1.0.0", "license": license_, "source": source}


def dep(name, *kinds, source=REGISTRY):
    return {"pkg": f"{source}#{name}", "dep_kinds": [{"kind": kind} for kind in kinds]}


@pytest.fixture
def sbom(tmp_path, monkeypatch):
    """The list of a crate that links a and through it b, builds with c, and is tested with d."""
    ours = package("gil", source=None)
    metadata = {
        "packages": [ours, *(package(name) for name in "abcd")],
        "resolve": {
            "root": ours["id"],
            "nodes": [
                {"id": ours["id"], "deps": [dep("a", None), dep("c", "build"), dep("d", "dev")]},
                {"id": f"{REGISTRY}#a", "deps": [dep("b", None, "dev")]},
                *({"id": f"{REGISTRY}#{name}", "deps": []} for name in "bcd"),
            ],
        },
    }
    metadata["packages"][1]["license"] = "MIT/Apache-2.0"
    lock = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1.0.0"\nchecksum = "{name}{name}"\n' for name in "abcd"
    )
    (tmp_path / "Cargo.lock").write_text(
        f'{lock}[[package]]\nname = "gil"\nversion = "1.0.0"\n', encoding="utf-8"
    )
    answer = subprocess.CompletedProcess([], 0, json.dumps(metadata).encode())
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: answer)
    gil_reproducible.write_sbom(tmp_path, tmp_path / "out.json")
    return json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))


def test_what_is_linked_is_required_and_what_only_builds_is_not(sbom):
    scopes = {row["name"]: row["scope"] for row in sbom["components"]}
    assert scopes == {"a": "required", "b": "required", "c": "excluded"}
    assert sbom["metadata"]["component"]["name"] == "gil"


def test_a_component_says_where_it_is_from_and_ours_does_not(sbom):
    assert sbom["components"][0] == {
        "bom-ref": "a@1.0.0",
        "hashes": [{"alg": "SHA-256", "content": "aa"}],
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
        "name": "a",
        "purl": "pkg:cargo/a@1.0.0",
        "scope": "required",
        "type": "library",
        "version": "1.0.0",
    }
    assert "purl" not in sbom["metadata"]["component"]


def test_the_graph_leaves_out_what_only_tests(sbom):
    assert {row["ref"]: row["dependsOn"] for row in sbom["dependencies"]} == {
        "gil@1.0.0": ["a@1.0.0", "c@1.0.0"],
        "a@1.0.0": ["b@1.0.0"],
        "b@1.0.0": [],
        "c@1.0.0": [],
    }


def test_neither_time_nor_place_nor_chance_is_in_it(sbom):
    assert not {"serialNumber"} & sbom.keys()
    assert not {"timestamp"} & sbom["metadata"].keys()
    assert "file://" not in json.dumps(sbom)

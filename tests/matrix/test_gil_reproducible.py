import json
import subprocess
from pathlib import Path

import pytest

from build_backend import gil_reproducible

REGISTRY = "registry+https://example.org/index"


def flags(**environ):
    return gil_reproducible.rustflags(Path("/tree"), environ).split("\x1f")


def test_the_tree_and_cargos_sources_are_hidden():
    assert flags(CARGO_HOME="/home/some one/.cargo") == [
        "--remap-path-prefix=/tree=.",
        "--remap-path-prefix=/home/some one/.cargo/registry/src=/cargo",
    ]


def test_cargos_home_is_where_cargo_has_it_by_default():
    assert flags()[-1] == f"--remap-path-prefix={Path.home()}/.cargo/registry/src=/cargo"


@pytest.mark.parametrize(
    "given", [{"RUSTFLAGS": "-C target-cpu=native"}, {"CARGO_ENCODED_RUSTFLAGS": "-C\x1ftarget-cpu=native"}]
)
def test_what_somebody_asks_for_stays_first(given):
    assert flags(**given)[:3] == ["-C", "target-cpu=native", "--remap-path-prefix=/tree=."]


def test_cargo_prefers_the_encoded_flags_and_so_does_this():
    assert flags(RUSTFLAGS="-a", CARGO_ENCODED_RUSTFLAGS="-b")[0] == "-b"


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

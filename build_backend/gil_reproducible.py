"""What makes a wheel the same wherever it is built: no folder's name in the binary or in its SBOM.

Used by the backend (so by pip, uv and cibuildwheel) and by matrix/wheels.py. Standard library only.
"""

import json
import os
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SEPARATOR = "\x1f"


def rustflags(root: Path, environ: Mapping[str, str]) -> str:
    """Return a CARGO_ENCODED_RUSTFLAGS that hides this machine's folders, after what ``environ`` asks for.

    rustc writes the path of every source that can panic into the binary: those of this project's
    dependencies lie in Cargo's home. cargo's own ``trim-paths`` is not stable yet. Encoded, because
    a path may hold blanks; a variable, because flags from ``[tool.maturin]`` never reach dependencies.
    """
    if encoded := environ.get("CARGO_ENCODED_RUSTFLAGS"):
        flags = encoded.split(_SEPARATOR)
    else:
        flags = environ.get("RUSTFLAGS", "").split()
    cargo_home = Path(environ.get("CARGO_HOME") or Path.home() / ".cargo")
    hidden = {root: ".", cargo_home / "registry" / "src": "/cargo"}  # rustc takes the last that fits
    return _SEPARATOR.join([*flags, *(f"--remap-path-prefix={path}={name}" for path, name in hidden.items())])


def write_sbom(root: Path, file: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Write the crates that end up in the wheel to ``file``, as CycloneDX JSON.

    maturin's own list names the build folder in every reference, and the time.
    """
    metadata = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--locked", "--format-version=1"],
            cwd=root,
            env=dict(environ),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
    )
    lock = tomllib.loads((root / "Cargo.lock").read_text(encoding="utf-8"))
    file.write_text(json.dumps(_cyclonedx(metadata, lock), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _cyclonedx(metadata: dict[str, Any], lock: dict[str, Any]) -> dict[str, Any]:
    checksums = {(row["name"], row["version"]): row.get("checksum") for row in lock["package"]}
    packages = {row["id"]: row for row in metadata["packages"]}
    ref = {key: f"{row['name']}@{row['version']}" for key, row in packages.items()}
    root: str = metadata["resolve"]["root"]
    edges = {
        node["id"]: {
            dep["pkg"]: {kind["kind"] for kind in dep["dep_kinds"]} - {"dev"} for dep in node["deps"]
        }
        for node in metadata["resolve"]["nodes"]
    }
    linked = _reachable(edges, root, {None})
    used = sorted(_reachable(edges, root, {None, "build"}), key=ref.__getitem__)

    def component(key: str) -> dict[str, Any]:
        row = packages[key]
        described = {
            "type": "library",
            "bom-ref": ref[key],
            "name": row["name"],
            "version": row["version"],
            "scope": "required" if key in linked else "excluded",
        }
        if row["source"]:  # ours are on no registry, where others have taken their names
            described["purl"] = f"pkg:cargo/{ref[key]}"
        if row["license"]:
            described["licenses"] = [{"expression": row["license"].replace("/", " OR ")}]
        if checksum := checksums[row["name"], row["version"]]:
            described["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return described

    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root)},
        "components": [component(key) for key in used if key != root],
        "dependencies": [
            {"ref": ref[key], "dependsOn": sorted(ref[dep] for dep, kinds in edges[key].items() if kinds)}
            for key in used
        ],
    }


def _reachable(edges: Mapping[str, Mapping[str, set[Any]]], start: str, kinds: set[Any]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += [dep for dep, how in edges[key].items() if how & kinds]
    return found

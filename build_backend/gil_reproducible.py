"""What makes a wheel the same wherever it is built: no folder's name in the binary or in its SBOM.

Used by the backend (so by pip, uv and cibuildwheel) and by workshop/extension.py. Standard library only.
"""

import argparse
import json
import os
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

COMPRESSION = "--compression-level=9"
"""An option for maturin, whose own level, 6, makes a wheel 8 kB larger."""

_SEPARATOR = "\x1f"
_ANSWER = "GIL_RUSTFLAGS"
# Of no workspace, though the target folder lies in one.
_CRATE = {
    "Cargo.toml": """\
[package]
name = "rustflags"
version = "0.0.0"
edition = "2021"
build = "build.rs"

[lib]
path = "lib.rs"

[workspace]
""",
    "build.rs": f"""\
fn main() {{
    println!("cargo::rustc-env={_ANSWER}={{}}", std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap());
}}
""",
    "lib.rs": "",
}


def rustflags(root: Path, environ: Mapping[str, str], arguments: Sequence[str] = ()) -> str:
    """Return a CARGO_ENCODED_RUSTFLAGS that hides this machine's folders, and keeps the user's own flags.

    ``arguments`` are maturin's. rustc writes the path of every source that can panic into the binary:
    those of this project's dependencies lie in Cargo's home. cargo's own ``trim-paths`` is not stable yet.
    A variable, because flags from ``[tool.maturin]`` never reach dependencies; encoded, because a path may
    hold blanks. Raises subprocess.CalledProcessError where cargo cannot compile.
    """
    cargo_home = Path(environ.get("CARGO_HOME") or Path.home() / ".cargo")
    hidden = {root: ".", cargo_home / "registry" / "src": "/cargo"}  # rustc takes the last that fits
    ours = [f"--remap-path-prefix={path}={name}" for path, name in hidden.items()]
    return _SEPARATOR.join([*_users_flags(root, environ, arguments), *ours])


def _users_flags(root: Path, environ: Mapping[str, str], arguments: Sequence[str]) -> list[str]:
    """Return the flags with which cargo would compile without ours.

    They come from a variable, or from one of several places in any of several files, and the variable
    that is to hold ours replaces them all. `cargo config get` is not stable, but cargo tells build
    scripts: so it builds a crate that only has such a script, below the target folder, where it stays. The
    next time, cargo reads the script's answer from there, unless the flags have changed.
    """
    target = root / (environ.get("CARGO_TARGET_DIR") or "target")
    crate = target / "rustflags"
    crate.mkdir(parents=True, exist_ok=True)
    for name, text in _CRATE.items():
        file = crate / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--target", default="")
    parser.add_argument("--config", action="append", default=[])
    chosen, _ = parser.parse_known_args(arguments)
    options = [f"--config={value}" for value in chosen.config]
    # A universal2 wheel is compiled twice, with the same variable: the flags are this machine's.
    if chosen.target and not chosen.target.startswith("universal2"):
        options.append(f"--target={chosen.target}")
    manifest, out = f"--manifest-path={crate / 'Cargo.toml'}", f"--target-dir={crate / 'target'}"
    command = ("check", "--quiet", "--message-format=json", manifest, out, *options)
    for line in _cargo(root, environ, *command).splitlines():
        message = json.loads(line)
        if message["reason"] == "build-script-executed":
            (flags,) = (value for name, value in message["env"] if name == _ANSWER)
            return flags.split(_SEPARATOR) if flags else []
    raise AssertionError("cargo has not run the build script")


def _cargo(root: Path, environ: Mapping[str, str], *command: str) -> bytes:
    """Return what cargo prints on standard output; its messages go to this process's standard error."""
    # In ``root``: cargo looks for its configuration from the working folder upwards.
    run = subprocess.run(["cargo", *command], cwd=root, env=dict(environ), stdout=subprocess.PIPE, check=True)
    return run.stdout


def write_sbom(root: Path, file: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Write the crates that end up in the wheel to ``file``, as CycloneDX JSON.

    maturin's own list names the build folder in every reference, and the time.
    """
    metadata = json.loads(_cargo(root, environ, "metadata", "--locked", "--format-version=1"))
    lock = tomllib.loads((root / "Cargo.lock").read_text(encoding="utf-8"))
    text = json.dumps(_cyclonedx(metadata, lock), indent=1, sort_keys=True) + "\n"
    file.write_text(text, encoding="utf-8", newline="\n")


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

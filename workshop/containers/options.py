"""What cibuildwheel has to be told so that a container of the local image can build and test.

The image has no Rust: this machine's is mounted instead of another fetched. Nor has it the certificate
of a proxy that the machine may be behind. All of it goes into CIBW_* variables.
"""

from __future__ import annotations

import os
import shlex
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.building import wheels
from workshop.repository import ROOT, pyproject

if TYPE_CHECKING:
    from workshop.containers.engine import Engine

LABEL = "gil-demo.wheels"
"""On the containers, so that those of a killed run can be found."""

# This machine's way to the network; passed by name, so that no password is printed.
PASSED = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "UV_DEFAULT_INDEX", "UV_INDEX", "UV_OFFLINE", "CARGO_NET_OFFLINE",
)  # fmt: skip
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""Where a Debian has them."""
_SET = {
    "PATH": "/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "CARGO_HOME": "/opt/cargo",
    "UV_CACHE_DIR": "/opt/uv",
    "UV_LINK_MODE": "copy",  # between a volume and the container nothing else works
    "UV_PYTHON_DOWNLOADS": "never",
}


def environment(engine: Engine, image: str, machine: str) -> dict[str, str]:
    """Return the variables under which cibuildwheel uses ``image`` for the architecture ``machine``.

    Raises UserError if this machine has no Rust that a container can use.
    """
    volumes = {
        f"{toolchain()}": "/opt/rust:ro",
        # Caches of the containers' own: what root writes into a user's is the user's no longer.
        f"{cache.folder('container', 'cargo')}": _SET["CARGO_HOME"],
        f"{cache.folder('container', 'uv')}": _SET["UV_CACHE_DIR"],
    }
    variables = dict(_SET)
    if bundle := certificates():
        volumes[f"{Path(bundle).resolve()}"] = f"{CERTIFICATES}:ro"
        variables["SSL_CERT_FILE"] = CERTIFICATES
    arguments = [
        "--network=host",
        f"--label={LABEL}",
        *(f"--volume={here}:{there}" for here, there in volumes.items()),
        *(f"--env={name}={value}" for name, value in variables.items()),
        *(f"--env={name}" for name in PASSED if name in os.environ),
    ]
    return {
        **engine.env,
        f"CIBW_MANYLINUX_{machine.upper()}_IMAGE": image,
        "CIBW_BEFORE_ALL_LINUX": "",  # which installs Rust
        "CIBW_CONTAINER_ENGINE": (
            f"{engine.name}; disable_host_mount: true; create_args: {shlex.join(arguments)}"
        ),
    }


def certificates() -> str | None:
    """Return the file with the certificates that this machine trusts, its proxy's among them."""
    return os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile


def toolchain() -> Path:
    """Return the folder of a Rust toolchain, complete enough to be mounted into a container.

    It is the one that the configuration pins, if rustup has that, else the one that is used here.
    Raises UserError if there is none.
    """
    wheels.require_rust()
    pinned = {"RUSTUP_TOOLCHAIN": pyproject()["tool"]["cibuildwheel"]["environment"]["RUSTUP_TOOLCHAIN"]}
    sysroot = _sysroot(pinned) or _sysroot({})
    if sysroot is None or sysroot == Path("/usr") or not (sysroot / "bin" / "cargo").exists():
        raise UserError(
            f"The Rust in {sysroot} is no toolchain that a container can use:"
            " install Rust from https://rustup.rs, which keeps each in a folder of its own, and run again."
        )
    return sysroot


def _sysroot(choice: dict[str, str]) -> Path | None:
    env = {**os.environ, "RUSTUP_AUTO_INSTALL": "0", **choice}
    told = commands.run("rustc", "--print=sysroot", cwd=ROOT, env=env)
    return None if told.returncode else Path(told.stdout.strip())

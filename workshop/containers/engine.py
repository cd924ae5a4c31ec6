"""The container engine: which one works here, with which settings, and what it can pull."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

_NAMES = ("docker", "podman")
_INSTALL = "apt-get install podman runc"
_PATIENCE = 60.0  # seconds for a daemon to answer

# For a machine that is itself a container or a small VM. runc puts up with mixed cgroups, where crun
# gives up; without systemd podman must keep cgroups and events itself; without CAP_SYS_RESOURCE it can
# only lower limits, and its defaults raise them; and the machine's own network needs no bridge.
_CONFIGURATION = """\
[containers]
netns = "host"
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]

[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@dataclass(frozen=True)
class Engine:
    """docker or podman, and the environment that it needs here."""

    name: str
    env: dict[str, str] = field(default_factory=dict)
    """Beyond this process's own."""

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - theirs
        """Run the engine with ``arguments`` and the ``options`` of ``commands.run``."""
        return commands.run(self.name, *arguments, env={**os.environ, **self.env}, **options)

    def has(self, image: str) -> bool:
        """Whether ``image`` is on this machine."""
        return self.run("image", "inspect", image).returncode == 0

    def pull(self, image: str) -> str | None:
        """Bring ``image`` onto this machine; return None, or why it cannot be had."""
        if self.has(image):
            return None
        with step(f"{self.name} pull {image}"):
            result = self.run("pull", "--quiet", image)
        # The innermost of a chain of reasons: "... dial tcp: lookup ...: no such host".
        return _reason(result).rpartition(": ")[2] if result.returncode else None

    def tags(self, repository: str) -> list[str]:
        """Return the images named ``repository:...`` on this machine."""
        listed = self.run("images", "--format={{.Repository}}:{{.Tag}}", f"--filter=reference={repository}")
        return listed.stdout.split()

    def remove_containers(self, label: str) -> None:
        """Remove the containers that carry ``label``, with what runs in them."""
        for container in self.run("ps", "--all", "--quiet", f"--filter=label={label}").stdout.split():
            self.run("rm", "--force", "--volumes", container)


def find() -> Engine:
    """Return docker if its daemon answers, else podman; or the one in CIBW_CONTAINER_ENGINE.

    Raises UserError if none of them works.
    """
    chosen = os.environ.get("CIBW_CONTAINER_ENGINE", "").partition(";")[0].strip()
    refusals = []
    for name in (chosen,) if chosen else _NAMES:
        if shutil.which(name) is None:
            refusals.append(f"{name} is not installed")
        elif (result := Engine(name).run("version", deadline=_PATIENCE)).returncode:
            refusals.append(f"{name}: {_reason(result)}")
        else:
            return Engine(name)
    raise UserError(
        f"No container engine works here ({'; '.join(refusals)});"
        f" run `{_INSTALL}` (or install docker) and try again."
    )


def able_to_start(engine: Engine, image: str) -> Engine:
    """Return ``engine`` with settings under which a container of ``image`` starts.

    Those are the machine's own or, where podman fails with them, ours. Raises UserError if no
    container starts.
    """
    refusal = _refusal(engine, image)
    if refusal is None:
        return engine
    if engine.name == "podman":
        if shutil.which("runc") is None:
            raise UserError(f"podman cannot start a container ({refusal}); run `{_INSTALL}` and try again.")
        ours = replace(engine, env={**engine.env, "CONTAINERS_CONF": str(_configuration())})
        refusal = _refusal(ours, image)
        if refusal is None:
            return ours
    raise UserError(
        f"{engine.name} cannot start a container ({refusal}); `{engine.name} run --rm {image} true` shows"
        " it alone: mend that and try again."
    )


def _refusal(engine: Engine, image: str) -> str | None:
    result = engine.run("run", "--rm", "--network=host", image, "true")
    return _reason(result) if result.returncode else None


def _configuration() -> Path:
    path = cache.folder("containers") / "containers.conf"
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(_CONFIGURATION, encoding="utf-8")
    cache.replace(part, path)
    return path


def _reason(result: subprocess.CompletedProcess[str]) -> str:
    return commands.last_line(result).removeprefix("Error: ")

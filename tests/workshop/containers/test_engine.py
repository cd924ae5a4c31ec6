"""The engines are a few lines of shell: what they answer differs by test."""

import os
import tomllib
from pathlib import Path

import pytest

from abi_matrix.base.errors import UserError
from matrix.tests.programs import program
from workshop.containers import engine
from workshop.containers.engine import Engine


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that puts a program on PATH, where nothing else is."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.delenv("CIBW_CONTAINER_ENGINE", raising=False)
    monkeypatch.delenv("CONTAINERS_CONF", raising=False)

    def put(name, script="exit 0"):
        program(folder / name, f'echo "$@" >> "$LOG"\n{script}')

    return put


def test_docker_is_taken_if_its_daemon_answers(install):
    install("docker")
    install("podman")
    assert engine.find() == Engine("docker")


def test_else_podman(install):
    install("docker", "echo Cannot connect to the daemon >&2; exit 1")
    install("podman")
    assert engine.find() == Engine("podman")


def test_the_one_that_cibuildwheel_is_told_to_use_is_taken(install, monkeypatch):
    install("docker")
    install("podman")
    monkeypatch.setenv("CIBW_CONTAINER_ENGINE", "podman; create_args: --foo")
    assert engine.find() == Engine("podman")


def test_without_an_engine_one_sentence_says_why_and_what_to_install(install):
    install("docker", "echo Cannot connect to the daemon >&2; exit 1")
    sentence = (
        r"^No container engine works here \(docker: Cannot connect to the daemon; podman is not installed\);"
        r" run `apt-get install podman runc` \(or install docker\) and try again\.$"
    )
    with pytest.raises(UserError, match=sentence):
        engine.find()


def test_a_daemon_that_never_answers_is_given_up(install, monkeypatch):
    monkeypatch.setattr(engine, "_PATIENCE", 0.3)
    install("docker", "exec /bin/sleep 60")
    install("podman")
    assert engine.find() == Engine("podman")
    (Path(os.environ["PATH"]) / "podman").unlink()
    with pytest.raises(UserError, match=r"\(docker: did not end within 0\.3 s; podman is not installed\)"):
        engine.find()


def test_what_is_there_is_not_pulled(install, tmp_path):
    install("podman")
    assert Engine("podman").pull("there:1") is None
    assert (tmp_path / "log").read_text(encoding="utf-8") == "image inspect there:1\n"


def test_what_is_not_there_is_pulled(install, tmp_path):
    install("podman", '[ "$1" = pull ]')
    assert Engine("podman").pull("there:1") is None
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines()[-1] == "pull --quiet there:1"


def test_a_refused_pull_gives_the_innermost_reason(install):
    install("podman", "echo 'Error: pinging: dial tcp: lookup registry: no such host' >&2; exit 125")
    assert Engine("podman").pull("there:1") == "no such host"


def test_containers_with_a_label_are_removed(install, tmp_path):
    install("podman", 'if [ "$1" = ps ]; then echo one; echo two; fi')
    Engine("podman").remove_containers("mine")
    listed, *removed = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert listed == "ps --all --quiet --filter=label=mine"
    assert removed == ["rm --force --volumes one", "rm --force --volumes two"]


def test_a_podman_that_starts_containers_keeps_the_machines_settings(install):
    install("podman", '[ -z "$CONTAINERS_CONF" ]')
    assert engine.able_to_start(Engine("podman"), "image") == Engine("podman")


def test_one_that_does_not_gets_ours(install, cache_folder):
    install("podman", '[ -n "$CONTAINERS_CONF" ]')
    install("runc")
    able = engine.able_to_start(Engine("podman"), "image")
    configuration = cache_folder / "containers" / "containers.conf"
    assert able == Engine("podman", {"CONTAINERS_CONF": str(configuration)})
    assert 'runtime = "runc"' in configuration.read_text(encoding="utf-8")
    assert [*configuration.parent.iterdir()] == [configuration]


def test_for_ours_runc_is_needed(install):
    install("podman", "echo 'Error: crun: no' >&2; exit 126")
    sentence = r"^podman cannot start a container \(crun: no\); run `apt-get install podman runc` and try"
    with pytest.raises(UserError, match=sentence):
        engine.able_to_start(Engine("podman"), "image")


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_if_no_container_starts_one_sentence_gives_the_reason(install, name):
    install(name, "echo not permitted >&2; exit 126")
    install("runc")
    with pytest.raises(
        UserError, match=rf"^{name} cannot start a container \(not permitted\); `{name} run --rm"
    ):
        engine.able_to_start(Engine(name), "image")


def test_our_configuration_is_toml():
    assert set(tomllib.loads(engine._CONFIGURATION)) == {"containers", "engine"}

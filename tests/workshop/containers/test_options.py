import shlex
import ssl
from types import SimpleNamespace

import pytest

from abi_matrix.base.errors import UserError
from matrix.tests.programs import program
from workshop.containers import options
from workshop.containers.engine import Engine


@pytest.fixture(autouse=True)
def toolchain(tmp_path, monkeypatch):
    """Make the machine have a toolchain, and nothing else that a container should know."""
    (tmp_path / "toolchain" / "bin").mkdir(parents=True)
    (tmp_path / "toolchain" / "bin" / "cargo").touch()
    (tmp_path / "bin").mkdir()
    rustc = program(tmp_path / "bin" / "rustc", f"echo {tmp_path}/toolchain")
    program(rustc.with_name("cargo"), "exit 1")
    monkeypatch.setenv("PATH", str(rustc.parent))
    for variable in ("SSL_CERT_FILE", "RUSTUP_TOOLCHAIN", *options.PASSED):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None))
    return tmp_path / "toolchain"


def split(environment):
    """Take cibuildwheel's engine setting apart as cibuildwheel does."""
    name, host, arguments = environment["CIBW_CONTAINER_ENGINE"].split("; ", 2)
    assert host == "disable_host_mount: true"
    return name, shlex.split(arguments.removeprefix("create_args: "))


def test_the_image_is_named_for_this_machine_alone():
    environment = options.environment(Engine("podman", {"CONTAINERS_CONF": "file"}), "image:1", "x86_64")
    engine = environment.pop("CIBW_CONTAINER_ENGINE")
    assert engine.startswith("podman; ")
    assert environment == {
        "CIBW_MANYLINUX_X86_64_IMAGE": "image:1",
        "CIBW_BEFORE_ALL_LINUX": "",
        "CONTAINERS_CONF": "file",
    }


def test_rust_is_mounted_read_only_and_first_on_path(toolchain, cache_folder):
    name, arguments = split(options.environment(Engine("docker"), "image:1", "x86_64"))
    assert name == "docker"
    assert f"--volume={toolchain}:/opt/rust:ro" in arguments
    assert f"--volume={cache_folder}/container/cargo:/opt/cargo" in arguments
    (path,) = (argument for argument in arguments if argument.startswith("--env=PATH="))
    assert path.startswith("--env=PATH=/opt/rust/bin:")
    assert f"--label={options.LABEL}" in arguments


def test_the_way_to_the_network_is_passed_without_its_passwords(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy")
    setting = options.environment(Engine("podman"), "image:1", "x86_64")["CIBW_CONTAINER_ENGINE"]
    assert "--env=HTTPS_PROXY " in f"{setting} "
    assert "password" not in setting


@pytest.mark.parametrize("told", ["by the environment", "by OpenSSL"])
def test_certificates_are_those_of_the_machine(tmp_path, monkeypatch, told):
    bundle = tmp_path / "a bundle.pem"
    bundle.touch()
    if told == "by OpenSSL":
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=str(bundle)))
    else:
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    _, arguments = split(options.environment(Engine("podman"), "image:1", "x86_64"))
    assert f"--volume={bundle}:/etc/ssl/certs/ca-certificates.crt:ro" in arguments
    assert "--env=SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" in arguments


def test_the_pinned_toolchain_is_preferred(tmp_path, toolchain):
    rustc = tmp_path / "bin" / "rustc"
    (tmp_path / "pinned" / "bin").mkdir(parents=True)
    (tmp_path / "pinned" / "bin" / "cargo").touch()
    program(rustc, f'[ "$RUSTUP_TOOLCHAIN" ] && echo {tmp_path}/pinned || echo {toolchain}')
    assert options.toolchain() == tmp_path / "pinned"
    program(rustc, f'[ -z "$RUSTUP_TOOLCHAIN" ] && echo {toolchain}')
    assert options.toolchain() == toolchain


def test_no_rust_is_one_sentence(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"cargo is not on PATH: install Rust from"):
        options.toolchain()


def test_a_rust_without_a_folder_of_its_own_is_refused(toolchain):
    (toolchain / "bin" / "cargo").unlink()
    with pytest.raises(UserError, match=r"is no toolchain that a container can use: install Rust from"):
        options.toolchain()

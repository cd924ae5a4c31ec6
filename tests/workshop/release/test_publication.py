import io
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from abi_matrix.base.errors import UserError
from matrix.tests.programs import program
from tests.workshop import fakes
from tests.workshop.fakes import HERE, LINUX, TOOLS, TWO, VERSION
from workshop.release import publication, wheelhouse
from workshop.repository import ROOT

WHEEL, OTHER = (f"gil_demo-{VERSION}-{tag}-{LINUX}.whl" for tag in ("cp311-abi3", "cp314-cp314t"))
ELSEWHERE = next(platform for platform in ("win_amd64", "win_arm64") if not wheelhouse.runs_here(platform))
SDIST = f"gil_demo-{VERSION}.tar.gz"
INFO = f"gil_demo-{VERSION}.dist-info"
RUNS = {
    "gil/__init__.py": b"def main():\n    print('Rust: Exit...\\n\\nThis run proves\\nnothing.')\n",
    f"{INFO}/entry_points.txt": b"[console_scripts]\ngil = gil:main\n",
}


@pytest.fixture
def files(tmp_path):
    return [
        fakes.wheel(tmp_path / "dist", "cp311-abi3", LINUX, files=RUNS),
        fakes.wheel(tmp_path / "dist", "cp314-cp314t", LINUX),
        sdist(tmp_path / "dist"),
    ]


def sdist(folder):
    text = f"Metadata-Version: 2.4\nName: gil-demo\nVersion: {VERSION}\n".encode()
    with tarfile.open(folder / SDIST, "w:gz") as archive:
        info = tarfile.TarInfo(f"gil_demo-{VERSION}/PKG-INFO")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    return folder / SDIST


def stopped(running):
    with socket.socket() as probe:
        port = int(running.url.rstrip("/").rpartition(":")[2])
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_what_is_complete_is_uploaded_installed_and_run_and_all_else_refused(files, capsys):
    publication.publish_locally(files, TWO, wheelhouse.here(), {HERE: sys.executable}, TOOLS)
    said = capsys.readouterr().out
    for what, sentence in (
        ("A missing wheel", ""),
        ("A wheel of another version", ""),
        ("A wrong password", f"The index refused {WHEEL} with 403 Forbidden: check its user and password."),
        (
            "Uploading twice",
            f"The index has {WHEEL} already, and a file is published once: raise the",
        ),
    ):
        assert f"{what}: refused, as it must be: {sentence}" in said
    assert f"Uploaded {WHEEL}, {OTHER}, {SDIST}." in said
    assert f"{HERE}: {WHEEL} from the index, and `gil demo` says: This run proves nothing." in said


def test_no_server_is_told(files):
    with pytest.raises(UserError, match=r"(?s)^uv publish failed: .*127\.0\.0\.1:9"):
        publication.upload(files, publication.Index("http://127.0.0.1:9/", "x"))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (Path.unlink, "AM401 The wheel cp311-abi3 is missing for "),
        (lambda file: file.rename(file.with_name("stray.whl")), "AM902 .*stray.whl has no name of a wheel"),
        (
            lambda file: file.rename(file.with_name(WHEEL.replace(VERSION, "9.9"))),
            "AM403 .*is of version 9.9",
        ),
    ],
)
def test_an_incomplete_wheelhouse_uploads_nothing(files, monkeypatch, spoil, reason):
    monkeypatch.setattr(publication, "upload", lambda *_: pytest.fail("it was uploaded"))
    spoil(files[0])
    with pytest.raises(UserError, match=reason):
        publication.publish(files[0].parent, TWO, [wheelhouse.here()], None)


def test_what_is_published_is_complete(tmp_path):
    fakes.wheel(tmp_path, "cp311-abi3", LINUX)
    with pytest.raises(UserError, match=rf"(?s)^{tmp_path} does not hold what .* cp314-cp314t is missing"):
        publication.run([str(tmp_path)], TWO, TOOLS)


def test_another_platforms_wheels_are_published_and_not_installed(tmp_path, monkeypatch, capsys):
    for tag in ("cp311-abi3", "cp314-cp314t"):
        fakes.wheel(tmp_path / "dist", tag, ELSEWHERE)
    monkeypatch.setattr(publication.sdist, "make", lambda tools, folder: sdist(folder))
    monkeypatch.setattr(publication, "install", lambda *_: pytest.fail("it was installed"))
    publication.run([str(tmp_path / "dist"), "--platform", ELSEWHERE], TWO, TOOLS)
    said = capsys.readouterr().out.splitlines()
    assert f"Uploaded {WHEEL.replace(LINUX, ELSEWHERE)}, {OTHER.replace(LINUX, ELSEWHERE)}, {SDIST}." in said
    assert said[-1].startswith(f"Wheels for {ELSEWHERE} cannot be installed on this machine: ")
    assert said[-1].endswith(": publishing was tried, installing was not.")


def test_what_is_not_refused_is_an_error(files, monkeypatch):
    monkeypatch.setattr(publication, "upload", lambda *_: None)
    with pytest.raises(UserError, match=r"^A wrong password was not refused"):
        publication.publish_locally(files, TWO, wheelhouse.here(), {}, TOOLS)


def test_another_file_on_the_index_is_told(files, tmp_path):
    other = fakes.wheel(tmp_path, "cp311-abi3", LINUX, files={"gil/__init__.py": b"other"})
    with publication.serve(TOOLS) as running:
        publication.upload(files, running)
        with pytest.raises(UserError, match=rf"^{HERE} got another file than {WHEEL} from the index"):
            publication.install(HERE, sys.executable, VERSION, other, running)


def test_what_is_not_on_the_index_is_told(files):
    with (
        publication.serve(TOOLS) as running,
        pytest.raises(UserError, match=rf"^{HERE} could not install from the"),
    ):
        publication.install(HERE, sys.executable, VERSION, files[0], running)


def test_a_demo_that_fails_is_told(tmp_path):
    broken = RUNS | {"gil/__init__.py": b"def main():\n    raise SystemExit('no GIL to see')\n"}
    file = fakes.wheel(tmp_path, "cp311-abi3", LINUX, files=broken)
    with publication.serve(TOOLS) as running:
        publication.upload([file], running)
        with pytest.raises(UserError, match=rf"^`gil demo` of {file.name} failed on {HERE}: no GIL to see$"):
            publication.install(HERE, sys.executable, VERSION, file, running)


def test_the_server_stops_with_the_block_also_on_failure():
    with publication.serve(TOOLS) as running:
        assert not stopped(running)
    assert stopped(running)
    with pytest.raises(RuntimeError), publication.serve(TOOLS) as running:
        raise RuntimeError
    assert stopped(running)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo No module named pypiserver >&2; exit 1", "No module named pypiserver"),
        ("exec sleep 60", "nothing for"),
    ],
)
def test_a_server_that_does_not_start_is_told(tmp_path, monkeypatch, script, said):
    monkeypatch.setattr(publication, "_PATIENCE", 1.0)
    program(tmp_path / "python", script)
    with pytest.raises(UserError, match=f"^The index server did not start; run again. It said: {said}"):
        publication.serve(tmp_path).__enter__()


def test_the_server_does_not_outlive_who_started_it(tmp_path):
    with subprocess.Popen(
        [sys.executable, ROOT / "workshop" / "release" / "index_server.py", tmp_path, "user"],
        env={"GIL_INDEX_PASSWORD": "x"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        running = publication.Index(server.stdout.readline().strip(), "x")
        assert not stopped(running)
        server.stdin.close()  # as the system does for a process that is killed
        assert server.wait(10) == 0
    assert stopped(running)


def test_a_refusal_for_another_reason_is_an_error(files, monkeypatch):
    monkeypatch.setattr(
        publication, "publish", lambda *_: (_ for _ in ()).throw(UserError("the network is down"))
    )
    with pytest.raises(UserError, match=r"^the network is down$"):
        publication.publish_locally(files, TWO, wheelhouse.here(), {}, TOOLS)


def test_installed_means_every_byte(tmp_path):
    file = fakes.wheel(tmp_path)
    assert not publication.is_installed(file, tmp_path)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path)  # noqa: S202 - our own file
    assert publication.is_installed(file, tmp_path)
    (tmp_path / "gil" / "__init__.py").write_text("other", encoding="utf-8")
    assert not publication.is_installed(file, tmp_path)

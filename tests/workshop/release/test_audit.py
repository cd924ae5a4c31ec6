import json

import pytest

from abi_matrix.base.errors import UserError
from tests.workshop import fakes
from tests.workshop.fakes import TABLE, VERSION
from workshop import repository
from workshop.release import audit

INFO = f"gil_demo-{VERSION}.dist-info"
SBOM = f"{INFO}/sboms/gil.cyclonedx.json"
LOCK = '[[package]]\nname = "pyo3"\nversion = "0.30.1"\n[[package]]\nname = "libc"\nversion = "0.2.1"\n'
TAGS = [row.tag for row in TABLE.rows]


def sbom(*crates):
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "metadata": {"component": {"name": "gil"}},
            "components": [{"name": name, "version": version} for name, version in crates],
        }
    ).encode()


GOOD = {
    f"{INFO}/licenses/LICENSE": b"the licence\n",
    SBOM: sbom(("pyo3", "0.30.1")),
    "gil/__init__.py": b'"""gil"""\n',
}


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Stand in for the files under version control."""
    (tmp_path / "clone" / "src" / "gil").mkdir(parents=True)
    for name, text in (
        ("LICENSE", "the licence\n"),
        ("Cargo.lock", LOCK),
        ("src/gil/__init__.py", '"""gil"""\n'),
    ):
        (tmp_path / "clone" / name).write_text(text, encoding="utf-8")
    for module in (audit, repository):
        monkeypatch.setattr(module, "ROOT", tmp_path / "clone")
    monkeypatch.setattr(repository, "tracked", lambda *under: ["src/gil/__init__.py"])


def fails(tmp_path, reason, files):
    file = fakes.wheel(tmp_path, files={**GOOD, **files})
    with pytest.raises(
        UserError, match=f"(?s)^These wheels are not fit to be published:\n{file.name} {reason}"
    ):
        audit.audit([file], TABLE)


def test_good_wheels_pass(tmp_path, clone, capsys):
    files = [fakes.wheel(tmp_path, tag, files=GOOD) for tag in TAGS]
    audit.audit(files, TABLE)
    output = capsys.readouterr().out
    assert "FAILS" not in output
    assert all(file.name in output for file in files)


@pytest.mark.parametrize("converted", ["wheel", "clone"])
def test_texts_are_the_same_with_the_line_ends_of_windows(tmp_path, clone, converted):
    files = GOOD
    if converted == "wheel":
        files = {name: data.replace(b"\n", b"\r\n") for name, data in GOOD.items()}
    else:
        for name in ("LICENSE", "src/gil/__init__.py"):
            file = tmp_path / "clone" / name
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    audit.audit([fakes.wheel(tmp_path, files=files)], TABLE)


def test_every_failure_of_every_wheel_is_told(tmp_path, clone):
    files = [
        fakes.wheel(tmp_path, tag, files={**GOOD, SBOM: None, f"{INFO}/licenses/LICENSE": None})
        for tag in TAGS
    ]
    with pytest.raises(UserError) as raised:
        audit.audit(files, TABLE)
    assert len(str(raised.value).splitlines()) == 1 + 2 * len(files)


def test_another_systems_extension_and_musls_libgcc_are_none_of_the_strange(tmp_path, clone):
    windows = {"gil/_gil.cpython-314t-x86_64-linux-gnu.so": None, "gil/_gil.cp314t-win_amd64.pyd": b""}
    musl = {"gil_demo.libs/libgcc_s-0bf60adc.so.1": b"", f"{INFO}/sboms/auditwheel.cdx.json": b"{}"}
    files = [
        fakes.wheel(tmp_path, platform=platform, files={**GOOD, **more})
        for platform, more in (("win_amd64", windows), ("musllinux_1_2_x86_64", musl))
    ]
    audit.audit(files, TABLE)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"gil/notes.txt": b""}, "has gil/notes.txt, which is not under version control"),
        ({"gil_demo.libs/libssl-1.so": b""}, "has gil_demo.libs/libssl-1.so, which is not under version"),
        ({"stray.py": b""}, "has stray.py, which is not under version control"),
        ({"gil/__init__.py": None}, "lacks gil/__init__.py"),
        ({"gil/__init__.py": b"old"}, "has another gil/__init__.py than this repository"),
        ({"gil/_gil.abi3.so": b""}, "has 2 compiled modules instead of one"),
        ({f"{INFO}/licenses/LICENSE": None}, "has no LICENSE inside"),
        ({f"{INFO}/licenses/LICENSE": b"other"}, "has another LICENSE inside than this repository"),
        ({SBOM: None}, "has no CycloneDX SBOM of gil inside"),
        ({SBOM: b'{"bomFormat": "CycloneDX"}'}, "has no CycloneDX SBOM of gil inside"),
        ({SBOM: b'{"bomFormat": "SPDX"}'}, "has no CycloneDX SBOM of gil inside"),
        (
            {SBOM: sbom(("pyo3", "0.29.0"))},
            "lists pyo3 0.29.0 in gil.cyclonedx.json, which Cargo.lock has not",
        ),
        ({SBOM: sbom(("libc", "0.2.1"))}, "does not list pyo3 in gil.cyclonedx.json"),
    ],
)
def test_contents_that_should_not_be_so(tmp_path, clone, files, reason):
    fails(tmp_path, reason, files=files)


@pytest.mark.parametrize("abi", ["abi3.so", "pyd"])
def test_extension_names_of_abi3(tmp_path, clone, abi):
    files = {**GOOD, "gil/_gil.abi3.so": None, f"gil/_gil.{abi}": b""}
    audit.audit([fakes.wheel(tmp_path, "cp311-abi3", files=files)], TABLE)


@pytest.mark.parametrize(
    "text",
    [
        b"/root/.cargo/registry/src/index/pyo3-0.30.1/src/err.rs",
        b"\x00/home/runner/work/gil/src/lib.rs\x00",
        b"x/Users/someone/project/src/lib.rs",
        rb"C:\Users\runneradmin\.cargo\registry",
        b"path+file:///project#gil@0.1.0",
        b"/opt/ci/.rustup/toolchains/stable",
        b"/project/src/rust/lib.rs",
    ],
)
@pytest.mark.parametrize("name", ["gil/_gil.cpython-314t-x86_64-linux-gnu.so", f"{INFO}/sboms/other.json"])
def test_a_builders_folder(tmp_path, clone, name, text):
    other = {"gil/_gil.cpython-314t-x86_64-linux-gnu.so": b"", name: b'{"x": "' + text + b'"}'}
    fails(tmp_path, f"gives away a folder of its builder in {name}: ", files=other)


def test_this_machines_own_folders_are_looked_for(tmp_path, clone, monkeypatch):
    monkeypatch.setenv("CARGO_HOME", "/srv/rust")
    name = "gil/_gil.cpython-314t-x86_64-linux-gnu.so"
    fails(tmp_path, "gives away .*: /srv/rust/", files={name: b"/srv/rust/registry/src"})
    fails(tmp_path, "gives away .*: .*/clone/", files={name: f"{audit.ROOT}/src/rust/lib.rs".encode()})


def test_what_people_wrote_may_name_folders(tmp_path, clone):
    (audit.ROOT / "src/gil/__init__.py").write_text("# as in /home/you/.cargo/registry\n", encoding="utf-8")
    files = {"gil/__init__.py": b"# as in /home/you/.cargo/registry\n"}
    binary = {
        "gil/_gil.cpython-314t-x86_64-linux-gnu.so": b"/rustc/5980/library/std /cargo/index/pyo3/src/err.rs"
    }
    audit.audit([fakes.wheel(tmp_path, files={**GOOD, **files, **binary})], TABLE)

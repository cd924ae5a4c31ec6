import json

import pytest

from matrix.errors import UserError
from tests.workshop import fakes
from tests.workshop.fakes import TABLE, VERSION
from tests.workshop.programs import program
from workshop import repository
from workshop.release import audit

INFO = f"gil_demo-{VERSION}.dist-info"
SBOM = f"{INFO}/sboms/gil.cyclonedx.json"
LOCK = '[[package]]\nname = "pyo3"\nversion = "0.30.1"\n[[package]]\nname = "libc"\nversion = "0.2.1"\n'
TAGS = [row.tag for row in TABLE.wheels]


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
ANSWERS = {
    "auditwheel": {"overall_tag": "manylinux_2_28_x86_64", "external_libs": {}},
    "abi3audit": {
        "specs": {
            "x.whl": {
                "wheel": [
                    {
                        "result": {
                            "is_abi3": True,
                            "is_abi3_baseline_compatible": True,
                            "baseline": "3.11",
                            "non_abi3_symbols": [],
                            "future_abi3_objects": {},
                        }
                    }
                ]
            }
        }
    },
    "abi3t-doctor": [{"error": None, "findings": []}],
}


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Stand in for the tools, with the answers that the real ones give for a good wheel; and for the tree."""
    (tmp_path / "tree" / "src" / "gil").mkdir(parents=True)
    for name, text in (
        ("LICENSE", "the licence\n"),
        ("Cargo.lock", LOCK),
        ("src/gil/__init__.py", '"""gil"""\n'),
    ):
        (tmp_path / "tree" / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(audit, "ROOT", tmp_path / "tree")
    monkeypatch.setattr(repository, "tracked", lambda *under: ["src/gil/__init__.py"])
    folder = tmp_path / "tools"
    folder.mkdir()
    set_tool(folder, "check-wheel-contents")
    for name, answer in ANSWERS.items():
        set_tool(folder, name, json.dumps(answer))
    return folder


def set_tool(folder, name, answer="", code=0, error=""):
    (folder / f"{name}.answer").write_text(answer, encoding="utf-8")
    program(folder / name, f'echo "$@" >> "$0.calls"\ncat "$0.answer"\necho "{error}" >&2\nexit {code}')


def fails(tmp_path, tools, reason, tag="cp314-cp314t", files=None, **changes):
    file = fakes.wheel(tmp_path, tag, files={**GOOD, **(files or {})}, **changes)
    with pytest.raises(
        UserError, match=f"(?s)^These wheels are not fit to be published:\n{file.name} {reason}"
    ):
        audit.audit([file], TABLE, tools)


def test_good_wheels_pass_and_each_stable_abi_is_looked_at_by_its_own_tool(tmp_path, tools, capsys):
    files = [fakes.wheel(tmp_path, tag, files=GOOD) for tag in TAGS]
    audit.audit(files, TABLE, tools)
    output = capsys.readouterr().out
    assert "FAILS" not in output
    assert all(file.name in output for file in files)
    calls = {name: (tools / f"{name}.calls").read_text(encoding="utf-8").splitlines() for name in ANSWERS}
    assert calls["abi3audit"] == [f"--strict --report {files[TAGS.index('cp311-abi3')]}"]
    abi3t = files[TAGS.index("cp315-abi3.abi3t")]
    assert calls["abi3t-doctor"] == [
        f"wheel --format=json --target={python} {abi3t}" for python in ("3.15", "3.15t")
    ]
    assert len(calls["auditwheel"]) == len(files)


@pytest.mark.parametrize("converted", ["wheel", "tree"])
def test_texts_are_the_same_with_the_line_ends_of_windows(tmp_path, tools, converted):
    files = GOOD
    if converted == "wheel":
        files = {name: data.replace(b"\n", b"\r\n") for name, data in GOOD.items()}
    else:
        for name in ("LICENSE", "src/gil/__init__.py"):
            file = tmp_path / "tree" / name
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    audit.audit([fakes.wheel(tmp_path, files=files)], TABLE, tools)


def test_every_failure_of_every_wheel_is_told(tmp_path, tools):
    set_tool(tools, "auditwheel", json.dumps({"overall_tag": "linux_x86_64"}))
    files = [fakes.wheel(tmp_path, tag, files={**GOOD, SBOM: None}) for tag in TAGS]
    with pytest.raises(UserError) as raised:
        audit.audit(files, TABLE, tools)
    assert len(str(raised.value).splitlines()) == 1 + 2 * len(files)


@pytest.mark.parametrize(
    ("answer", "platform", "reason"),
    [
        (
            {"overall_tag": "manylinux_2_34_x86_64"},
            "manylinux_2_28_x86_64",
            "claims .* needs manylinux_2_34_x86",
        ),
        (
            {"overall_tag": "manylinux_2_28_x86_64"},
            "manylinux_2_17_x86_64.manylinux2014_x86_64",
            r"claims manylinux2014_x86_64, manylinux_2_17_x86_64, but .* needs manylinux_2_28",
        ),
        (
            {"overall_tag": "linux_x86_64", "external_libs": {"libfoo.so.1": None}},
            "manylinux_2_28_x86_64",
            r"keeps no manylinux or musllinux policy \(libfoo\.so\.1\)",
        ),
        ({"error": "no ELF in it"}, "manylinux_2_28_x86_64", r"keeps no .* policy \(no ELF in it\)"),
        ({"overall_tag": "manylinux_2_28_x86_64"}, "linux_x86_64", "claims linux_x86_64, not a policy"),
    ],
)
def test_a_platform_tag_that_the_binary_does_not_keep(tmp_path, tools, answer, platform, reason):
    set_tool(tools, "auditwheel", json.dumps(answer))
    fails(tmp_path, tools, reason, platform=platform)


def test_elsewhere_there_is_no_policy_to_keep(tmp_path, tools):
    (tools / "auditwheel").unlink()
    extension = {"gil/_gil.cpython-314t-x86_64-linux-gnu.so": None, "gil/_gil.cp314t-win_amd64.pyd": b""}
    audit.audit([fakes.wheel(tmp_path, platform="win_amd64", files={**GOOD, **extension})], TABLE, tools)


def test_musl_brings_its_libgcc_and_is_audited_on_musl(tmp_path, tools, monkeypatch):
    files = {**GOOD, "gil_demo.libs/libgcc_s-0bf60adc.so.1": b"", f"{INFO}/sboms/auditwheel.cdx.json": b"{}"}
    file = fakes.wheel(tmp_path, platform="musllinux_1_2_x86_64", files=files)
    set_tool(
        tools, "auditwheel", json.dumps({"overall_tag": "linux_x86_64", "external_libs": {"libfoo": None}})
    )
    monkeypatch.setattr(audit, "platform_tags", lambda: ["linux_x86_64", "manylinux_2_36_x86_64"])
    audit.audit([file], TABLE, tools)
    monkeypatch.setattr(audit, "platform_tags", lambda: ["linux_x86_64", "musllinux_1_2_x86_64"])
    with pytest.raises(UserError, match=r"keeps no manylinux or musllinux policy \(libfoo\)"):
        audit.audit([file], TABLE, tools)


def test_a_foreign_symbol_in_abi3(tmp_path, tools):
    answer = json.loads(json.dumps(ANSWERS["abi3audit"]))
    answer["specs"]["x.whl"]["wheel"][0]["result"].update(is_abi3=False, non_abi3_symbols=["PyList_GET_ITEM"])
    set_tool(tools, "abi3audit", json.dumps(answer), 1)
    fails(tmp_path, tools, r"fails abi3audit: not abi3 of 3\.11: PyList_GET_ITEM", "cp311-abi3")


def test_a_tool_that_gives_up_is_no_pass(tmp_path, tools):
    set_tool(tools, "abi3audit", "", 1, "not abi3 tagged?")
    fails(tmp_path, tools, r"makes abi3audit fail: not abi3 tagged\?", "cp311-abi3")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": None, "findings": [{"code": "S203", "message": "exports PyInit__gil()"}]}, "S203 exports"),
        ({"error": "not a zip", "findings": []}, "not a zip"),
    ],
)
def test_a_finding_in_abi3t(tmp_path, tools, answer, reason):
    set_tool(tools, "abi3t-doctor", json.dumps([answer]))
    fails(tmp_path, tools, f"fails abi3t-doctor --target=3.15: {reason}", "cp315-abi3.abi3t")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"gil/notes.txt": b""}, "has gil/notes.txt, which is not under version control"),
        ({"gil_demo.libs/libssl-1.so": b""}, "has gil_demo.libs/libssl-1.so, which is not under version"),
        ({"stray.py": b""}, "has stray.py, which is not under version control"),
        ({"gil/__init__.py": None}, "lacks gil/__init__.py"),
        ({"gil/__init__.py": b"old"}, "has another gil/__init__.py than the tree"),
        ({"gil/_gil.abi3.so": b""}, "has 2 compiled modules instead of one"),
        (
            {
                "gil/_gil.cpython-314t-x86_64-linux-gnu.so": None,
                "gil/_gil.cpython-314-x86_64-linux-gnu.so": b"",
            },
            "has gil/_gil.cpython-314-x86_64-linux-gnu.so, which is not named for cp314-cp314t",
        ),
        ({f"{INFO}/licenses/LICENSE": None}, "has no LICENSE inside"),
        ({f"{INFO}/licenses/LICENSE": b"other"}, "has another LICENSE inside than the tree"),
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
def test_contents_that_should_not_be_so(tmp_path, tools, files, reason):
    fails(tmp_path, tools, reason, files=files)


def test_what_check_wheel_contents_finds(tmp_path, tools):
    set_tool(tools, "check-wheel-contents", "x.whl: W005: library contains common toplevel name", 1)
    fails(tmp_path, tools, "fails check-wheel-contents: .*W005")


@pytest.mark.parametrize("abi", ["abi3.so", "pyd"])
def test_extension_names_of_abi3(tmp_path, tools, abi):
    files = {**GOOD, "gil/_gil.abi3.so": None, f"gil/_gil.{abi}": b""}
    audit.audit([fakes.wheel(tmp_path, "cp311-abi3", files=files)], TABLE, tools)


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
def test_a_builders_folder(tmp_path, tools, name, text):
    other = {"gil/_gil.cpython-314t-x86_64-linux-gnu.so": b"", name: b'{"x": "' + text + b'"}'}
    fails(tmp_path, tools, f"gives away a folder of its builder in {name}: ", files=other)


def test_this_machines_own_folders_are_looked_for(tmp_path, tools, monkeypatch):
    monkeypatch.setenv("CARGO_HOME", "/srv/rust")
    name = "gil/_gil.cpython-314t-x86_64-linux-gnu.so"
    fails(tmp_path, tools, "gives away .*: /srv/rust/", files={name: b"/srv/rust/registry/src"})
    fails(tmp_path, tools, "gives away .*: .*/tree/", files={name: f"{audit.ROOT}/src/rust/lib.rs".encode()})


def test_what_people_wrote_may_name_folders(tmp_path, tools):
    (audit.ROOT / "src/gil/__init__.py").write_text("# as in /home/you/.cargo/registry\n", encoding="utf-8")
    files = {"gil/__init__.py": b"# as in /home/you/.cargo/registry\n"}
    binary = {
        "gil/_gil.cpython-314t-x86_64-linux-gnu.so": b"/rustc/5980/library/std /cargo/index/pyo3/src/err.rs"
    }
    audit.audit([fakes.wheel(tmp_path, files={**GOOD, **files, **binary})], TABLE, tools)


def test_a_tool_that_is_not_there_is_one_sentence(tmp_path, tools):
    (tools / "auditwheel").unlink()
    with pytest.raises(UserError, match=r"^auditwheel is not in .*: audit with `nox -s check-wheels`\.$"):
        audit.audit([fakes.wheel(tmp_path, files=GOOD)], TABLE, tools)


def test_a_wheel_of_no_row_is_told(tmp_path, tools):
    with pytest.raises(UserError, match=r"gil_demo.*-cp314-cp314-.* is tagged cp314-cp314, which no row"):
        audit.audit([fakes.wheel(tmp_path, "cp314-cp314", files=GOOD)], TABLE, tools)

import json

import made
import pytest
from programs import program

from abi_matrix.checking import audits
from abi_matrix.wheels.folder import collect

LINUX = "manylinux_2_17_x86_64"


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Return a function that installs scripts as the audit tools, and no other tool."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    monkeypatch.setattr(audits.sysconfig, "get_path", lambda name: str(folder))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(audits, "platform_tags", lambda: [LINUX])
    monkeypatch.setattr(audits.sys, "platform", "linux")

    def install(name, prints, status=0):
        program(folder / name, f"/bin/cat <<'END'\n{prints}\nEND\nexit {status}")

    return install


def audit(tmp_path, *tags):
    return audits.audit(collect([made.wheels(tmp_path / "dist", *tags)]).wheels)


def shown(needs, **libraries):
    return json.dumps({"overall_tag": needs, "external_libs": libraries})


def abi3(**changes):
    result = {"is_abi3": True, "is_abi3_baseline_compatible": True, "baseline": "3.11", "computed": "3.11"}
    result |= {"non_abi3_symbols": [], "future_abi3_objects": [], **changes}
    return json.dumps({"specs": {"x": {"wheel": [{"name": "x", "result": result}]}}})


@pytest.mark.parametrize(
    ("tool", "prints", "words"),
    [
        ("auditwheel", shown("manylinux_2_5_x86_64"), None),
        ("auditwheel", shown("manylinux_2_17_x86_64"), None),
        ("auditwheel", shown("manylinux_2_28_x86_64"), "the binaries need manylinux_2_28_x86_64."),
        (
            "auditwheel",
            shown("linux_x86_64", **{"libfoo.so": 1}),
            "linux_x86_64, and libfoo.so from outside.",
        ),
        ("abi3audit", abi3(), None),
        ("abi3audit", abi3(is_abi3=False, non_abi3_symbols=["PyA", "PyB"]), "uses PyA and PyB."),
        (
            "abi3audit",
            abi3(is_abi3_baseline_compatible=False, computed="3.12"),
            "not abi3 of 3.11, it needs 3.12",
        ),
        ("check-wheel-contents", "x.whl: OK", None),
        ("check-wheel-contents", "{path}: W005: Wheel contains tests", "W005: Wheel contains tests."),
    ],
)
def test_what_a_tool_objects_to_is_a_finding(tmp_path, tools, tool, prints, words):
    (wheel,) = collect([made.wheels(tmp_path / "dist", f"cp311-abi3-{LINUX}")]).wheels
    tools(tool, prints.replace("{path}", str(wheel.path)), status=int("W0" in prints))
    report = audits.audit([wheel])
    said = [finding.sentence for finding in report.findings]
    assert [words in sentence for sentence in said] == [True] if words else said == []
    (missing,) = report.unchecked
    assert "not installed" in missing
    assert tool not in missing


@pytest.mark.parametrize(("findings", "number"), [([], 0), ([{"code": "T101", "message": "no hook"}], 1)])
def test_abi3t_doctor_is_asked_of_abi3t_alone(tmp_path, tools, findings, number):
    tools("abi3t-doctor", json.dumps([{"error": None, "findings": findings}]))
    report = audit(tmp_path, "cp315-abi3.abi3t", "cp314-cp314t", "cp311-abi3")
    assert [finding.files for finding in report.findings] == [
        (f"demo-1.0-cp315-abi3.abi3t-{LINUX}.whl",)
    ] * number


def test_a_tool_that_is_not_installed_is_named(tmp_path, tools):
    (sentence,) = audit(tmp_path, "cp311-abi3").unchecked
    assert sentence.startswith(
        "What auditwheel, abi3audit and check-wheel-contents would say: not installed (`pip"
    )
    (sentence,) = audit(tmp_path / "pure", "py3-none-any").unchecked
    assert sentence.startswith("What check-wheel-contents would say")


def test_a_wheel_for_another_libc_is_not_checked(tmp_path, tools):
    tools("auditwheel", shown("manylinux_2_5_x86_64"))
    report = audit(tmp_path, "cp314-cp314", "cp314-cp314-musllinux_1_2_x86_64", "cp314-cp314-win32")
    assert report.unchecked[0] == (
        "What auditwheel says of demo-1.0-cp314-cp314-musllinux_1_2_x86_64.whl: not for this machine's libc."
    )


@pytest.mark.parametrize("tool", ["auditwheel", "abi3audit", "check-wheel-contents"])
def test_a_tool_that_breaks_is_no_clean_bill(tmp_path, tools, tool):
    tools(tool, "Segmentation fault", 139)
    report = audit(tmp_path, "cp311-abi3")
    assert report.findings == []
    assert f"What {tool} says of demo-1.0-cp311-abi3-{LINUX}.whl: Segmentation fault" in report.unchecked

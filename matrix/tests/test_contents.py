import made
import pytest

from abi_matrix.checking import contents, matrix
from abi_matrix.checking.findings import merged
from abi_matrix.interpreters import names
from abi_matrix.wheels.folder import collect


def found(table):
    return [(finding.code, finding.sentence) for finding in merged(contents.check(table))]


def one(folder, name, **changes):
    made.wheel(folder, name, **changes)
    return found(matrix.build(collect([folder])))


NAME = "demo-1.0-cp311-abi3-win32.whl"


def test_a_wheel_that_is_what_its_name_says_has_no_findings(tmp_path):
    assert one(tmp_path, NAME, tags=["cp311-abi3-win32"], project="DEMO", version="1.0.0") == []


@pytest.mark.parametrize("tags", [["cp312-abi3-win32"], ["cp311-abi3-win32", "cp311-abi3-any"], [], ["odd"]])
def test_tags_inside_that_are_not_the_names(tmp_path, tags):
    said = " and ".join(sorted(tags)) or "nothing"
    assert one(tmp_path, NAME, tags=tags) == [("AM101", f"The tags inside {NAME} are {said}.")]


@pytest.mark.parametrize("inside", [{"project": "other"}, {"version": "1.1"}, {"version": "one"}])
def test_another_project_or_version_inside(tmp_path, inside):
    says = f"{inside.get('project', 'demo')} {inside.get('version', '1.0')}"
    assert one(tmp_path, NAME, **inside) == [("AM102", f"The metadata of {NAME} says {says}.")]


def test_a_linux_that_is_no_policy(table):
    codes = [code for code, _ in found(table("cp311-abi3-linux_x86_64", "cp311-abi3-manylinux_2_17_x86_64"))]
    assert codes == ["AM103"]
    assert found(table("cp39-abi3-linux_armv6l", "cp39-abi3-linux_armv7l")) == []  # PyPI takes these


def test_tags_in_capital_letters(tmp_path):
    name = "demo-1.0-CP311-abi3-win32.whl"
    tags = ["CP311-abi3-win32"]
    assert one(tmp_path, name, tags=tags) == [("AM107", f"uv ignores {name}, pip does not.")]
    assert one(tmp_path / "other", "Demo-1.0-cp311-abi3-win32.whl") == []


LINUX = "x86_64-linux-gnu"


@pytest.mark.parametrize(
    ("tag", "file", "blind"),
    [
        ("cp314-cp314", f"_a.cpython-313-{LINUX}.so", ["3.14"]),
        ("cp314-cp314", f"_a.cpython-314-{LINUX}.so", []),
        ("cp314-cp314t", f"_a.cpython-314-{LINUX}.so", ["3.14t"]),
        ("cp314-cp314-musllinux_1_2_x86_64", f"_a.cpython-314-{LINUX}.so", ["3.14"]),
        ("cp314-cp314-win_amd64", "_a.cp314-win32.pyd", ["3.14"]),
        ("cp314-cp314-macosx_11_0_arm64", "_a.cpython-314-darwin.so", []),
        ("cp314-abi3", "_a.abi3.so", []),
        ("cp315-abi3.abi3t", "_a.abi3.so", ["3.15t"]),
        ("cp315-abi3.abi3t", "_a.abi3t.so", []),
        ("cp315-abi3.abi3t", f"_a.abi3t-{LINUX}.so", []),
        ("cp315-abi3.abi3t-win_amd64", "_a.pyd", []),
        ("cp314-abi3", "_a.so", []),
        ("py3-none", f"_a.cpython-314-{LINUX}.so", ["3.13", "3.15", "3.14t", "3.15t"]),
        ("cp39-cp39", f"_a.cpython-314-{LINUX}.so", []),  # 3.9 takes it, and is not asked for
        ("pp311-pypy311_pp73", "_a.pypy311-pp73-x86_64-linux-gnu.so", []),
        ("cp314-cp314-pyodide_2025_0_wasm32", "_a.cpython-314-wasm32-emscripten.so", []),
    ],
)
def test_a_module_that_who_takes_the_wheel_does_not_find(table, tag, file, blind):
    table_ = table(tag, pythons=["3.13", "3.14", "3.15", "3.14t", "3.15t"], members={f"demo/{file}": b""})
    findings = [finding for finding in contents.check(table_) if finding.code == "AM104"]
    assert [[*finding.interpreters] for finding in findings] == ([blind] if blind else [])


@pytest.mark.parametrize(
    ("file", "codes"), [("_a.cp314-win32.pyd", ["AM108"]), ("_a.so", []), ("data.py", [])]
)
def test_a_wheel_for_any_platform_that_holds_something_compiled(table, file, codes):
    table_ = table("cp314-none-any", pythons=["3.14"], members={f"demo/{file}": b""})
    assert [code for code, _ in found(table_)] == codes


def test_several_builds_of_a_module_in_one_wheel_may_serve_all(table):
    members = {f"demo/_a.cpython-31{minor}-{LINUX}.so": b"" for minor in (3, 4)} | {"demo/_a.abi3.so": b""}
    assert found(table("cp311-abi3", pythons=["3.14", "3.15"], members=members)) == []


@pytest.mark.parametrize(
    ("tag", "file"),
    [
        ("cp314-cp314t", "_a.abi3.so"),
        ("cp313-abi3.cp313t-win_amd64", "_a.pyd"),
        ("cp313-cp313t-macosx_11_0_arm64", "_a.abi3.so"),
    ],
)
def test_an_extension_for_abi3_that_goes_to_a_free_threaded_build(table, tag, file):
    findings = [*contents.check(table(tag, members={f"demo/{file}": b""}))]
    assert [(one.code, one.interpreters) for one in findings] == [("AM105", (f"3.1{tag[4]}t",))]


@pytest.mark.parametrize("tag", ["cp313-abi3", "cp315-abi3.abi3t", "cp314-cp314t"])
def test_an_extension_for_abi3_that_does_not(table, tag):
    file = {"cp313-abi3": "_a.abi3.so"}.get(tag, "_a.so")
    assert [*contents.check(table(tag, members={f"demo/{file}": b""}))] == []


def test_the_same_of_several_files_is_one_finding(table):
    platforms = ("win_amd64", "win_arm64", "win32")
    tags = [f"cp314-cp314-{platform}" for platform in platforms]
    findings = merged(contents.check(table(*tags, members={"demo/_a.cp313-win_x.pyd": b""})))
    assert [finding.code for finding in findings] == ["AM104"]
    assert [len(finding.files) for finding in findings] == [3]
    assert "demo-1.0-cp314-cp314-win32.whl and 2 others" in findings[0].sentence


SILENT, SPEAKING = b"PyInit__a PyModule_Create2", b"PyInit__a PyModuleDef_Init"


def test_a_module_that_certainly_turns_the_gil_on(table):
    findings, unknown = contents.gil(
        table("cp314-cp314t-win32", "cp313-cp313", members={"demo/_a.so": SILENT})
    )
    assert [finding.code for finding in findings] == ["AM106"]
    assert findings[0].sentence == (
        "demo._a in demo-1.0-cp314-cp314t-win32.whl turns the GIL on in 3.14t: it declares nothing."
    )
    assert unknown == set()


def test_the_other_modules_of_such_a_wheel_are_not_called_clean(table):
    members = {"demo/_a.so": SILENT, "demo/_b.so": SPEAKING}
    findings, unknown = contents.gil(table("cp314-cp314t", members=members))
    assert (len(findings), unknown) == (1, {"cp314-cp314t"})


def test_a_module_of_which_the_file_does_not_tell_is_not_called_clean(table):
    members = {"demo/_a.so": SPEAKING}
    assert contents.gil(table("cp314-cp314t", "cp315-abi3.abi3t", members=members)) == (
        [], {"cp314-cp314t", "cp315-abi3.abi3t"},
    )  # fmt: skip


def test_nothing_is_asked_of_wheels_that_only_standard_builds_take(table):
    assert contents.gil(table("cp314-cp314", members={"demo/_a.so": SILENT})) == ([], set())


def test_all_wheels_of_an_abi_are_read_where_the_smallest_has_something(tmp_path):
    for platform, more in (("win32", b""), ("win_amd64", b"0" * 99), ("win_arm64", b"PyModExport_" * 99)):
        made.wheel(tmp_path, f"demo-1.0-cp314-cp314t-{platform}.whl", {"_a.pyd": SILENT + more})
    table = matrix.build(collect([tmp_path]), [names.parse("3.14t")])
    findings, unknown = contents.gil(table)
    assert [*merged(findings)[0].files] == [
        f"demo-1.0-cp314-cp314t-{name}.whl" for name in ("win32", "win_amd64")
    ]
    assert unknown == set()

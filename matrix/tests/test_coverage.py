import made
import pytest

from abi_matrix.checking import coverage, matrix
from abi_matrix.checking.findings import merged
from abi_matrix.interpreters import names
from abi_matrix.wheels.folder import collect


def found(table):
    return [(finding.code, finding.sentence) for finding in merged(coverage.check(table))]


def test_nothing_is_said_where_everybody_is_served(table):
    assert found(table("py3-none-any")) == []
    assert found(table("cp39-abi3", "cp314-cp314t", pythons=["3.10", "3.15", "3.14t"])) == []
    # What is not of today may take a wheel, too.
    assert found(table("cp39-cp39", "cp38-cp38", "cp315-abi3.abi3t", "cp39-abi3", pythons=["3.15t"])) == []


def test_who_gets_nothing_is_named_with_what_to_build(table):
    (finding,) = coverage.check(table("cp39-abi3", pythons=["3.14", "3.14t", "3.15t"]))
    assert (finding.code, finding.interpreters) == ("AM001", ("3.14t", "3.15t"))
    assert finding.message == "3.14t and 3.15t get nothing on manylinux_x86_64."
    assert finding.next_step.startswith(
        "No free-threaded build takes an abi3 wheel. Build cp314-cp314t and cp315-cp315t, or "
    )


def test_whom_current_tools_do_not_build_for_is_told(table):
    advice = [coverage.check(table("cp39-abi3", pythons=[python])) for python in ("3.13t", "3.14t")]
    assert [" nor by cibuildwheel from 4.0 on." in next(one).next_step for one in advice] == [True, False]


def test_who_gets_only_the_sdist_is_named(table):
    tags = ("cp314-cp314-win_amd64", "cp314-cp314-macosx_11_0_arm64")
    findings = found(table(*tags, pythons=["3.13", "3.14"], sdist=True))
    assert findings == [("AM002", "3.13 gets only the sdist on both platforms.")]
    findings = found(table(*tags, "cp314-cp314-ios_13_0_arm64_iphoneos", pythons=["3.13"], sdist=True))
    assert findings == [("AM002", "3.13 gets only the sdist on both platforms that every CPython runs on.")]


def test_who_is_excluded_is_no_finding(tmp_path):
    made.wheel(tmp_path, "demo-1.0-cp314-cp314-win_amd64.whl", requires=">=3.14")
    assert found(matrix.build(collect([tmp_path]), [names.parse("3.13")])) == []


PLATFORMS = ("manylinux_2_17_x86_64", "win_amd64", "macosx_11_0_arm64")


def test_a_platform_that_lacks_a_wheel_is_named(table):
    tags = [f"{tag}-{platform}" for tag in ("cp313-cp313", "cp314-cp314t") for platform in PLATFORMS]
    findings = found(table(*tags, "cp313-cp313-win_arm64", pythons=["3.13", "3.14t"]))
    assert findings == [("AM003", "On win_arm64, 3.14t gets nothing, elsewhere a wheel of its own.")]
    findings = found(table(*tags, "cp313-cp313-win_arm64", "py3-none-any", pythons=["3.13", "3.14t"]))
    assert findings == [
        ("AM003", "On win_arm64, 3.14t gets a wheel for any platform, elsewhere a wheel of its own.")
    ]


def test_an_interpreter_whose_wheels_ask_for_a_newer_linux_is_named(table):
    old, new = "manylinux_2_17_x86_64", "manylinux_2_39_x86_64"
    findings = found(table(f"cp314-cp314-{old}", f"cp315-cp315-{new}", pythons=["3.14", "3.15"]))
    assert findings == [
        ("AM003", "On manylinux_2_17_x86_64, 3.15 gets nothing, elsewhere a wheel of its own.")
    ]


def test_an_older_machine_than_one_that_is_named_is_not_named_too(table):
    tags = [
        f"cp314-cp314-{policy}_x86_64" for policy in ("manylinux_2_17", "manylinux_2_28", "musllinux_1_2")
    ]
    findings = found(table(*tags, "cp315-cp315-musllinux_1_2_x86_64", pythons=["3.14", "3.15"]))
    assert findings == [("AM003", "On manylinux_x86_64, 3.15 gets nothing, elsewhere a wheel of its own.")]


@pytest.mark.parametrize(
    "tags",
    [
        # An old machine is served worse, but it is served.
        ["cp39-abi3-manylinux_2_17_x86_64", "cp314-cp314-manylinux_2_39_x86_64"],
        # A Mac is too old for Python itself.
        ["cp312-cp312-macosx_10_9_x86_64", "cp314-cp314-macosx_10_15_x86_64"],
        # An old machine is served no more, but for PyPy.
        [
            "cp312-cp312-musllinux_1_2_x86_64",
            "cp314-cp314-musllinux_1_2_x86_64",
            "pp311-pypy311_pp80-musllinux_1_1_x86_64",
        ],
        # An old machine is served no more, which concerns all.
        [
            "cp312-cp312-manylinux_2_39_x86_64",
            "cp314-cp314-manylinux_2_39_x86_64",
            "cp39-cp39-manylinux_2_17_x86_64",
        ],
    ],
)
def test_what_is_no_mistake_of_a_policy(table, tags):
    assert (
        found(table(*tags, pythons=["3.12", "3.14", *(["pypy3.11"] if "pp311" in str(tags) else [])])) == []
    )


def test_that_other_stable_abis_serve_other_platforms_is_no_mistake(table):
    assert found(table("cp36-abi3-macosx_11_0_arm64", "cp37-abi3-win_arm64", pythons=["3.12"])) == []


def test_platforms_with_few_interpreters_count_only_where_there_are_no_others(table):
    ours = ("cp313-cp313", "cp314-cp314")
    assert found(table(*ours, "cp313-cp313-pyodide_2025_0_wasm32", pythons=["3.13", "3.14"])) == []


@pytest.mark.parametrize(
    "extra", ["cp312-cp312-macosx_11_2_arm64", "cp312-none-win_amd64", "cp314-abi3-win_amd64"]
)
def test_a_wheel_that_nobody_takes_is_named(table, extra):
    everywhere = [f"{tag}-win_amd64" for tag in ("cp312-cp312", "cp313-cp313", "cp314-cp314", "cp315-cp315")]
    everywhere += ["cp312-cp312-macosx_11_0_arm64"]
    table_ = table(*everywhere, extra, pythons=["3.12"])
    assert found(table_) == [("AM004", f"No interpreter takes demo-1.0-{extra}.whl.")]


def test_a_wheel_that_only_an_unasked_interpreter_takes_is_none_of_these(table):
    assert (
        found(table("cp312-cp312", "cp39-cp39", "pp311-pypy311_pp73", "py3-none-any", pythons=["3.12"])) == []
    )


def test_wheels_of_an_older_version_are_one_finding(table):
    (finding,) = merged(coverage.check(table("py3-none-any", older=["cp39-abi3-win32", "py3-none-any"])))
    assert (finding.code, len(finding.files)) == ("AM004", 2)
    assert finding.sentence.endswith(".whl: installers prefer 1.0.")


def test_wheels_that_are_equally_good_are_named(table):
    (finding,) = coverage.check(table("cp39-abi3-win32", "cp39.cp310-abi3-win32", pythons=["3.9"]))
    assert (finding.code, finding.interpreters) == ("AM005", ("3.9",))
    assert finding.files == ("demo-1.0-cp39-abi3-win32.whl", "demo-1.0-cp39.cp310-abi3-win32.whl")


def test_of_wheels_that_are_equally_good_none_is_one_that_nobody_takes(table):
    told = found(table("cp39-abi3-win32", "cp39-abi3.other-win32", pythons=["3.9"]))
    assert [code for code, _ in told] == ["AM005"]


def test_wheels_of_which_one_is_better_are_none_of_these(table):
    assert found(table("cp39-abi3-win32", "cp38-abi3-win32", "cp39-abi3-win_amd64", pythons=["3.9"])) == []

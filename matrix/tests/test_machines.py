import pytest
from packaging.tags import mac_platforms, platform_tags

from abi_matrix.interpreters.machines import ANY, accepted, machines


def test_a_machine_for_each_version_that_changes_something():
    found = machines(
        ["manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_28_x86_64", "win_amd64", "any"]
    )
    assert [(one.name, one.platforms) for one in found] == [
        ("manylinux_x86_64", ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")),
        ("manylinux_2_17_x86_64", ("manylinux_2_17_x86_64", "manylinux2014_x86_64")),
        ("win_amd64", ("win_amd64",)),
        (ANY, ()),
    ]


def test_a_universal_wheel_is_for_both_macs():
    found = machines(["macosx_10_13_universal2", "macosx_14_0_arm64"])
    assert [one.name for one in found] == ["macosx_arm64", "macosx_11_0_arm64", "macosx_x86_64"]
    assert found[1].platforms == ("macosx_10_13_universal2",)


def test_a_linux_without_policy_stands_for_itself_only_where_no_libc_is_known():
    assert [one.name for one in machines(["linux_x86_64"])] == ["linux_x86_64"]
    found = machines(["linux_x86_64", "musllinux_1_2_x86_64", "linux_aarch64"])
    assert [(one.name, one.platforms) for one in found] == [
        ("linux_aarch64", ("linux_aarch64",)),
        ("musllinux_x86_64", ("linux_x86_64", "musllinux_1_2_x86_64")),
    ]


@pytest.mark.parametrize(
    ("tag", "family"),
    [
        ("manylinux1_i686", "manylinux_i686"),
        ("ios_13_0_arm64_iphoneos", "ios_arm64_iphoneos"),
        ("android_24_arm64_v8a", "android_arm64_v8a"),
        ("pyodide_2025_0_wasm32", "pyodide_2025_0_wasm32"),
        ("win32", "win32"),
    ],
)
def test_every_platform_has_a_family_that_accepts_its_tag(tag, family):
    (machine,) = machines([tag])
    assert (machine.family, machine.platforms, machine.newest) == (family, (tag,), True)


def test_a_tag_that_no_machine_of_today_accepts_makes_none():
    assert machines(["macosx_10_4_ppc"]) == []
    (machine,) = machines(["macosx_11_1_arm64"])  # of macOS 11 and later, installers know no minor version
    assert machine.platforms == ()


def test_the_order_of_this_machine_is_its_own():
    here = [*platform_tags()]
    newest = next((tag for tag in here if tag.startswith("manylinux_2_")), None)
    if newest is None:
        pytest.skip("no glibc")
    _, _, minor, arch = newest.split("_", 3)
    assert [*accepted(f"manylinux_{arch}", (2, int(minor)))] == here
    assert [*accepted("macosx_arm64", (14, 0))] == [*mac_platforms((14, 0), "arm64")]

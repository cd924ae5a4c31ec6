from pathlib import Path
from types import SimpleNamespace

from workshop.windows import prefix


def test_what_a_run_writes_into_the_registry_is_its_own(cache_folder, monkeypatch):
    """Wine writes into a file of the registry that has several links, where two runs would meet."""

    def boot(chroot, folder):
        (folder / "system.reg").write_text("as it was made")
        (folder / "drive_c").mkdir()
        (folder / "drive_c" / "large.dll").write_text("as it was made")

    monkeypatch.setattr(prefix, "_boot", boot)
    chroot = SimpleNamespace(root=Path("chroot-1"))
    first, second = prefix.prefix(chroot, "first"), prefix.prefix(chroot, "second")
    (first / "system.reg").write_text("written into")
    assert (second / "system.reg").read_text() == "as it was made"
    assert (prefix.prefix(chroot, "first") / "system.reg").read_text() == "as it was made"
    assert (first / "drive_c" / "large.dll").samefile(second / "drive_c" / "large.dll")

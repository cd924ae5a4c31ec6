import pytest

from abi_matrix.base.errors import UserError
from workshop.windows.kept import kept


@pytest.fixture
def provide(tmp_path):
    """Keep a folder with one file; return it, and how often it was made."""
    made = []

    def make(folder):
        made.append(folder)
        (folder / "file").touch()

    def run(*made_from, name="thing", make=make):
        return kept(tmp_path, name, made_from, 0, make), len(made)

    return run


def test_the_second_time_it_is_there(provide):
    folder, _ = provide("a")
    assert [file.name for file in folder.iterdir()] == ["file"]
    assert provide("a") == (folder, 1)


def test_what_was_made_from_something_else_is_made_anew_and_the_former_goes(provide, tmp_path):
    former, _ = provide("a", "b")
    folder, times = provide("a", "c")
    assert times == 2
    assert [*tmp_path.iterdir()] == [folder] != [former]


def test_names_may_begin_alike(provide):
    folder, _ = provide("a")
    longer, _ = provide("b", name="thing-more")
    assert provide("a") == (folder, 2)
    assert provide("b", name="thing-more") == (longer, 2)


def test_what_an_interrupted_run_leaves_behind_is_not_taken_for_the_whole(provide, tmp_path):
    def interrupted(folder):
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        provide("a", make=interrupted)
    folder, times = provide("a")
    assert times == 1
    assert [file.name for file in folder.iterdir()] == ["file"]
    assert [*tmp_path.iterdir()] == [folder]


def test_a_full_disk_is_one_sentence(tmp_path):
    with pytest.raises(
        UserError, match=r"^Testing on Windows' Python needs 9{12} MiB and .* MiB left; make room"
    ):
        kept(tmp_path, "thing", (), 999_999_999_999, pytest.fail)

import pytest
from programs import program

from abi_matrix.base.errors import UserError
from abi_matrix.config.table import Source
from abi_matrix.provisioning import uv


@pytest.fixture(autouse=True)
def uv_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    return tmp_path / "uv"


@pytest.mark.parametrize(("python", "variant"), [("3.14", None), ("3.15t", "freethreaded")])
def test_entry_names_the_platform_in_uvs_terms_and_the_version_of_the_source(tmp_path, python, variant):
    archive = tmp_path / "packed.tar.gz"
    archive.write_bytes(b"packed")
    known = uv.platform_of(python)
    ((key, described),) = uv.entry(known, archive, Source(f"{python.removesuffix('t')}.0rc9", "")).items()
    assert key.startswith(f"cpython-{python.removesuffix('t')}.0rc9{'+freethreaded' if variant else ''}-")
    assert described["variant"] == variant
    assert (described["patch"], described["prerelease"]) == (0, "rc9")
    assert described["url"] == archive.as_uri()


def test_an_unknown_interpreter_is_one_sentence():
    with pytest.raises(UserError, match=r"^This uv knows no 3\.2t for this machine"):
        uv.platform_of("3.2t")


def test_a_refusal_of_uv_is_its_own_reason(monkeypatch):
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", "/no/such/catalogue.json")
    assert "catalogue.json" in uv.install("3.14")


def test_a_uv_that_dies_without_a_word_is_told_by_its_status(tmp_path, monkeypatch):
    monkeypatch.setattr(uv, "find_uv_bin", lambda: program(tmp_path / "uv-bin", "exit 3"))
    assert uv.install("3.14") == "status 3"


def test_what_is_no_interpreter_is_refused_and_not_installed(tmp_path, uv_folder, monkeypatch):
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")  # which uv would wait between, although this is a file
    archive = tmp_path / "packed.tar.gz"
    archive.write_bytes(b"not an archive")
    with pytest.raises(UserError, match=r"^uv refused to install"):
        uv.install_packed("3.14", archive, Source("3.14.7", ""))
    assert not [*uv_folder.glob("cpython*")]

import sys

from abi_matrix.base import venvs
from workshop import installers


def test_what_is_run_sees_none_of_this_machines_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    python = venvs.create(tmp_path / "venv", sys.executable)
    result = installers.run(python, "-c", "import sys; print(sys.prefix)", cwd=tmp_path)
    assert result.stdout.strip() == str(tmp_path / "venv")

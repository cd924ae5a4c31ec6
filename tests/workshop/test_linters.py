from types import SimpleNamespace

import pytest

from workshop import linters


def ran(monkeypatch, **environ):
    """Return how the session runs zizmor in this environment, and what it says."""
    for name in linters._TOKENS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    runs, said = [], []
    session = SimpleNamespace(
        run=lambda *command, **options: runs.append((command, options)), log=said.append
    )
    linters.workflows(session)
    (zizmor,) = (run for run in runs if run[0][0] == "zizmor")
    return *zizmor, said


@pytest.mark.parametrize("name", linters._TOKENS)
def test_with_a_token_pins_are_compared_with_their_tags(monkeypatch, name):
    command, options, said = ran(monkeypatch, **{name: "token"})
    assert command == ("zizmor", "--quiet", "--pedantic", ".github")
    assert options == {"env": {}}
    assert not any("zizmor" in line for line in said)


@pytest.mark.parametrize("environ", [{}, {"GH_TOKEN": ""}])
def test_without_a_token_zizmor_asks_nobody_and_that_is_said(monkeypatch, environ):
    command, options, said = ran(monkeypatch, **environ)
    assert command == ("zizmor", "--quiet", "--pedantic", "--offline", ".github")
    assert options == {"env": dict.fromkeys(environ)}, "zizmor refuses an empty token"
    assert said[0] == "There is no GH_TOKEN, so zizmor does not compare the actions' pins with their tags."

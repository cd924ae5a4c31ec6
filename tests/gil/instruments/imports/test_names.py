"""What a user means by the name of a package."""

import sys
import types

import pytest

from gil.instruments.imports.names import AmbiguousNameError, import_names

pytestmark = [
    pytest.mark.lane_independent,
    pytest.mark.thread_unsafe(reason="another test's folder on sys.path would be seen"),
]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install distributions, by name the modules that they have, in a folder of its own on sys.path."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(**distributions):
        for distribution, modules in distributions.items():
            info = tmp_path / f"{distribution}-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
            (info / "top_level.txt").write_text("\n".join(modules))
            (info / "RECORD").write_text("\n".join(f"{module}.py,," for module in modules))
            for module in modules:
                (tmp_path / f"{module}.py").write_text("raise AssertionError('was imported')")

    return install


def test_a_module_is_itself(installed):
    """Also below the top, where only importing could tell whether it is there."""
    installed(alpha_dist=["alpha"])
    assert import_names("alpha") == ("alpha",)
    assert import_names("alpha.below") == ("alpha.below",)
    assert import_names("json") == ("json",)
    assert "" not in sys.path[:1]


def test_a_distribution_is_all_its_modules(installed):
    """However its name is spelled; what cannot be imported by a name is none."""
    installed(Beta_Dist=["beta_one", "_beta_two", "not-a-name"])
    assert import_names("Beta_Dist") == ("_beta_two", "beta_one")
    assert import_names("beta-dist", "distribution") == ("_beta_two", "beta_one")


def test_a_distribution_that_has_a_module_of_its_name_is_that(installed):
    """As most are."""
    installed(gamma=["gamma", "gamma_more"])
    assert import_names("gamma") == ("gamma",)
    assert import_names("gamma", "distribution") == ("gamma", "gamma_more")


def test_a_name_that_means_two_things_is_refused(installed):
    """Unless one says which."""
    installed(delta=["epsilon"], zeta=["delta"])
    with pytest.raises(AmbiguousNameError) as raised:
        import_names("delta")
    assert str(raised.value) == (
        "'delta' is a module, and another distribution is called so, which has epsilon: say --as=import or"
        " --as=distribution."
    )
    assert import_names("delta", "import") == ("delta",)
    assert import_names("delta", "distribution") == ("epsilon",)


@pytest.mark.parametrize(
    ("name", "kind", "what"),
    [
        ("not_there_at_all", None, "module and no distribution"),
        ("not_there_at_all", "import", "module"),
        ("json", "distribution", "distribution"),
        ("", None, "module and no distribution"),
        (".", None, "module and no distribution"),
        ("a b", None, "module and no distribution"),
        (".json", None, "module and no distribution"),
        ("../json", None, "module and no distribution"),
        ("made_by_hand", "import", "module"),
        ("json; import os", None, "module and no distribution"),
    ],
)
def test_a_name_of_nothing(monkeypatch, name, kind, what):
    """Whatever it looks like; what is loaded without a spec cannot be imported in another process."""
    monkeypatch.setitem(sys.modules, "made_by_hand", types.ModuleType("made_by_hand"))
    with pytest.raises(LookupError) as raised:
        import_names(name, kind)
    assert raised.value.args == (f"There is no {what} called '{name}' in this Python.",)

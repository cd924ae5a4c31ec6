import extensions
import pytest
import tables

from abi_matrix.base.errors import NO_EXTENSION
from abi_matrix.starting import advice, project, proposal

SETUPTOOLS = """
[build-system]
requires = ["setuptools", "setuptools-rust"]
build-backend = "setuptools.build_meta"

[project]
name = "demo"
requires-python = ">=3.8"

[[tool.setuptools-rust.ext-modules]]
target = "demo._demo"
path = "src/_demo/Cargo.toml"
"""
BOTH = """
[tool.maturin]
features = [
    { feature = "pyo3/abi3-py311", python-version = "<3.15", python-implementation = "cpython" },
    { feature = "pyo3/abi3t-py315", python-version = ">=3.15", python-implementation = "cpython" },
    { feature = "pyo3/abi3-py39", python-implementation = "pypy" },
]
"""
EACH = {
    "cp311-cp311": ["3.11"], "cp312-cp312": ["3.12"], "cp313-cp313": ["3.13"], "cp314-cp314": ["3.14"],
    "cp315-cp315": ["3.15"], "cp314-cp314t": ["3.14t"], "cp315-cp315t": ["3.15t"],
}  # fmt: skip
ABI3 = {"cp311-abi3": ["3.11", "3.12", "3.13", "3.14", "3.15"]}
THREADED = {"cp314-cp314t": ["3.14t"], "cp315-cp315t": ["3.15t"]}
ABI3T = {
    "cp311-abi3": ["3.11", "3.12", "3.13", "3.14"],
    "cp314-cp314t": ["3.14t"],
    "cp315-abi3.abi3t": ["3.15", "3.15t"],
}


@pytest.fixture
def propose(tmp_path):
    """Return a function that writes a project, and returns it and what is proposed."""

    def propose(*arguments, **files):
        found = project.read(extensions.project(tmp_path, *arguments, **files))
        return found, proposal.propose(found)

    return propose


def served(proposed):
    return {row.tag: [*row.serves] for row, _ in proposed.rows}


@pytest.mark.parametrize(
    ("pyproject", "cargo", "rows"),
    [
        ("", extensions.CARGO, EACH),
        ("", extensions.pyo3('{ version = "0.30", features = ["abi3-py311"] }'), ABI3 | THREADED),
        ("", extensions.pyo3('{ version = "0.30", features = ["abi3"] }'), ABI3 | THREADED),
        ("", extensions.pyo3('{ version = "0.30", features = ["abi3-py311", "abi3t-py315"] }'), ABI3T),
        (BOTH, extensions.CARGO, ABI3T),
        ('[tool.maturin]\nfeatures = ["stable"]', extensions.CARGO
         + '[features]\nstable = ["pyo3/abi3-py311"]', ABI3 | THREADED),
        ("", extensions.CARGO + '[features]\ndefault = ["a"]\na = ["pyo3?/abi3-py311"]', ABI3 | THREADED),
        ("[tool.maturin]\nno-default-features = true",
         extensions.CARGO + '[features]\ndefault = ["pyo3/abi3-py311"]', EACH),
        ("", extensions.CARGO + '[features]\nunused = ["pyo3/abi3-py311"]', EACH),
        ("", extensions.CARGO.replace("pyo3 =", "pyo3-ffi ="), EACH),
        ("", extensions.pyo3('{ git = "https://example.org/pyo3" }'), EACH),
        ("", extensions.pyo3('{ package = "pyo3", version = "0.30" }').replace("pyo3 =", "py ="), EACH),
        ("", extensions.CARGO.replace("[dependencies]", "[target.'cfg(unix)'.dependencies]"), EACH),
    ],
)  # fmt: skip
def test_each_interpreter_is_served_by_the_wheel_that_its_build_makes(propose, pyproject, cargo, rows):
    assert served(propose(extensions.PYPROJECT + pyproject, cargo)[1]) == rows


def test_what_installers_would_not_take_on_3_15_is_not_built_there(propose):
    builders = {row.tag: row.built_with for row, _ in propose(extensions.PYPROJECT + BOTH)[1].rows}
    assert builders == {"cp311-abi3": "3.11", "cp314-cp314t": "3.14t", "cp315-abi3.abi3t": "3.15t"}


@pytest.mark.parametrize(
    ("requirement", "newest", "left_out"),
    [
        ("0.30.1", "3.15t", "3.13t: PyO3 has dropped it in 0.29"),
        ("0.28", "3.14t", "3.15t: PyO3 0.28 builds for CPython up to 3.14."),
        ("0.24", "3.13", "3.14t: PyO3 0.24 builds for CPython up to 3.13."),
        ("0.22", "3.13", "3.14t: PyO3 0.22 builds for no free-threaded interpreter, 0.23 is the first"),
        ("0.99", "3.15t", "3.13t: PyO3 has dropped it"),
    ],
)
def test_what_its_pyo3_refuses_is_left_out_with_the_reason(propose, requirement, newest, left_out):
    _, proposed = propose(cargo=extensions.pyo3(f'"{requirement}"'))
    assert [*served(proposed).values()][-1] == [newest]
    assert any(line.startswith(left_out) for line in proposed.left_out), proposed.left_out


def test_a_stable_abi_serves_what_its_pyo3_does_not_know_yet(propose):
    _, proposed = propose(cargo=extensions.pyo3('{ version = "0.24", features = ["abi3"] }'))
    assert served(proposed) == ABI3


def test_an_interpreter_before_the_stable_abi_gets_no_row(propose):
    _, proposed = propose(cargo=extensions.pyo3('{ version = "0.30", features = ["abi3-py312"] }'))
    assert served(proposed)["cp312-abi3"] == ["3.12", "3.13", "3.14", "3.15"]
    assert proposed.left_out[0].startswith("3.11: the stable ABI that PyO3 is asked for begins with 3.12")


def test_a_workspace_and_its_lock_say_what_the_crate_does_not(propose):
    found, proposed = propose(
        extensions.PYPROJECT + '[tool.maturin]\nmanifest-path = "crates/py/Cargo.toml"',
        '[workspace]\nmembers = ["crates/py"]\n'
        '[workspace.dependencies]\npyo3 = { version = "0.30", features = ["abi3-py311"] }\n',
        **{
            "crates/py/Cargo.toml": extensions.pyo3('{ workspace = true, features = ["num-bigint"] }'),
            "Cargo.lock": '[[package]]\nname = "pyo3"\nversion = "0.29.3"\n',
        },
    )
    assert served(proposed) == ABI3 | THREADED
    assert (found.crate.requirement, found.crate.pyo3) == ("0.30", "0.29.3")


def test_setuptools_is_told_of_abi3_for_that_row_alone(propose):
    cargo = extensions.pyo3('{ version = "0.26", features = ["abi3"] }')
    found, proposed = propose(SETUPTOOLS, None, **{"src/_demo/Cargo.toml": cargo})
    assert (found.backend, found.module) == ("setuptools-rust", "demo")
    (stable, _), (threaded, _) = proposed.rows
    assert (stable.tag, stable.env) == ("cp310-abi3", {"DIST_EXTRA_CONFIG": "abi3.cfg"})
    assert (threaded.tag, threaded.env) == ("cp314-cp314t", {})


def test_any_other_backend_builds_what_lies_near_and_that_is_said(propose):
    other = extensions.PYPROJECT.replace("maturin>=1.16,<2", "meson-python").replace("maturin", "mesonpy")
    found, proposed = propose(other, None, **{"rust/Cargo.toml": extensions.CARGO})
    assert found.backend == "mesonpy"
    assert any(line.startswith("Which tags mesonpy gives") for line in advice.unknown(found, proposed))


def test_a_comment_says_what_each_row_is_for_and_what_nobody_claims(propose):
    claims = extensions.PYPROJECT + 'classifiers = ["Programming Language :: Python :: 3.14"]\n'
    purposes = {row.tag: purpose for row, purpose in propose(claims)[1].rows}
    assert purposes["cp314-cp314t"] == "the free-threaded build of 3.14, which takes no abi3 wheel"
    assert purposes["cp315-cp315"].startswith("3.15 alone: without a stable ABI")
    assert purposes["cp315-cp315"].endswith("; no classifier names 3.15")


@pytest.mark.parametrize("requires", [">=3.99", "<3.0"])
def test_without_any_row_it_is_one_sentence(propose, requires):
    with pytest.raises(tables.InputError, match=f"{NO_EXTENSION} No row can be proposed for demo-project"):
        propose(extensions.PYPROJECT.replace(">=3.11", requires))


def test_what_is_not_known_is_said(propose):
    classifiers = "classifiers = ['Programming Language :: Python :: Implementation :: PyPy']\n"
    said = "\n".join(advice.unknown(*propose(extensions.PYPROJECT + classifiers, extensions.pyo3('"0.26"'))))
    assert "there is no Cargo.lock, and Cargo.toml says 0.26." in said
    assert "without a GIL on 3.14t: the classifiers do not say so, and with PyO3 0.26 a module needs" in said
    assert "Whether a stable ABI would do" in said
    assert "abi3t would do" not in said, "this PyO3 does not know it"
    assert "Which PyPy to build for" in said
    assert "there are no tests, so the sessions only import demo." in said

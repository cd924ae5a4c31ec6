"""Projects with an extension module in Rust, for the tests of what proposes a table."""

PYPROJECT = """\
[build-system]
requires = ["maturin>=1.16,<2"]
build-backend = "maturin"

[project]
name = "demo-project" # a comment that stays
requires-python = ">=3.11"
version = "1.0"
"""
CARGO = """\
[package]
name = "demo-project"

[lib]
name = "demo"

[dependencies]
pyo3 = "0.30"
"""


def project(root, pyproject=PYPROJECT, cargo=CARGO, **files):
    """Write a project, and ``files`` by path, and return its folder."""
    contents = {"pyproject.toml": pyproject, "Cargo.toml": cargo, **files}
    for name, content in contents.items():
        if content is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content, encoding="utf-8", newline="")
    return root


def pyo3(dependency, more=""):
    """Return a Cargo.toml with PyO3 as it says."""
    return CARGO.replace('"0.30"', dependency) + more

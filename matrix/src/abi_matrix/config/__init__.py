"""The table ``[tool.abi-matrix]`` in a project's pyproject.toml."""

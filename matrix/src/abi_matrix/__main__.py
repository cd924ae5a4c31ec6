"""``python -m abi_matrix``."""

from abi_matrix.cli import main

if __name__ == "__main__":
    main(prog_name="abi-matrix")

"""What only this repository needs: its demo's comparison, mutants, claims, containers and releases.

It uses `abi_matrix` as it is in this repository, whether that is installed or not.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "matrix" / "src"))

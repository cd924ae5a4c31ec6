"""What only this repository needs: its demo's comparison, mutants, claims, containers and releases."""

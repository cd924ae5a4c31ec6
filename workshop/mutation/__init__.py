"""Mutants: the code broken in known ways, of which a named test must fail."""

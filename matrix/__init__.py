"""The workshop: what noxfile.py's sessions call. Plain, tested Python; never part of a wheel."""

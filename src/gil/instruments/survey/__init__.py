"""Calls probed in a process of their own: one, or all that a module has."""

"""Interpreters and platforms, by name and as they are on this machine."""

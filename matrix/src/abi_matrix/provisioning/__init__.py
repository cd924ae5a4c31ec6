"""Interpreters that a machine lacks: downloaded by uv, or else built from CPython's sources."""

"""Runs of this repository's tests, and what they left behind."""

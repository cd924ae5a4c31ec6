"""Programs of a few lines of shell, in place of real ones."""

import os

import pytest


def program(path, script):
    """Write an executable whose shell commands are ``script``; without a POSIX shell, skip the test."""
    if os.name != "posix":
        pytest.skip("the make-believe programs are shell scripts")
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path

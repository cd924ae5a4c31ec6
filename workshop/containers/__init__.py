"""The wheels as cibuildwheel builds them in containers."""

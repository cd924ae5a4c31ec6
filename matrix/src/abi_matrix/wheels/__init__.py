"""Wheels and sdists: what they are, what is in them, and which of them an installer takes."""

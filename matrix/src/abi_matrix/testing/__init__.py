"""Testing a wheel on an interpreter, in several lanes, and what that left behind."""

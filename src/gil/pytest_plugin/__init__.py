"""What the pytest plugin does when a run uses it; pytest itself loads `pytest_gil_demo`, which is lighter."""

"""abi-matrix tried on projects that nobody here wrote: their sdists, their tests, the time that it takes."""

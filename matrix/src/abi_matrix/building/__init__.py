"""Building the table's wheels with the project's own build backend."""

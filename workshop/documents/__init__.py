"""Pages of docs/ that are made of tables and checked against the code."""

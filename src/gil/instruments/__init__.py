"""What this package's instruments tell about other people's code."""

"""What draws and words the results for a terminal."""

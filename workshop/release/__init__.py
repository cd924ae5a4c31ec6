"""What stands before a release: the files, their contents, the index and the workflows."""

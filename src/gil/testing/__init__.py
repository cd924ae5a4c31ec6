"""What gil-demo adds to tests."""

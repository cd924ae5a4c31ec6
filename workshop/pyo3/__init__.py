"""What PyO3's release lines, and this build, do on an interpreter."""

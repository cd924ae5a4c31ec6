"""What PyO3's release series, and this build, do on an interpreter."""

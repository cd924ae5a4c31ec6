"""The demo and the benchmark on several interpreters."""

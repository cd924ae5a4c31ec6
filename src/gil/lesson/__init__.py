"""The lesson: a demo, and the situations in which code must be attached, run under watch."""

"""The command ``gil``, and ``python -m gil``; Ctrl-C is one sentence while the rest is imported, too."""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from gil.cli import main as command  # noqa: PLC0415 - takes most of the time until something happens

        command()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("Interrupted.\n")
        sys.exit(130)  # as gil.cli.output has it


if __name__ == "__main__":
    main()

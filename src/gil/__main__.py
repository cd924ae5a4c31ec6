"""``python -m gil``."""

from gil.cli import main

if __name__ == "__main__":
    main()

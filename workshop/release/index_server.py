"""A package index over a folder, for as long as somebody holds the other end of its standard input.

Runs in a session's own interpreter, with pypiserver and waitress and nothing of ours:

    GIL_INDEX_PASSWORD=... python index_server.py FOLDER USER

It takes a free port, prints its address, and asks for the password at every upload. waitress, because
pypiserver's own server answers an upload that it refuses before it has read it, and breaks the pipe.
"""

import hmac
import importlib
import os
import sys
import threading
from pathlib import Path


def main() -> None:
    """Serve until standard input ends, so that nobody who started this can leave it behind."""
    folder, user = sys.argv[1:]
    password = os.environ["GIL_INDEX_PASSWORD"]

    def allowed(name: str, word: str) -> bool:
        return name == user and hmac.compare_digest(word.encode(), password.encode())

    # Not `import`: where the types are checked they are not installed.
    app = importlib.import_module("pypiserver").app(
        roots=[Path(folder)], authenticate=["update"], auther=allowed, disable_fallback=True
    )
    server = importlib.import_module("waitress").create_server(app, host="127.0.0.1", port=0)
    sys.stdout.write(f"http://127.0.0.1:{server.effective_port}/\n")
    sys.stdout.flush()
    threading.Thread(target=server.run, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()

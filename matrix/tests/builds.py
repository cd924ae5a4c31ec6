"""Sources of a CPython that compiles in no time, for the tests of provisioning."""

import io
import tarfile
import time
from pathlib import Path

from abi_matrix.base import cache
from abi_matrix.config.table import Source
from abi_matrix.provisioning import sources as sources_

# What uv wants to find in an interpreter that it installs, and rewrites.
SYSCONFIG = r"# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n"

CONFIGURE = """#!/bin/sh
echo "$@" > options
{configure}
cat > Makefile <<'END'
all:
\t{make}
install:
\tmkdir -p $(DESTDIR)/install/bin $(DESTDIR)/install/lib/python{minor}t/test
\tcp options $(DESTDIR)/install/lib/python{minor}t/
\tprintf '{SYSCONFIG}' > $(DESTDIR)/install/lib/python{minor}t/_sysconfigdata_t_linux_.py
\tprintf '#!/bin/sh\\n{python}\\n' > $(DESTDIR)/install/bin/python{minor}t
\tchmod +x $(DESTDIR)/install/bin/python{minor}t
END
"""


def sources(version, configure="true", make="true", python="exit 0"):
    """Put the sources of a CPython into the cache, whose configure and Makefile are a few lines of shell."""
    minor = version.rpartition(".")[0]
    script = CONFIGURE.format(
        configure=configure, make=make, python=python, minor=minor, SYSCONFIG=SYSCONFIG
    ).encode()
    member = tarfile.TarInfo(f"Python-{version}/configure")
    member.size, member.mode = len(script), 0o755
    path = cache.folder("sources") / f"Python-{version}.tar.xz"
    with tarfile.open(path, "w:xz") as archive:
        archive.addfile(member, io.BytesIO(script))
    return Source(version, sources_.sha256(path))


def wait_until_gone(pid):
    """Wait until nothing runs as ``pid`` (on Linux); what nobody has reaped does not run."""
    deadline = time.monotonic() + 30
    while True:
        try:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        except OSError:
            return
        if status.rpartition(")")[2].split()[0] == "Z":
            return
        assert time.monotonic() < deadline, f"{pid} still runs"
        time.sleep(0.01)

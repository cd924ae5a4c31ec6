"""What is mended of Debian's Wine: a race in which Python now and then dies of an access violation.

A thread that waits on an address stands in a queue, with an entry that is on its own stack. Whoever wakes it
first marks the entry as taken, and then takes it out of the queue. Wine 10 has the thread look for the mark
without the queue's lock. If its wait times out between the two steps, which takes a busy machine, the thread
goes on, and overwrites what the other one reads from the entry and writes into the queue. Whoever is next to
wake a thread of this queue takes that for an address: an access violation in RtlWakeAddressSingle. CPython
waits for its GIL like this, five milliseconds at a time. No Python is needed to see it, and nothing of this
project.

One byte has such a thread take the lock first, always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.base.progress import say

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = "usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ntdll.dll"
"""Where Wine has RtlWaitOnAddress, relative to the chroot."""
# In RtlWaitOnAddress, after the wait:
#     cmpq $0, 0x50(%rsp)   is the entry marked?
#     mov  %eax, %esi
#     jne  lock             no: on to the lock, behind the next instruction
#     jmp  behind           yes: past the lock
_RACE = bytes.fromhex("48837c245000 89c6 750b eb35")
_MENDED = bytes.fromhex("48837c245000 89c6 eb0b eb35")  # jmp lock


def mend(root: Path) -> None:
    """Let the Wine of the chroot ``root`` take the lock, if it does not yet.

    A Wine that was compiled otherwise is left as it is, which is said each time.
    """
    library = root / LIBRARY
    content = library.read_bytes() if library.exists() else b""
    if content.count(_RACE) == 1:
        with library.open("r+b") as file:  # in place: whatever interrupts this, the library is whole
            file.seek(content.index(_RACE))
            file.write(_MENDED)
    elif content.count(_MENDED) != 1:
        say("Wine is not the build whose race is known (workshop/windows/wine.py): it is left as it is")

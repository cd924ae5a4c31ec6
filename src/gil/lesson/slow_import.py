"""A module that takes a while to import, all of it bytecode: what ``gil situations`` imports.

Another one would show something else as well: compiling a source is native code, which lets nobody in.
"""

TOTAL = 0
for number in range(150_000):
    TOTAL += number

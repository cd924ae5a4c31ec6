"""Windows on a Linux machine: the wheel built by mingw, and tested on CPython for Windows under Wine.

It shows what differs between the systems' Pythons and file rules. It cannot show what Wine does otherwise
than Windows, nor what MSVC compiles otherwise than mingw.
"""

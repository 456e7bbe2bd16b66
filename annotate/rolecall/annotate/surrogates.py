"""Halves of characters in JSON: a program that counts in UTF-16 may cut an emoji in two and write one half as \\ud83c.

No UTF-8 can hold that, and it must not keep all the rest from being read; it becomes the replacement character.
"""

import re
from typing import BinaryIO

_ESCAPES = re.compile(rb"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)")
_TORN = re.compile(rb"(?:\\u[dD][89abAB]..)?\\(?:u.{0,3})?$|\\u[dD][89abAB]..$", re.DOTALL)
"""The end of a block that stands within an escape, or after one that may be half of a pair."""


def mend(text: bytes) -> bytes:
    """Replace what stands for half a character in JSON."""
    return _ESCAPES.sub(lambda found: b"\\ufffd" if found[1] else found[0], text)


class Mended:
    """A file of JSON, read with every half of a character replaced."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, a few more than asked for where an escape would be torn."""
        block = self._file.read(size)
        while size and _TORN.search(block[-12:]) and (more := self._file.read(1)):
            block += more
        return mend(block)

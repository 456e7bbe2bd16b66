"""Bytes put aside on disk, a line at a time, to be taken up in another order."""

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Self


class Spool:
    """A temporary file of lines; `add` tells where a line stands, `get` reads it."""

    def __init__(self) -> None:
        self.file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  # closed by __exit__
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines in the order in which they were put aside; none is added or taken up meanwhile."""
        self.file.seek(0)
        for line in self.file:
            yield line[:-1]

    def add(self, line: bytes) -> int:
        """Put a line aside, which holds no line end, and return its place."""
        place = self._end
        self.file.seek(place)
        self._end += self.file.write(line + b"\n")
        return place

    def get(self, place: int) -> bytes:
        """Return the line that was put aside at a place, without its line end."""
        self.file.seek(place)
        return self.file.readline()[:-1]

"""Work that can be taken up again: outputs that grow beside their places, and a journal of what went into them.

Beside an output `articles.jsonl` grow `.articles.jsonl.part`, and, beside the first, `.articles.jsonl.journal`: what
the work is, an entry for each record, and now and then a mark that says how far the parts had grown by then. A run
that finds them cuts the parts back to the last mark that still holds and goes on behind it. A mark holds as long as
the work is the same and so are all files up to it; files changed, added or gone behind it do no harm.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

import msgspec

from rolecall.core.errors import InputError

EVERY = 1000
"""Records from mark to mark; where records take long, a mark is made after some seconds."""
SECONDS = 5.0


class File(msgspec.Struct, frozen=True, array_like=True):
    """An input as it was found: its size in bytes, and when it was last changed, in nanoseconds."""

    path: str
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Look at a file."""
        found = path.stat()
        return cls(str(path), found.st_size, found.st_mtime_ns)


class Job(msgspec.Struct, frozen=True, tag="job"):
    """What the work is: the files, and in words all that decides what becomes of a record."""

    files: list[File]
    options: str


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, tag="entry"):
    """What became of one record: where it stood, the outcome, and what is to be known of it later."""

    file: int
    line: int | None
    outcome: str
    what: str = ""
    id: str = ""
    text: bytes = b""
    fields: bytes = b""
    labels: bytes = b""
    twin: str | None = None
    """The article whose text it has, where it is linked to that one."""
    spans: int | None = None
    """How many spans went to its annotation, where it has one."""
    in_meta: bool = False
    headline: bool = False
    language: str = ""
    """Its language, where that was filled in."""
    no_language: bool = False
    date: str = ""


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """How far the work is: files read whole, rows read of the next, and the sizes of the parts in bytes."""

    files: int
    rows: int
    sizes: list[int]


Line = Job | Entry | Mark
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Line)


class _State(NamedTuple):
    """How far the work is, and the length of the journal then: set at once, so that no interruption falls between."""

    mark: Mark
    length: int


class Journal:
    """The parts of some outputs, and the journal beside the first; use it as a context.

    `finish` puts the parts in their places. Where the block fails, they stay if a mark was made, so that the next run
    goes on from there, and go if not. Raises InputError where another run is at work on the same outputs, or they
    cannot be written.
    """

    def __init__(self, outs: Sequence[Path], job: Job, *, every: int = EVERY) -> None:
        self.job, self.every = job, every
        self.outs = [out.resolve() for out in outs]
        self.parts = [out.with_name(f".{out.name}.part") for out in self.outs]
        self.path = path_of(outs[0])
        self.start = Mark(0, 0, [0] * len(outs))
        """Where the work begins or goes on."""
        self.restarted = ""
        """Why work that was found could not be gone on with, in words."""
        self._state = _State(self.start, 0)
        self._sizes = [0] * len(outs)
        self._since, self._when, self._kept = 0, 0.0, False

    def __enter__(self) -> Self:
        for out in self.outs:
            if out.is_dir():
                raise InputError("is a folder", path=out, remedy="name a file")
        self._journal, *self._files = (_open(path) for path in (self.path, *self.parts))
        self._lock()
        before = self._find()
        self._kept = self._state.length > 0
        self._sizes = list(self.start.sizes)
        self._cut()
        if before != self.job:
            self._state = _State(self.start, self._write(self.job))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        keep = kind is not None and self._kept
        with suppress(OSError):
            if keep:
                self._mark()
        for file in (self._journal, *self._files):
            with suppress(OSError):
                file.close()
        for path in () if keep else (self.path, *self.parts):
            path.unlink(missing_ok=True)

    def entries(self) -> Iterator[Entry]:
        """Yield what was entered before the work went on."""
        for _, line in self._lines(self._state.length):
            if isinstance(line, Entry):
                yield line

    def lines(self, part: int) -> Iterator[bytes]:
        """Yield what was put into a part before the work went on."""
        with self.parts[part].open("rb") as file:
            while file.tell() < self.start.sizes[part]:
                yield file.readline().removesuffix(b"\n")

    def put(self, part: int, line: bytes) -> None:
        """Put a line into a part; it counts when the record that it is of is entered."""
        self._sizes[part] += self._files[part].write(line + b"\n")

    def enter(self, entry: Entry, rows: int) -> None:
        """Enter what became of a record, the last of `rows` in its file, and make a mark when it is time."""
        length = self._write(entry)
        self._state = _State(Mark(entry.file, rows, list(self._sizes)), length)
        self._since += 1
        self._when = self._when or time.monotonic()
        if self._since >= self.every or time.monotonic() - self._when > SECONDS:
            self._mark()

    def finish(self) -> None:
        """Put the parts in their places, the first last: while it is not there, the work is not done."""
        for file in self._files:
            file.flush()
            os.fsync(file.fileno())
        for part, out in reversed(list(zip(self.parts, self.outs, strict=True))):
            if out.exists():
                part.chmod(out.stat().st_mode & 0o777)
            part.replace(out)

    def _mark(self) -> None:
        """Have the disk hold the parts as far as records are entered, then the mark that says so."""
        self._cut()
        for file in self._files:
            os.fsync(file.fileno())
        length = self._write(self._state.mark)
        self._journal.flush()
        os.fsync(self._journal.fileno())
        self._state = _State(self._state.mark, length)
        self._since, self._when, self._kept = 0, time.monotonic(), True

    def _cut(self) -> None:
        """Cut off what lies behind the last record entered."""
        sizes = (self._state.length, *self._state.mark.sizes)
        for file, size in zip((self._journal, *self._files), sizes, strict=True):
            file.flush()
            file.truncate(size)
            file.seek(size)

    def _write(self, line: Line) -> int:
        """Write a line to the journal and return where it ends, behind what is entered."""
        return self._state.length + self._journal.write(_encode(line) + b"\n")

    def _lock(self) -> None:
        try:
            for file in (self._journal, *self._files):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            for file in (self._journal, *self._files):
                file.close()
            raise InputError(
                "is being written by another run", path=self.outs[0], remedy="wait for it, or choose another file"
            ) from error

    def _find(self) -> Job | None:
        """Go to the last mark that holds, and return the work that it is of; say why there is none where there was."""
        job: Job | None = None
        marks: list[_State] = []
        end = 0
        for end, line in self._lines(None):
            if isinstance(line, Job):
                job = line
            elif isinstance(line, Mark):
                marks.append(_State(line, end))
        if job is None or not marks:
            with self.path.open("rb") as file:
                file.seek(end)
                self.restarted = "what it left is damaged" if file.readline().endswith(b"\n") else ""
            return None
        if job.options != self.job.options:
            self.restarted = "the options are others"
            return None
        same, changed = _same(job.files, self.job.files)
        sizes = [os.fstat(file.fileno()).st_size for file in self._files]
        for state in reversed(marks):
            mark = state.mark
            read = mark.files + (mark.rows > 0)
            if read <= same and len(mark.sizes) == len(sizes) and all(map(int.__le__, mark.sizes, sizes)):
                self._state, self.start = state, mark
                return job
        self.restarted = f"the inputs are others from {changed} on" if changed else "what it left is damaged"
        return None

    def _lines(self, end: int | None) -> Iterator[tuple[int, Line]]:
        """Yield the lines of the journal with the offset behind each, up to one that was cut off."""
        offset = 0
        with self.path.open("rb") as file:
            while (end is None or offset < end) and (data := file.readline()).endswith(b"\n"):
                offset += len(data)
                try:
                    yield offset, _decoder.decode(data)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    return


def _same(before: Sequence[File], now: Sequence[File]) -> tuple[int, str]:
    """Count the files at the head that are as they were, and name the first that is not."""
    for number, (old, new) in enumerate(zip(before, now, strict=False)):
        if old != new:
            return number, new.path
    return min(len(before), len(now)), ""


def path_of(out: Path) -> Path:
    """The journal of the work whose first output is `out`."""
    out = out.resolve()
    return out.with_name(f".{out.name}.journal")


def _open(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return path.open("r+b")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", path=path, remedy="check the folder and its permissions"
        ) from error

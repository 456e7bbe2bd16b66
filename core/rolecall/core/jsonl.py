"""JSON Lines: the one reader and the one writer of records, and of a record that has a file to itself.

Reading and writing are inverse to each other and stream: memory does not grow with the file. Writing is atomic:
a reader sees the old file or the whole new one. JSON Lines: https://jsonlines.org
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.records import Annotation, Article, disagreement

T = TypeVar("T")
PUBLISHED = {"article", "annotation"}
"""Kinds of record whose JSON Schema `rolecall schema` prints by this name."""


def read(path: Path, kind: type[T]) -> Iterator[T]:
    """Yield the records of a file, in order; blank lines are passed over.

    Raises InputError naming the file and line of the first record that is not a `kind`.
    """
    for _, _, record in locate(path, kind):
        yield record


def locate(path: Path, kind: type[T], *, line: int = 1, offset: int = 0) -> Iterator[tuple[int, int, T]]:
    """Yield (line number, byte offset, record), as `read` does; from the line on that starts at `offset`."""
    decoder = msgspec.json.Decoder(kind)
    with open_input(path) as file:
        if offset:  # a pipe has no offsets
            file.seek(offset)
        for number, data in enumerate(file, line):
            if data.strip():
                try:
                    record = decoder.decode(data)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    name = getattr(kind, "__name__", str(kind)).lower()
                    form = f"; the form is printed by: rolecall schema {name}" if name in PUBLISHED else ""
                    raise InputError(
                        f"not a record of kind {name}: {error}",
                        path=path,
                        line=number,
                        remedy=_mend(data) + form,
                    ) from error
                yield number, offset, record
            offset += len(data)


_NO_NUMBER = re.compile(rb"[:,\[]\s*-?(?:NaN|Infinity)\s*[,\]}]")


def _mend(line: bytes) -> str:
    """Say what to do about a line that is no record; Python's json writes NaN, which is no JSON."""
    if _NO_NUMBER.search(line):
        return "JSON has no NaN or Infinity: give a number there, or leave the field out"
    return "mend or remove this line"


def read_at(path: Path, offset: int, decoder: msgspec.json.Decoder[T]) -> T:
    """Read the one record that starts at a byte offset."""
    with open_input(path) as file:
        file.seek(offset)
        return decoder.decode(file.readline())


@contextmanager
def open_input(path: Path) -> Iterator[BufferedReader]:
    """Open a file for reading bytes; raise InputError where it is missing or cannot be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", path=path, remedy="check the path and its permissions"
        ) from error
    with file:
        yield file


@contextmanager
def open_atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` when the block ends well, and leaves no trace when it does not.

    What a link leads to is replaced, not the link; into a pipe or device the bytes go as they come. Raises InputError
    when `path` is a folder, or lies in one that cannot be written.
    """
    if path.is_dir():
        raise InputError("is a folder", path=path, remedy="name a file")
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", path=path, remedy="check the folder and its permissions"
        ) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(_mode(path))
        part.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise


def _mode(path: Path) -> int:
    """The permissions a new file should have: those of the file it replaces, else what the umask leaves."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def write(path: Path, records: Iterable[msgspec.Struct]) -> int:
    """Write records one a line, atomically, and return how many; `records` may be a generator."""
    encoder = msgspec.json.Encoder()
    count = 0
    with open_atomic(path) as file:
        for record in records:
            file.write(encoder.encode(record))
            file.write(b"\n")
            count += 1
    return count


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, atomically, line ends as they are."""
    with open_atomic(path) as file:
        file.write(text.encode())


def write_json(path: Path, record: object, *, indent: int = 2) -> None:
    """Write one record as indented JSON, atomically."""
    write_text(path, to_json(record, indent=indent))


def to_json(record: object, *, indent: int = 2) -> str:
    """Return a record as indented JSON that ends its line; with an indent of 0 it is on one line."""
    return msgspec.json.format(msgspec.json.encode(record), indent=indent).decode() + "\n"


class ArticleFile(Mapping[str, Article]):
    """An articles.jsonl as a mapping from id to article that holds only ids and byte offsets in memory.

    Raises InputError for an id that stands twice, or a record that is no article.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offsets: dict[str, int] = {}
        for line, offset, article in locate(path, Article):
            if article.id in self._offsets:
                raise InputError(
                    f"article id {article.id!r} stands twice",
                    path=path,
                    line=line,
                    remedy="give each article an id of its own, or remove one",
                )
            self._offsets[article.id] = offset
        self._decoder = msgspec.json.Decoder(Article)

    def __getitem__(self, key: str) -> Article:
        return read_at(self.path, self._offsets[key], self._decoder)

    def __iter__(self) -> Iterator[str]:
        return iter(self._offsets)

    def __len__(self) -> int:
        return len(self._offsets)


def read_annotations(
    path: Path,
    *,
    scheme: str | None = None,
    roles: Mapping[str, object] | None = None,
    articles: Mapping[str, Article] | None = None,
) -> Iterator[Annotation]:
    """Yield annotations, each checked against what is given.

    `scheme` is the fingerprint that every annotation must carry, `roles` the role names that spans may have, and
    `articles` the texts that every quote must be found in. Raises InputError (SchemeMismatchError for another
    fingerprint) naming the file and line of the first record that fails.
    """
    for _, annotation in locate_annotations(path, scheme=scheme, roles=roles, articles=articles):
        yield annotation


def locate_annotations(
    path: Path,
    *,
    scheme: str | None = None,
    roles: Mapping[str, object] | None = None,
    articles: Mapping[str, Article] | None = None,
) -> Iterator[tuple[int, Annotation]]:
    """Yield (byte offset, annotation), checked as by `read_annotations`; `read_at` finds it again by the offset."""
    for line, offset, annotation in locate(path, Annotation):
        if scheme is not None and annotation.scheme != scheme:
            raise SchemeMismatchError(annotation.scheme, scheme, path=path, line=line)
        if roles is not None:
            for span in annotation.spans:
                if span.role not in roles:
                    raise InputError(
                        f"role {span.role!r} is not in the scheme",
                        path=path,
                        line=line,
                        remedy=f"roles: {', '.join(roles)}",
                    )
        if articles is not None:
            article = articles.get(annotation.article)
            problem = (
                f"article {annotation.article!r} is not among the articles given"
                if article is None
                else disagreement(annotation, article)
            )
            if problem:
                raise InputError(problem, path=path, line=line, remedy="use the articles file that was labelled")
        yield offset, annotation


def by_article(annotations: Iterable[Annotation], *, path: Path | None = None) -> dict[str, dict[str, Annotation]]:
    """Group annotations as {article: {annotator: annotation}}; raise InputError when one stands twice."""
    grouped: dict[str, dict[str, Annotation]] = {}
    for annotation in annotations:
        readings = grouped.setdefault(annotation.article, {})
        if annotation.by in readings:
            raise InputError(
                f"{annotation.by!r} annotated article {annotation.article!r} twice",
                path=path,
                remedy="keep one record for each article and annotator",
            )
        readings[annotation.by] = annotation
    return grouped

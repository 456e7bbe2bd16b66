"""Find and read what people have: .txt files, and .jsonl files with an article a line.

A text is decoded, never altered: line ends, double spaces and invisible characters stay. Only a byte order mark at
the head of a file goes, since it tells the encoding and is no part of the text (Unicode Standard, 23.8).
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from rolecall.core.errors import InputError
from rolecall.core.jsonl import open_input
from rolecall.core.records import Article, text_hash

FIELDS = frozenset(field.name for field in msgspec.structs.fields(Article))
SUFFIXES = (".txt", ".jsonl")
LABEL_KEYS = ("spans", "links", "events")


class Ignored(NamedTuple):
    """A file or folder that is not read, and why."""

    path: Path
    why: str


class Found(NamedTuple):
    """Files to read, and what was passed over in their folders."""

    files: list[Path]
    ignored: list[Ignored]


class Place(NamedTuple):
    """Where a record stands: a file, and the line in a .jsonl file."""

    path: Path
    line: int | None = None

    def __str__(self) -> str:
        return str(self.path) if self.line is None else f"{self.path}:{self.line}"


class Incoming(NamedTuple):
    """A record as it came: the article, or in words why it cannot be one, and its labels as plain data."""

    place: Place
    article: Article | None
    refusal: str = ""
    labels: dict[str, Any] | None = None


def find(paths: Sequence[Path], *, besides: Iterable[Path] = ()) -> Found:
    """List the .txt and .jsonl files among `paths` and in their folders, each once, folders in sorted order.

    Inside folders all else is passed over and listed as ignored: other types (.TXT too: licences are often written
    so), hidden files and folders, files of labels, and the files `besides`, such as the output. Raises InputError for
    a named path that does not exist or holds no articles, and when nothing is found.
    """
    written = {path.resolve() for path in besides}
    files: dict[Path, Path] = {}
    ignored: list[Ignored] = []
    for path in paths:
        if path.is_dir():
            for file, why in _walk(path, written):
                if why:
                    ignored.append(Ignored(file, why))
                else:
                    files.setdefault(file.resolve(), file)
        else:
            _check_named(path)
            files.setdefault(path.resolve(), path)
    if not files:
        seen = ", ".join(sorted({item.path.suffix for item in ignored if item.path.suffix})) or "no files"
        raise InputError(
            f"no .txt or .jsonl file in {', '.join(map(str, paths))}: found {seen}",
            remedy="check the path; files that end in .TXT or .JSONL are taken when they are named one by one",
        )
    return Found(list(files.values()), ignored)


def _check_named(path: Path) -> None:
    if not path.is_file():
        raise InputError("no such file or folder", path=path, remedy="check the path")
    if path.suffix.lower() not in SUFFIXES:
        raise InputError("is neither .txt nor .jsonl", path=path, remedy="convert it to one of the two")
    if _holds_labels(path):
        raise InputError(
            "holds records about articles, no articles", path=path, remedy="name the file that the articles are in"
        )


def _walk(root: Path, written: set[Path]) -> Iterator[tuple[Path, str]]:
    """Yield every file below a folder, and the folders not entered, with the reason to pass it over or nothing."""
    for name, folders, files in os.walk(root, onerror=_refuse_folder):
        folder = Path(name)
        entered = sorted(f for f in folders if not f.startswith(".") and not (folder / f).is_symlink())
        for other in sorted(set(folders) - set(entered)):
            yield folder / other, "hidden or linked folder"
        folders[:] = entered
        for file in (folder / f for f in sorted(files)):
            yield file, _why_ignored(file, written)


def _why_ignored(file: Path, written: set[Path]) -> str:
    if file.name.startswith("."):
        return "hidden file"
    if file.suffix not in SUFFIXES:
        return file.suffix or "no suffix"
    if file.resolve() in written:
        return "output file"
    return "label file" if _holds_labels(file) else ""


def _holds_labels(path: Path) -> bool:
    """Whether a .jsonl file opens with a record that names an `article` and has no id: annotations, predictions."""
    if path.suffix.lower() != ".jsonl":
        return False
    with open_input(path) as file, suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        first = msgspec.json.decode(next((line for line in file if line.strip()), b"{}"))
        return isinstance(first, dict) and "article" in first and "id" not in first
    return False


def _refuse_folder(error: OSError) -> None:
    raise InputError(f"cannot be read: {error.strerror}", path=error.filename, remedy="check its permissions")


def read(path: Path, *, encoding: str = "utf-8", with_labels: bool = False) -> Iterator[Incoming]:
    """Yield the records of one file.

    With `with_labels`, spans (and links and events) that come with an article are handed over apart; otherwise they
    are among the keys that go to `meta`. Raises InputError naming file, line and key of what cannot be read.
    """
    if path.suffix.lower() == ".txt":
        yield _read_text(path, encoding)
    else:
        yield from _read_lines(path, encoding, with_labels)


def check_encoding(encoding: str) -> None:
    """Refuse a name that is no text encoding."""
    try:
        "".encode(encoding)
    except LookupError as error:
        raise InputError(f"{encoding!r} is no text encoding", remedy="such as utf-8, cp1251, latin-1") from error


def _read_text(path: Path, encoding: str) -> Incoming:
    with open_input(path) as file:
        text = _decode(file.read(), encoding, Place(path), 0)
    title = next((line.strip() for line in text.splitlines() if line.strip()), None)
    if title is None:
        return Incoming(Place(path), None, "it has no text")
    return Incoming(Place(path), Article.of(text, id=path.stem, title=title))


def _read_lines(path: Path, encoding: str, with_labels: bool) -> Iterator[Incoming]:
    offset = 0
    with open_input(path) as file:
        for number, data in enumerate(file, 1):
            place = Place(path, number)
            line = _decode(data, encoding, place, offset)
            offset += len(data)
            if line.strip():
                yield _article(_record(line, place), place, with_labels)


def _decode(data: bytes, encoding: str, place: Place, offset: int) -> str:
    """Decode bytes that stand at `offset` of their file, without the mark that a file may open with."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        at = offset + error.start
        raise InputError(
            f"is not {encoding} at byte {at} (0x{data[error.start]:02x}; the first byte is 0)",
            path=place.path,
            line=place.line,
            remedy="name the file's encoding with --encoding (such as cp1251), or convert the file to UTF-8",
        ) from error
    return text.removeprefix("\ufeff") if offset == 0 else text


def _record(line: str, place: Place) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(
            f"not a JSON object: {error}",
            path=place.path,
            line=place.line,
            remedy='write one object a line, such as {"id": "a1", "text": "..."}',
        ) from error


def _article(record: dict[str, Any], place: Place, with_labels: bool) -> Incoming:
    """Sort the keys of a record into the article's own, its labels, and the rest, which goes to `meta`."""
    taken = LABEL_KEYS if with_labels and "spans" in record else ()
    labels = {key: record[key] for key in taken if key in record} or None
    known = {key: value for key, value in record.items() if key in FIELDS and value is not None}
    rest = {key: value for key, value in record.items() if key not in FIELDS and key not in taken}
    text = known.get("text", "")
    if isinstance(text, str):
        if refusal := _refusal(text, known):
            return Incoming(place, None, refusal)
        known.setdefault("hash", text_hash(text))
        known.setdefault("id", known["hash"][:16])
    if rest:
        known["meta"] = _merged(known.get("meta", {}), rest, place)
    try:
        return Incoming(place, msgspec.convert(known, Article), labels=labels)
    except msgspec.ValidationError as error:
        raise InputError(
            f"not an article: {error}",
            path=place.path,
            line=place.line,
            remedy="mend this line; the form is printed by: rolecall schema article",
        ) from error


def _refusal(text: str, known: dict[str, Any]) -> str:
    """Say why a record that reads well is not taken, or nothing."""
    name = f"article {known['id']!r}: " if "id" in known else ""
    if not text.strip():
        return f"{name}it has no text"
    if known.get("hash", digest := text_hash(text)) != digest:
        return f"{name}its hash is not the SHA-256 of its text: the text was altered, or the hash is of something else"
    return ""


def _merged(meta: Any, rest: dict[str, Any], place: Place) -> Any:
    """Put the unknown keys of a record into its `meta`; raise InputError where one would hide another value there."""
    if not isinstance(meta, dict):
        return meta
    for key, value in rest.items():
        if key in meta and meta[key] != value:
            raise InputError(
                f"key {key!r} stands in the record and in its meta, with two values",
                path=place.path,
                line=place.line,
                remedy="rename one of them",
            )
    return {**meta, **rest}

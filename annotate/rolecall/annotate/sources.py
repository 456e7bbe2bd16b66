"""Find and read what people have: .txt, .jsonl, .csv, .tsv, .parquet and .html files.

A text is decoded, never altered: line ends, double spaces and invisible characters stay. Only a byte order mark at
the head of a file goes, since it tells the encoding and is no part of the text (Unicode Standard, 23.8), and a headline
that stands apart is put before it.
"""

import codecs
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.annotate.columns import Columns
from rolecall.annotate.finishing import Incoming, finish
from rolecall.annotate.formats import lines, page, parquet, table, text
from rolecall.annotate.formats.rows import Reading, Row
from rolecall.core.errors import InputError
from rolecall.core.jsonl import open_input

SUFFIXES = (".txt", ".jsonl", ".csv", ".tsv", ".parquet", ".html", ".htm")
COLUMNED = (".jsonl", ".csv", ".tsv", ".parquet")
NO_FILES = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")
"""What Python counts among the encodings of text, and no text file is written in."""
KINDS = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"


class Ignored(NamedTuple):
    """A file or folder that is not read, and why."""

    path: Path
    why: str


class Found(NamedTuple):
    """Files to read, and what was passed over in their folders."""

    files: list[Path]
    ignored: list[Ignored]


def find(paths: Sequence[Path], *, besides: Iterable[Path] = ()) -> Found:
    """List the files of a known form among `paths` and in their folders, each once, folders in sorted order.

    Inside folders all else is passed over and listed as ignored: other types (.TXT too: licences are often written
    so), hidden files and folders, what a browser saved beside a page, files of labels, and the files `besides`, such as
    the output. Raises InputError for
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
            f"no {KINDS} file in {', '.join(map(str, paths))}: found {seen}",
            remedy="check the path; files that end in .TXT, .HTML and so on are taken when they are named one by one",
        )
    return Found(list(files.values()), ignored)


def _check_named(path: Path) -> None:
    if not path.is_file():
        raise InputError("no such file or folder", path=path, remedy="check the path")
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"is no {KINDS} file", path=path, remedy="convert it to one of these")
    if _holds_labels(path):
        raise InputError(
            "holds records about articles, no articles", path=path, remedy="name the file that the articles are in"
        )


def _walk(root: Path, written: set[Path]) -> Iterator[tuple[Path, str]]:
    """Yield every file below a folder, and the folders not entered, with the reason to pass it over or nothing."""
    for name, folders, files in os.walk(root, onerror=_refuse_folder):
        folder = Path(name)
        passed = {f: why for f in sorted(folders) if (why := _why_passed(folder / f, files))}
        for other, why in passed.items():
            yield folder / other, why
        folders[:] = sorted(set(folders) - set(passed))
        for file in (folder / f for f in sorted(files)):
            yield file, _why_ignored(file, written)


def _why_passed(folder: Path, beside: Collection[str]) -> str:
    if folder.name.startswith(".") or folder.is_symlink():
        return "hidden or linked folder"
    page = folder.name.removesuffix("_files")
    saved = page != folder.name and any(f"{page}{suffix}" in beside for suffix in (".html", ".htm"))
    return "parts of a saved page" if saved else ""


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


def read(path: Path, reading: Reading | None = None, *, skip: int = 0) -> Iterator[Incoming]:
    """Yield the records of one file but the first `skip`, as they are taken in.

    A file that is one article is refused alone where it cannot be read. Raises InputError naming file, line and key of
    what cannot be read in a file of many: it is not what its name says, or cut off, and what it lacks is not known.
    """
    reading = reading or Reading()
    if path.suffix.lower() not in COLUMNED:
        reading = reading._replace(columns=Columns(day_first=reading.columns.day_first))
    for row in rows(path, reading, skip=skip):
        yield finish(row, reading)


def rows(path: Path, reading: Reading, *, skip: int = 0) -> Iterator[Row]:
    """Yield the records of one file but the first `skip`, as the file has them; raise InputError as `read` does."""
    match path.suffix.lower():
        case ".jsonl":
            yield from lines.read(path, reading, skip=skip)
        case ".csv" | ".tsv":
            yield from table.read(path, reading, skip=skip)
        case ".parquet":
            yield from parquet.read(path, reading, skip=skip)
        case ".html" | ".htm":
            yield from () if skip else page.read(path, reading)
        case _:
            yield from () if skip else text.read(path, reading)


def check_encoding(encoding: str) -> None:
    """Refuse a name that is no encoding of text files."""
    wrong = InputError(f"{encoding!r} is no text encoding", remedy="such as utf-8, cp1251, latin-1")
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError) as error:
        raise wrong from error
    if codecs.lookup(encoding).name in NO_FILES:
        raise wrong

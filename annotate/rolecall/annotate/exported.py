"""A project's tasks from a file that Label Studio exported as JSON, one at a time."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import ijson
import numpy as np

from rolecall.annotate.surrogates import Mended
from rolecall.annotate.tasks import key_of
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.scheme import Scheme

DEPTH = 100
"""Brackets within brackets; Label Studio's own exports have some ten, and a parser's stack has an end."""
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_OPEN, _CLOSE = list(b"[{"), list(b"]}")
_REMEDY = "export the project as JSON (not JSON-MIN, not CSV): in the page, Export; or rolecall annotate pull --url"


def read_export(path: Path, scheme: Scheme) -> Iterator[Json]:
    """Yield the tasks of an exported file, one at a time.

    Raises InputError for a file that is none, SchemeMismatchError for tasks that were pushed under another scheme.
    """
    count = 0
    with jsonl.open_input(path) as file:
        for count, task in enumerate(items(file, str(path)), 1):
            if not isinstance(task, dict) or not isinstance(task.get("annotations"), list):
                raise InputError(f"item {count} is not a task with annotations", path=path, remedy=_REMEDY)
            key = key_of(task)
            if key and key.scheme != scheme.fingerprint:
                raise SchemeMismatchError(key.scheme, scheme.fingerprint, path=path)
            yield task
    if not count:
        raise InputError("holds no tasks", path=path, remedy=_REMEDY)


def items(file: BinaryIO, name: str) -> Iterator[Any]:
    """Yield the items of a JSON list; raise InputError, calling the file by its name, where it is not JSON."""
    count = 0
    try:
        _check_depth(file, name)
        for item in ijson.items(Mended(file), "item", use_float=True):
            count += 1
            yield item
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise InputError(f"is not JSON after {count} tasks: {_first_line(error)}", path=name, remedy=_REMEDY) from error


def _check_depth(file: BinaryIO, name: str) -> None:
    """Refuse brackets so deep that a parser would run out of memory, by counting those outside strings."""
    depth, quoted = 0, False
    file.seek(0)
    while block := file.read(1 << 20):
        while block.endswith(b"\\") and (more := file.read(1)):  # what a backslash escapes must not be torn off
            block += more
        parts = _ESCAPED.sub(b"", block).split(b'"')
        outside = np.frombuffer(b"".join(parts[quoted::2]), dtype=np.uint8)
        quoted ^= len(parts) % 2 == 0
        steps = np.isin(outside, _OPEN).astype(np.int64) - np.isin(outside, _CLOSE)
        if depth + int(np.cumsum(steps).max(initial=0)) > DEPTH:
            raise InputError(f"is nested deeper than {DEPTH} brackets", path=name, remedy=_REMEDY)
        depth += int(steps.sum())
    file.seek(0)


def _first_line(error: Exception) -> str:
    """What a JSON parser says, which may be bytes, without its picture of the place on further lines."""
    said = error.args[0] if error.args else ""
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(error)
    return words.partition("\n")[0]

"""What an output that exists would lose by being replaced."""

import hashlib
from pathlib import Path

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.wording import few

REMEDY = "name the file itself among the inputs, first, to keep them; or choose another file; or add --overwrite"
_encode = msgspec.json.Encoder().encode


class Losses:
    """The records of an output that have not come again, by digest; raises InputError for what holds other records.

    An article that comes again with a language, where it had none, is not lost.
    """

    def __init__(self, path: Path, kind: type[msgspec.Struct]) -> None:
        self.path = path
        self._missing: dict[bytes, str] = {}
        self._decoder = msgspec.json.Decoder(kind)
        if path.is_file():
            self._missing = {_digest(_encode(record)): _name(record) for record in jsonl.read(path, kind)}

    def __bool__(self) -> bool:
        return bool(self._missing)

    def met(self, line: bytes) -> None:
        """Take a record that is to be written off the list of those missing."""
        if not self._missing or self._missing.pop(_digest(line), None) is not None:
            return
        record = self._decoder.decode(line)
        if isinstance(record, Article) and record.lang is not None:
            self._missing.pop(_digest(_encode(msgspec.structs.replace(record, lang=None))), None)

    def check(self, remedy: str = REMEDY) -> None:
        """Raise InputError where a record would be lost."""
        if self._missing:
            names = ", ".join(few(self._missing.values(), 5))
            raise InputError(
                f"{len(self._missing):,} of its records would be lost or changed: {names}",
                path=self.path,
                remedy=remedy,
            )


def _digest(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()


def _name(record: msgspec.Struct) -> str:
    if isinstance(record, Article):
        return record.id
    if isinstance(record, Annotation):
        return f"{record.article} by {record.by}"
    return str(getattr(record, "article", record))

"""A folder whose manifest seals it: the SHA-256 of every file, and the scheme of its labels.

Whoever opens such a folder, in whatever stage, asks here whether it is what was made.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.jsonl import open_input
from rolecall.core.wording import few

MANIFEST = "manifest.json"
LEFT_BEHIND = (".gitattributes", ".git/", ".cache/huggingface/")
"""What a download from the Hugging Face Hub, or a clone, puts beside the files."""
REMEDY = "copy the folder again from where it was made, or build it anew: rolecall annotate dataset --overwrite"


class Seal(msgspec.Struct, frozen=True):
    """What a manifest says that tells whether its folder is as it was made; `files` are SHA-256 by path inside."""

    scheme: str
    files: dict[str, str]


class Fault(NamedTuple):
    """A file that is not as the manifest has it; one that it does not name is "added"."""

    file: str
    what: Literal["missing", "altered", "added"]

    def __str__(self) -> str:
        return f"{self.file} ({self.what})"


def read_seal(folder: Path) -> Seal:
    """Read the manifest of a folder; raise InputError where there is none."""
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            f"holds no {MANIFEST}", path=folder, remedy="give a folder that rolecall annotate dataset made"
        )
    with open_input(path) as file:
        try:
            return msgspec.json.decode(file.read(), type=Seal)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(f"is no manifest: {error}", path=path, remedy=REMEDY) from error


def find_faults(folder: Path, seal: Seal) -> Iterator[Fault]:
    """Yield the files that are missing, altered or added, in the order of their names; each is read once.

    What datasets leaves behind when it works on a folder (`cache-*.arrow`), and a download beside the files, is not
    counted as added.
    """
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    there = {name: path for name, path in there.items() if name in seal.files or not _left_behind(name)}
    for name in sorted({*there, *seal.files}):
        if name not in there:
            yield Fault(name, "missing")
        elif name not in seal.files:
            yield Fault(name, "added")
        elif sha256(there[name]) != seal.files[name]:
            yield Fault(name, "altered")


def _left_behind(name: str) -> bool:
    """Whether a file is no part of a folder, but the manifest or what some tool needs to work on it."""
    last = name.rpartition("/")[2]
    return name == MANIFEST or name.startswith(LEFT_BEHIND) or (last.startswith("cache-") and last.endswith(".arrow"))


def check_sealed(folder: Path, scheme: str | None = None) -> Seal:
    """Return the seal of a folder whose files are all there and unaltered; what was added does no harm.

    `scheme` is the fingerprint that its labels must have. Raises InputError naming the files that are not as they
    were, and SchemeMismatchError.
    """
    seal = read_seal(folder)
    if scheme is not None and seal.scheme != scheme:
        raise SchemeMismatchError(seal.scheme, scheme, path=folder)
    if faults := [fault for fault in find_faults(folder, seal) if fault.what != "added"]:
        names = ", ".join(few(map(str, faults)))
        raise InputError(f"is not as its {MANIFEST} says: {names}", path=folder, remedy=REMEDY)
    return seal


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder, by its path inside."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    with open_input(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

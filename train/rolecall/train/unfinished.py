"""Work that can be gone on with: while it lasts, its parts are in .NAME.part beside the folder to be.

What it was started with stands there in started.json, and it is gone on with in the same way alone. One run at a time
works on it, and has the file lock locked meanwhile.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from rolecall.core import jsonl, staging
from rolecall.core.errors import InputError

MARK, LOCK = "started.json", "lock"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """The file started.json: what work was `started` with, and whether it `replaces` what was there before."""

    replaces: bool
    started: msgspec.Raw


def folder_of(out: Path) -> Path:
    """Return where the parts are while `out` is in the making."""
    out = out.resolve()
    return out.parent / f".{out.name}.part"


def check_free(out: Path, *, mark: str, resume: bool, overwrite: bool) -> None:
    """Raise InputError where `out` must not be made or replaced, as `staging.check_free` does.

    What was begun with `overwrite` replaces it also when it is gone on with.
    """
    staging.check_free(out, mark=mark, overwrite=overwrite or (resume and _replaces(folder_of(out))))


@contextmanager
def held(
    out: Path,
    what: str,
    now: msgspec.Struct,
    worth: Callable[[Path, BaseException], bool],
    *,
    resume: bool,
    overwrite: bool,
) -> Iterator[Path]:
    """Hold the folder of unfinished work; remove it when the block ends well, or leaves nothing to go on with.

    `now` has the `settings` by key, the `conditions` (see `run.conditions`), and whatever else must be the same.
    `worth` says whether the folder is to stay after an error. Raises InputError for work that another run has in hand,
    was interrupted (without `resume` or `overwrite`), was not (with `resume`), or was begun with something else.
    """
    part = folder_of(out)
    if resume and not part.exists():
        raise InputError("was not interrupted", path=out, remedy="begin it without --resume")
    with _locked(part, out):
        if overwrite:
            _empty(part)
        if resume or any(path.name != LOCK for path in part.iterdir()):
            _check_same(part, what, now, resume=resume)
        else:
            note = Note(replaces=overwrite and out.exists(), started=msgspec.Raw(msgspec.json.encode(now)))
            jsonl.write_text(part / MARK, msgspec.json.encode(note).decode())
        try:
            yield part
        except BaseException as error:
            if not worth(part, error):
                shutil.rmtree(part, ignore_errors=True)
            raise
        shutil.rmtree(part, ignore_errors=True)


def take(file: IO[Any], path: Path) -> bool:
    """Lock a file that was opened at a path until it is closed; say no where another run has it, or has moved it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


@contextmanager
def _locked(part: Path, out: Path) -> Iterator[None]:
    """Make the folder where there is none, and keep other runs out of it."""
    path = part / LOCK
    try:
        part.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", path=part, remedy="check the folder and its permissions"
        ) from error
    with file:
        if not take(file, path):
            raise InputError("is being made by another run", path=out, remedy="wait for it, or choose another folder")
        yield


def _empty(part: Path) -> None:
    """Remove everything but the lock."""
    for path in part.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _replaces(part: Path) -> bool:
    """Whether unfinished work is to replace what was there before it."""
    try:
        return msgspec.json.decode((part / MARK).read_bytes(), type=Note).replaces
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False  # `held` says what is wrong with it


def _check_same(part: Path, what: str, now: msgspec.Struct, *, resume: bool) -> None:
    """Raise InputError where unfinished work must not be gone on with."""
    if not resume:
        raise InputError(
            f"an interrupted {what} is here",
            path=part,
            remedy="go on with it: --resume; or begin again: --overwrite",
        )
    try:
        note = msgspec.json.decode((part / MARK).read_bytes(), type=Note)
        before = msgspec.json.decode(note.started, type=type(now))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError("cannot be gone on with", path=part, remedy="begin again: --overwrite") from error
    if other := _differing(msgspec.structs.asdict(before), msgspec.structs.asdict(now)):
        raise InputError(
            f"was begun with something else: {', '.join(other)}",
            path=part,
            remedy="go on with the same ones, or begin again: --overwrite",
        )


def _differing(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Name what is not the same, as people know it."""
    found = [key for key, value in now["settings"].items() if before["settings"].get(key) != value]
    for field, value in now.items():
        if field == "conditions":
            old = before[field]
            found += [f"{key} (was {old.get(key)}, is {new})" for key, new in value.items() if old.get(key) != new]
        elif field != "settings" and before[field] != value:
            found.append("the dataset's content" if field == "dataset" else field.replace("_", "-"))
    return found

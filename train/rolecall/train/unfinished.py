"""Work that can be gone on with: while it lasts, its parts are in .NAME.part beside the folder to be.

What it was started with stands there in started.json, and it is gone on with in the same way alone.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError

MARK = "started.json"


def folder_of(out: Path) -> Path:
    """Return where the parts are while `out` is in the making."""
    out = out.resolve()
    return out.parent / f".{out.name}.part"


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

    `now` has the `settings` by key, and beside them whatever else must be the same. `worth` says whether the folder is
    to stay after an error. Raises InputError for work that was interrupted (without `resume` or `overwrite`), was not
    (with `resume`), or was started with something else.
    """
    part = folder_of(out)
    if part.exists() and overwrite:
        shutil.rmtree(part)
    if part.exists():
        _check_same(part, what, now, resume=resume)
    elif resume:
        raise InputError("was not interrupted", path=out, remedy="begin it without --resume")
    else:
        try:
            part.mkdir(parents=True)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", path=part) from error
        jsonl.write_text(part / MARK, msgspec.json.encode(now).decode())
    try:
        yield part
    except BaseException as error:
        if not worth(part, error):
            shutil.rmtree(part)
        raise
    shutil.rmtree(part)


def _check_same(part: Path, what: str, now: msgspec.Struct, *, resume: bool) -> None:
    """Raise InputError where unfinished work must not be gone on with."""
    if not resume:
        raise InputError(
            f"an interrupted {what} is here",
            path=part,
            remedy="go on with it: --resume; or begin again: --overwrite",
        )
    try:
        before = msgspec.json.decode((part / MARK).read_bytes(), type=type(now))
    except (OSError, msgspec.DecodeError) as error:
        raise InputError("cannot be gone on with", path=part, remedy="begin again: --overwrite") from error
    if other := _differing(msgspec.structs.asdict(before), msgspec.structs.asdict(now)):
        raise InputError(
            f"was interrupted with other settings: {', '.join(other)}",
            path=part,
            remedy="go on with the same ones, or begin again: --overwrite",
        )


def _differing(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Name what is not the same, as people know it."""
    settings = [key for key, value in now["settings"].items() if before["settings"].get(key) != value]
    rest = [field for field in now if field != "settings" and before[field] != now[field]]
    return settings + ["the dataset's content" if field == "dataset" else field.replace("_", "-") for field in rest]

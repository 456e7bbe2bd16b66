"""A folder that is written whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rolecall.core.errors import InputError


@contextmanager
def staged(path: Path, *, mark: str, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `path` when the block ends well, and leaves no trace if not.

    An existing folder is replaced only with `overwrite`, and only one that holds a file called `mark`, so that a
    mistyped path costs nobody their work. Raises InputError.
    """
    path = path.resolve()
    check_free(path, mark=mark, overwrite=overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", path=path, remedy="check the folder and its permissions"
        ) from error
    try:
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o777 & ~mask)
        yield part
        put(part, path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def check_free(path: Path, *, mark: str, overwrite: bool) -> None:
    """Raise InputError where `path` must not be made or replaced; see `staged`."""
    if path.is_dir():
        if not any(path.iterdir()):
            return
        if not overwrite:
            raise InputError("exists already", path=path, remedy="choose another folder, or add --overwrite")
        if not (path / mark).is_file():
            raise InputError(
                f"is not replaced: it holds no {mark}, so something else made it", path=path, remedy="remove it by hand"
            )
    elif path.exists():
        raise InputError("is a file", path=path, remedy="choose another folder")


def put(part: Path, path: Path) -> None:
    """Put the folder `part` in the place of `path`; where that fails, the old folder comes back."""
    old = part.with_suffix(".old")
    if path.exists():
        path.rename(old)
    try:
        part.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)

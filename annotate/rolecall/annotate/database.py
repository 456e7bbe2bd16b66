"""The SQLite database of a Label Studio: copied while the server writes to it, and counted."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from rolecall.core.errors import InputError

NAME = "label_studio.sqlite3"
_PATIENCE = 60  # seconds to wait for a writer


class Counts(msgspec.Struct, frozen=True):
    """How much a server holds, all projects together."""

    projects: int
    tasks: int
    annotations: int


def copy(source: Path, target: Path) -> Counts:
    """Copy a database to a new file, as it stands at one moment, and return how much the copy holds.

    Whoever saves meanwhile waits: some seconds for each GB, where Label Studio's patience is 5 seconds. Raises
    InputError for a database that is missing or damaged.
    """
    try:
        with closing(_open(source)) as old, closing(_new(target)) as new:
            old.backup(new, pages=-1)  # at one go: a copy in steps starts anew whenever someone saves
            found = new.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise InputError(
            f"cannot be copied: {found}",
            path=source,
            remedy="start the server once if it never ran; where the database is damaged, restore an earlier backup",
        )
    return count(target)


def count(path: Path) -> Counts:
    """Count what a database holds; raise InputError where it is missing, damaged, or not Label Studio's."""
    try:
        with closing(_open(path)) as database:
            rows = database.execute(
                "SELECT (SELECT count(*) FROM project), (SELECT count(*) FROM task), "
                "(SELECT count(*) FROM task_completion)"
            )
            return Counts(*rows.fetchone())
    except sqlite3.Error as error:
        raise InputError(
            f"is no database of Label Studio: {error}", path=path, remedy="start the server once if it never ran"
        ) from error


def _open(path: Path) -> sqlite3.Connection:
    """Open a database that exists; not just for reading, as what a killed server left half done is undone first."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE)


def _new(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600, exist_ok=False)
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = OFF")  # a copy that fails is thrown away
    database.execute("PRAGMA synchronous = OFF")
    return database

"""A database copied and counted, on databases of Label Studio's own making."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from rolecall.annotate import database
from rolecall.annotate.database import Counts
from rolecall.core.errors import InputError

WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute(f"PRAGMA journal_mode = {sys.argv[2]}")
database.execute("PRAGMA cache_size = 1")  # what is not committed goes to the disk all the same
database.execute("CREATE TABLE notes (text)")
database.execute("BEGIN")
for number in range(2000):
    database.execute("INSERT INTO notes VALUES (?)", [f"half done {number} " * 20])
if sys.argv[3] == "commit":
    database.execute("COMMIT")
print("written", flush=True)
input()
"""


@pytest.fixture
def path(copy_studio: Callable[[Path], None], tmp_path: Path) -> Path:
    copy_studio(tmp_path / "studio")
    return tmp_path / "studio" / "data" / database.NAME


@contextmanager
def writer(path: Path, mode: str, end: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has written to a database, and goes on until it is killed."""
    arguments = [sys.executable, "-c", WRITER, str(path), mode, end]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


def notes(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM notes").fetchone()[0])


def test_a_copy_is_the_owners_alone_and_counts_the_same(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    assert database.copy(path, tmp_path / "copy") == database.count(path) == Counts(0, 0, 0)
    with closing(sqlite3.connect(tmp_path / "copy")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall() == tables
        assert connection.execute("SELECT email FROM htx_user WHERE id = 1").fetchone() == ("admin@studio.invalid",)
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_what_stands_in_the_log_of_a_live_database_is_copied(path: Path, tmp_path: Path) -> None:
    with writer(path, "WAL", "commit"):
        assert path.with_name(f"{path.name}-wal").stat().st_size > 100_000
        database.copy(path, tmp_path / "copy")
    assert notes(tmp_path / "copy") == 2000


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_what_a_killed_writer_left_half_done_is_not(path: Path, tmp_path: Path, mode: str) -> None:
    with writer(path, mode, "never") as process:
        process.kill()
    assert list(path.parent.glob(f"{path.name}-*")), "nothing is half done"
    database.copy(path, tmp_path / "copy")
    assert notes(tmp_path / "copy") == 0


def test_databases_that_are_none(tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(b"no database at all\n" * 100)
    for path in (junk, tmp_path / "missing"):
        with pytest.raises(InputError, match=f"{path.name}: cannot be copied: .*\n  remedy: start the server once"):
            database.copy(path, tmp_path / f"copy of {path.name}")
        with pytest.raises(InputError, match=f"{path.name}: is no database of Label Studio"):
            database.count(path)
    assert not (tmp_path / "missing").exists()


def test_a_damaged_database_is_no_backup(path: Path, tmp_path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 100_000)
    with pytest.raises(InputError, match=r"cannot be copied: (?s:.*)restore an earlier backup"):
        database.copy(path, tmp_path / "copy")

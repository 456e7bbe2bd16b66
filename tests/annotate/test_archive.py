"""Studios packed, without a server."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate import archive, server
from rolecall.annotate.archive import MANIFEST, Manifest
from rolecall.annotate.database import Counts
from rolecall.annotate.studio import Studio
from rolecall.core.cli import run
from rolecall.core.errors import InputError, ServiceError
from tests.annotate.archives import DATABASE, contents, modes, upload


def test_what_is_packed(copied: Path, tmp_path: Path) -> None:
    upload(copied, "2/b.txt", b"second")
    upload(copied, "1/a.txt", b"first")
    upload(copied, "../avatars/ana.png", b"face")
    upload(copied, "../export/1/big.json", b"exported")
    (copied / "data" / "export" / "big.json").write_bytes(b"exported")
    manifest = archive.backup(copied, tmp_path / "out.tar.gz")
    found = contents(tmp_path / "out.tar.gz")
    assert list(found) == [
        "studio.json",
        ".gitignore",
        "data/.env",
        DATABASE,
        "data/media/avatars/ana.png",
        "data/media/upload/1/a.txt",
        "data/media/upload/2/b.txt",
        MANIFEST,
    ]
    assert msgspec.json.decode(found[MANIFEST], type=Manifest) == manifest
    # sha256 of "first", by sha256sum
    first = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e"
    assert manifest.files["data/media/upload/1/a.txt"] == first
    assert (manifest.label_studio, manifest.counts) == (server.version(), Counts(0, 0, 0))


def test_label_studio_keeps_nothing_where_a_backup_does_not_look(studio_dir: Path, studio: Studio) -> None:
    known = {".config", ".env", "export", "label_studio.sqlite3", "media", "test_data"}
    assert {path.name for path in (studio_dir / "data").iterdir()} <= known
    assert list((studio_dir / "data" / "test_data").iterdir()) == []
    assert [path.name for path in (studio_dir / "data" / ".config").rglob("*") if path.is_file()] == ["user_id"]


def test_its_owner_alone_may_read_it_from_its_first_byte(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "studio.tar.gz"
    seen: list[set[tuple[str, int]]] = []
    add = archive._add

    def spy(*arguments: Any) -> Any:
        seen.append(modes(out.parent))
        return add(*arguments)

    monkeypatch.setattr(archive, "_add", spy)
    mask = os.umask(0)
    try:
        archive.backup(copied, out)
    finally:
        os.umask(mask)
    assert seen
    assert set.union(*seen) == {("dir", 0o700), ("file", 0o600)}
    assert modes(out.parent) == {("file", 0o600)}


def test_an_interrupted_backup_leaves_what_was_there(
    packed: Path, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = packed.read_bytes()

    def interrupt(*_: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, "_add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        archive.backup(copied, packed, overwrite=True)
    assert packed.read_bytes() == before
    assert sorted(path.name for path in packed.parent.iterdir()) == ["packed.tar.gz", "studio"]


def test_a_terminated_backup_leaves_nothing(copied: Path, tmp_path: Path) -> None:
    with upload(copied, "1/long.bin", b"").open("wb") as file:
        file.truncate(20_000_000_000)  # holes: it takes no room, and minutes to pack
    line = "import sys; from rolecall.core.cli import run; sys.exit(run(sys.argv[1:]))"
    out = tmp_path / "out" / "studio.tar.gz"
    options = ["annotate", "studio", "backup", "--dir", str(copied), "--out", str(out)]
    with subprocess.Popen([sys.executable, "-c", line, *options]) as process:
        deadline = time.monotonic() + 60
        while not list(out.parent.glob("*/archive")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.terminate()
        assert process.wait(30) == 130
    assert list(out.parent.iterdir()) == []


def test_the_signal_handler_of_before_comes_back(packed: Path, copied: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert run(["annotate", "studio", "backup", "--dir", str(copied), "--out", str(packed), "--overwrite"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_archive_is_not_overwritten_unless_told(
    packed: Path, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = packed.read_bytes()
    line = ["annotate", "studio", "backup", "--dir", str(copied), "--out", str(packed)]
    assert run(line) == 2
    assert "exists already\n  remedy: choose another file, or add --overwrite" in capsys.readouterr().err
    assert packed.read_bytes() == before
    upload(copied, "1/new.txt", b"new")
    assert run([*line, "--overwrite", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["archive"], told["bytes"], told["files"]) == (str(packed), packed.stat().st_size, 7)
    assert (told["projects"], told["tasks"], told["annotations"]) == (0, 0, 0)
    assert "data/media/upload/1/new.txt" in contents(packed)


def test_places_that_are_none_for_an_archive(copied: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no file"):
        archive.backup(copied, tmp_path, overwrite=True)
    with pytest.raises(InputError, match="lies within the data to be packed"):
        archive.backup(copied, copied / "data" / "media" / "out.tar.gz")
    with pytest.raises(InputError, match="cannot be written: "):
        archive.backup(copied, copied / "studio.json" / "out.tar.gz")
    with pytest.raises(ServiceError, match="there is no studio in"):
        archive.backup(tmp_path / "typo", tmp_path / "out.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["studio"]


@pytest.mark.parametrize("kind", ["link", "folder link", "pipe"])
def test_what_an_archive_cannot_hold(copied: Path, tmp_path: Path, kind: str) -> None:
    odd = upload(copied, "1/plain.txt", b"plain").parent / "odd"
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to(tmp_path if kind == "folder link" else "plain.txt")
    with pytest.raises(InputError, match=r"upload/1/odd: is a link or a device.*\n  remedy: put the file or folder"):
        archive.backup(copied, tmp_path / "out.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["studio"]


def test_a_name_that_no_manifest_can_hold(copied: Path, tmp_path: Path) -> None:
    upload(copied, os.fsdecode(b"1/caf\xe9.txt"), b"latin-1")
    with pytest.raises(InputError, match=r"upload/1: 'data/media/upload/1/caf\\udce9\.txt' is no name in UTF-8"):
        archive.backup(copied, tmp_path / "out.tar.gz")


def test_an_upload_deleted_meanwhile_is_left_out(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, stays = upload(copied, "1/a.txt", b"gone"), upload(copied, "1/b.txt", b"stays")
    add = archive._add

    def late(*arguments: Any) -> Any:
        with suppress(FileNotFoundError):
            gone.unlink()
        return add(*arguments)

    monkeypatch.setattr(archive, "_add", late)
    monkeypatch.setattr(archive, "_uploads", lambda _: iter([gone, stays]))
    manifest = archive.backup(copied, tmp_path / "out.tar.gz")
    assert [name for name in manifest.files if "upload" in name] == ["data/media/upload/1/b.txt"]


def test_a_damaged_database_is_not_packed(copied: Path, tmp_path: Path) -> None:
    (copied / DATABASE).write_bytes(b"no database at all\n" * 100)
    with pytest.raises(InputError, match=r"cannot be copied: file is not a database"):
        archive.backup(copied, tmp_path / "out.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["studio"]

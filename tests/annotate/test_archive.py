"""Studios packed and unpacked, with a real server's data and archives that nobody should trust."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from rolecall.annotate import accounts, archive, database, server, studio
from rolecall.annotate.archive import MANIFEST, Manifest
from rolecall.annotate.database import Counts
from rolecall.annotate.studio import Account, Studio
from rolecall.core.cli import run
from rolecall.core.errors import InputError, ServiceError

DATABASE = "data/label_studio.sqlite3"
PAGE = '<View><Labels name="l" toName="t"><Label value="A"/></Labels><Text name="t" value="$text"/></View>'


@pytest.fixture
def copied(copy_studio: Callable[[Path], None], tmp_path: Path) -> Iterator[Path]:
    """A directory whose server has run and does not now; whatever runs there after the test is stopped."""
    directory = tmp_path / "studio"
    copy_studio(directory)
    yield directory
    if studio.running(directory):
        studio.stop(directory)


@pytest.fixture
def packed(copied: Path, tmp_path: Path) -> Path:
    """The archive of a studio with an upload."""
    upload(copied, "1/photo.png", b"a photograph")
    upload(copied, f"2/{'Алматы ' * 10}.txt", "шахтёры".encode())
    archive.backup(copied, tmp_path / "packed.tar.gz")
    return tmp_path / "packed.tar.gz"


def upload(directory: Path, name: str, content: bytes) -> Path:
    path = directory / "data" / "media" / "upload" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def contents(path: Path) -> dict[str, bytes]:
    """The members of an archive, in order."""
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def rewrite(path: Path, members: dict[str, bytes], *more: tarfile.TarInfo) -> Path:
    """Write an archive with these members, and those in front."""
    with tarfile.open(path, "w:gz") as tar:
        for header in more:
            tar.addfile(header)
        for name, content in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return path


def modes(directory: Path) -> set[tuple[str, int]]:
    return {("dir" if path.is_dir() else "file", path.stat().st_mode & 0o777) for path in directory.rglob("*")}


# --- with a server


class Person:
    """Someone with a token, at work on a server."""

    def __init__(self, at: Studio, name: str) -> None:
        self._url, self._headers = at.url, {"Authorization": f"Token {at.accounts[name].token}"}

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self._url + path, headers=self._headers, timeout=60).raise_for_status()

    def post(self, path: str, **body: Any) -> Any:
        json, files = (None, body) if "file" in body else (body, None)
        answer = httpx.post(self._url + path, headers=self._headers, timeout=60, json=json, files=files)
        return answer.raise_for_status().json()


def test_a_backup_taken_at_work_comes_back_elsewhere(copied: Path, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "backups" / "today.tar.gz", tmp_path / "elsewhere"
    running = studio.start(copied)
    ana, ben = Person(running, "ana"), Person(running, "ben")
    project = ana.post("/api/projects", title="Reports", label_config=PAGE)["id"]
    task = ana.post("/api/tasks", project=project, data={"text": "Miners went on strike."})["id"]
    ana.post(f"/api/projects/{project}/import", file=("more.csv", b"text\nDockers walked out.\n"))
    ana.post(f"/api/tasks/{task}/annotations", result=[])
    ana.post(f"/api/projects/{project}/exports", title="a snapshot")

    manifest = archive.backup(copied, out)
    assert manifest.counts == Counts(projects=1, tasks=2, annotations=1)

    ben.post(f"/api/tasks/{task}/annotations", result=[])  # the original goes on
    running = studio.start(copied, ["dora"])
    try:
        archive.restore(out, elsewhere)
        restored = studio.start(elsewhere)
        assert restored.url != running.url
        assert list(restored.accounts) == ["ana", "ben", "gold"]
        assert restored.accounts == {name: running.accounts[name] for name in restored.accounts}
        ana = Person(restored, "ana")
        (annotation,) = ana.get(f"/api/tasks/{task}").json()["annotations"]
        assert annotation["completed_by"]["email"] == "ana@studio.invalid"
        (file,) = ana.get(f"/api/projects/{project}/file-uploads?all=true").json()
        assert ana.get(f"/data/{file['file']}").content == b"text\nDockers walked out.\n"
        assert [one["title"] for one in ana.get(f"/api/projects/{project}/exports").json()] == ["a snapshot"]
        for account in restored.accounts.values():  # passwords are as good as tokens
            assert accounts.admit(restored.url, Account(account.email, account.password)) == account
        status = studio.status(elsewhere)
        assert status.counts == Counts(projects=1, tasks=2, annotations=1)
        assert status.label_studio == server.version()
        studio.start(elsewhere, ["emil"])
    finally:
        studio.stop(elsewhere)
    assert studio.read_state(copied) == running
    counts = studio.status(copied).counts
    assert counts is not None
    assert counts.annotations == 2


def test_label_studio_keeps_nothing_where_a_backup_does_not_look(studio_dir: Path, studio: Studio) -> None:
    known = {".config", ".env", "export", "label_studio.sqlite3", "media", "test_data"}
    assert {path.name for path in (studio_dir / "data").iterdir()} <= known
    assert list((studio_dir / "data" / "test_data").iterdir()) == []
    assert [path.name for path in (studio_dir / "data" / ".config").rglob("*") if path.is_file()] == ["user_id"]


# --- packing, without a server


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


def test_there_and_back(packed: Path, copied: Path, tmp_path: Path) -> None:
    back = tmp_path / "back"
    archive.restore(packed, back)
    assert studio.logins(back) == studio.logins(copied)
    for path in (copied / ".gitignore", copied / "data" / ".env", *(copied / "data" / "media").rglob("*.*")):
        assert (back / path.relative_to(copied)).read_bytes() == path.read_bytes()
    assert len(list((back / "data" / "media").rglob("*.*"))) == 2
    assert sorted(path.name for path in back.iterdir()) == [".gitignore", ".lock", "data", "studio.json"]
    assert modes(tmp_path / "back") == {("dir", 0o700), ("file", 0o600)}
    assert back.stat().st_mode & 0o777 == 0o700
    again = archive.backup(back, tmp_path / "again.tar.gz")
    assert again.files == archive.backup(copied, tmp_path / "first.tar.gz").files


def test_into_an_empty_directory(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    archive.restore(packed, tmp_path / "empty")
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o700


def test_no_process_of_then_is_taken_for_one_of_now(copied: Path, tmp_path: Path) -> None:
    state = studio.known(copied)
    studio.save(copied, msgspec.structs.replace(state, pid=4242))
    archive.backup(copied, tmp_path / "out.tar.gz")
    assert json.loads(contents(tmp_path / "out.tar.gz")["studio.json"])["pid"] == 0
    archive.restore(tmp_path / "out.tar.gz", tmp_path / "back")
    assert studio.known(tmp_path / "back").pid == 0


def test_neither_way_holds_a_file_in_memory(copied: Path, tmp_path: Path) -> None:
    upload(copied, "1/video.mp4", random.Random(0).randbytes(32_000_000))
    tracemalloc.start()
    try:
        archive.backup(copied, tmp_path / "out.tar.gz")
        archive.restore(tmp_path / "out.tar.gz", tmp_path / "back")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


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


# --- archives that nobody should trust


def refused(path: Path, message: str) -> None:
    """An archive is refused, and leaves nothing behind."""
    around = set(path.parent.iterdir())
    with pytest.raises(InputError, match=message):
        archive.restore(path, path.parent / "back")
    assert set(path.parent.iterdir()) == around


def test_a_directory_that_holds_something(packed: Path, copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "studio", "restore", str(packed), "--dir", str(copied)]) == 2
    assert "holds files already\n  remedy: restore into a new or an empty directory" in capsys.readouterr().err
    with pytest.raises(InputError, match="is a file"):
        archive.restore(packed, copied / "studio.json")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        archive.restore(packed.parent / "missing", packed.parent / "back")


def test_the_command_says_what_came_back(packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "studio", "restore", str(packed), "--dir", str(tmp_path / "back")]) == 0
    told = capsys.readouterr()
    assert told.out == f"{tmp_path / 'back'}\n"
    assert "restored 0 projects, 0 tasks, 0 annotations, as of 20" in told.err
    assert f"start it: rolecall annotate studio start --dir {tmp_path / 'back'}" in told.err
    assert run(["annotate", "studio", "status", "--json", "--dir", str(tmp_path / "back")]) == 1
    assert json.loads(capsys.readouterr().out)["running"] is False


@pytest.mark.parametrize(
    "name",
    [
        "/tmp/evil",  # noqa: S108
        "../evil",
        "data/media/../../../evil",
        "data/media//evil",
        "data/media/./evil",
        "data/media/",
        "data/.bashrc",
        "data/.local/lib/evil.pth",
        "data/label_studio.sqlite3-journal",
        "studio.json/evil",
        "evil",
    ],
)
def test_names_that_are_not_ours(packed: Path, name: str) -> None:
    refused(rewrite(packed, {name: b"evil"} | contents(packed)), "which is no part of a studio")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_kinds_that_are_not_ours(packed: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("data/media/odd")
    header.type, header.linkname = kind, "/etc/passwd"
    refused(rewrite(packed, contents(packed), header), r"holds 'data/media/odd', which is no part of a studio")


def test_a_file_with_holes_larger_than_the_archive(packed: Path) -> None:
    header = tarfile.TarInfo("data/media/holes")
    header.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(10**13)}
    header.size = 512
    with tarfile.open(packed, "w:gz") as tar:
        tar.addfile(header, io.BytesIO(b"0\n".ljust(512, b"\0")))
    refused(packed, r"holds 'data/media/holes', which is no part")


def test_a_name_that_stands_twice(packed: Path) -> None:
    whole = contents(packed)
    with tarfile.open(packed, "w:gz") as tar:
        for name, content in [*whole.items(), *whole.items()]:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    refused(packed, r"holds 'studio\.json', which is no part")


def test_contents_that_do_not_agree_with_the_manifest(packed: Path) -> None:
    whole = contents(packed)
    photo = "data/media/upload/1/photo.png"
    changed = f"is damaged: 1 of its files are not what was packed, such as {photo}"
    refused(rewrite(packed, whole | {photo: b"another"}), changed)
    refused(rewrite(packed, {name: text for name, text in whole.items() if name != photo}), changed)
    refused(rewrite(packed, {"data/media/more": b""} | whole), "is damaged: 1 .* such as data/media/more")
    refused(rewrite(packed, {name: text for name, text in whole.items() if name != MANIFEST}), "was cut off")
    refused(rewrite(packed, whole | {MANIFEST: b"{}"}), "has no good manifest")
    manifest = json.loads(whole[MANIFEST])
    for name in ("studio.json", DATABASE):
        files = {key: digest for key, digest in manifest["files"].items() if key != name}
        rest = {key: text for key, text in whole.items() if key != name}
        forged = json.dumps(manifest | {"files": files}).encode()
        refused(rewrite(packed, rest | {MANIFEST: forged}), f"holds no {name}")


def test_a_newer_label_studio(packed: Path, tmp_path: Path) -> None:
    whole = contents(packed)

    def made_with(version: str) -> Path:
        manifest = json.loads(whole[MANIFEST]) | {"label_studio": version}
        return rewrite(packed, whole | {MANIFEST: json.dumps(manifest).encode()})

    refused(made_with("99.1.0"), r"is of Label Studio 99\.1\.0, and .*\n  remedy: pip install 'label-studio>=99\.1\.0'")
    archive.restore(made_with("1.9.10"), tmp_path / "older")  # by number, not by letter


def test_an_archive_that_was_cut_off(packed: Path) -> None:
    whole = packed.read_bytes()
    for kept in sorted({0, 1, 10, 100, *(len(whole) * tenth // 10 for tenth in range(1, 10)), len(whole) - 600}):
        packed.write_bytes(whole[:kept])
        refused(packed, "is not a whole archive|was cut off")


def test_an_archive_with_a_flipped_bit(packed: Path, tmp_path: Path) -> None:
    whole, dice = packed.read_bytes(), random.Random(7)
    for number in range(60):
        place = dice.randrange(len(whole))
        packed.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :])
        with suppress(InputError):  # or the bit meant nothing, as in the header's time
            archive.restore(packed, tmp_path / f"back {number}")
            assert database.count(tmp_path / f"back {number}" / DATABASE) == Counts(0, 0, 0)
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_a_file_that_is_no_archive(packed: Path) -> None:
    packed.write_bytes(b"dear diary")
    refused(packed, "is not a whole archive: not a gzip file")
    packed.write_bytes(b"")
    refused(packed, "is not a whole archive")


def test_the_signal_handler_of_before_comes_back(packed: Path, copied: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert run(["annotate", "studio", "backup", "--dir", str(copied), "--out", str(packed), "--overwrite"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before

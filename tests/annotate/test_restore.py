"""Studios unpacked: with a real server's data, and from archives that nobody should trust."""

import io
import json
import random
import tarfile
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from rolecall.annotate import accounts, archive, database, server, studio
from rolecall.annotate.archive import MANIFEST
from rolecall.annotate.database import Counts
from rolecall.annotate.studio import Account, Studio
from rolecall.core.cli import run
from rolecall.core.errors import InputError
from tests.annotate.archives import DATABASE, contents, modes, rewrite, upload

PAGE = '<View><Labels name="l" toName="t"><Label value="A"/></Labels><Text name="t" value="$text"/></View>'


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


def test_the_command_says_what_came_back(packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "studio", "restore", str(packed), "--dir", str(tmp_path / "back")]) == 0
    told = capsys.readouterr()
    assert told.out == f"{tmp_path / 'back'}\n"
    assert "restored 0 projects, 0 tasks, 0 annotations, as of 20" in told.err
    assert f"start it: rolecall annotate studio start --dir {tmp_path / 'back'}" in told.err
    assert run(["annotate", "studio", "status", "--json", "--dir", str(tmp_path / "back")]) == 1
    assert json.loads(capsys.readouterr().out)["running"] is False


def test_a_directory_that_holds_something(packed: Path, copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "studio", "restore", str(packed), "--dir", str(copied)]) == 2
    assert "holds files already\n  remedy: restore into a new or an empty directory" in capsys.readouterr().err
    with pytest.raises(InputError, match="is a file"):
        archive.restore(packed, copied / "studio.json")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        archive.restore(packed.parent / "missing", packed.parent / "back")


# --- archives that nobody should trust


def refused(path: Path) -> str:
    """Return why an archive is refused, which leaves nothing behind."""
    around = set(path.parent.iterdir())
    with pytest.raises(InputError) as caught:
        archive.restore(path, path.parent / "back")
    assert set(path.parent.iterdir()) == around
    return str(caught.value)


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
    path = rewrite(packed, {name: b"evil"} | contents(packed))
    assert f"holds {name!r}, which is no part of a studio" in refused(path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_kinds_that_are_not_ours(packed: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("data/media/odd")
    header.type, header.linkname = kind, "/etc/passwd"
    path = rewrite(packed, contents(packed), header)
    assert "holds 'data/media/odd', which is no part of a studio" in refused(path)


def test_a_file_with_holes_larger_than_the_archive(packed: Path) -> None:
    header = tarfile.TarInfo("data/media/holes")
    header.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(10**13)}
    header.size = 512
    with tarfile.open(packed, "w:gz") as tar:
        tar.addfile(header, io.BytesIO(b"0\n".ljust(512, b"\0")))
    assert "holds 'data/media/holes', which is no part" in refused(packed)


def test_a_name_that_stands_twice(packed: Path) -> None:
    whole = contents(packed)
    with tarfile.open(packed, "w:gz") as tar:
        for name, content in [*whole.items(), *whole.items()]:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    assert "holds 'studio.json', which is no part" in refused(packed)


def test_contents_that_do_not_agree_with_the_manifest(packed: Path) -> None:
    whole = contents(packed)
    photo = "data/media/upload/1/photo.png"
    changed = f"is damaged: 1 of its files are not what was packed, such as {photo}"
    without_photo = {name: text for name, text in whole.items() if name != photo}
    without_manifest = {name: text for name, text in whole.items() if name != MANIFEST}
    assert changed in refused(rewrite(packed, whole | {photo: b"another"}))
    assert changed in refused(rewrite(packed, without_photo))
    more = refused(rewrite(packed, {"data/media/more": b""} | whole))
    assert "is damaged: 1 of its files are not what was packed, such as data/media/more" in more
    assert "was cut off" in refused(rewrite(packed, without_manifest))
    assert "has no good manifest" in refused(rewrite(packed, whole | {MANIFEST: b"{}"}))
    manifest = json.loads(whole[MANIFEST])
    for name in ("studio.json", DATABASE):
        files = {key: digest for key, digest in manifest["files"].items() if key != name}
        rest = {key: text for key, text in whole.items() if key != name}
        forged = json.dumps(manifest | {"files": files}).encode()
        assert f"holds no {name}" in refused(rewrite(packed, rest | {MANIFEST: forged}))


def test_a_newer_label_studio(packed: Path, tmp_path: Path) -> None:
    whole = contents(packed)

    def made_with(version: str) -> Path:
        manifest = json.loads(whole[MANIFEST]) | {"label_studio": version}
        return rewrite(packed, whole | {MANIFEST: json.dumps(manifest).encode()})

    told = refused(made_with("99.1.0"))
    assert f"is of Label Studio 99.1.0, and {server.version()}, which is installed, cannot read it\n" in told
    assert "\n  remedy: pip install 'label-studio>=99.1.0'" in told
    archive.restore(made_with("1.9.10"), tmp_path / "older")  # by number, not by letter


def test_an_archive_that_was_cut_off(packed: Path) -> None:
    whole = packed.read_bytes()
    for kept in sorted({0, 1, 10, 100, *(len(whole) * tenth // 10 for tenth in range(1, 10)), len(whole) - 600}):
        packed.write_bytes(whole[:kept])
        told = refused(packed)
        assert "is not a whole archive" in told or "was cut off" in told


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
    assert "is not a whole archive: not a gzip file" in refused(packed)
    packed.write_bytes(b"")
    assert "is not a whole archive" in refused(packed)

"""A studio packed into one file, and unpacked again: its accounts, its database, and the files people uploaded.

The archive is a .tar.gz and holds passwords, so only its owner may read it. Its last member is a manifest with the
digest of every other one: an archive that was cut off has none. Left out are the log, caches, and the files that Label
Studio writes for exports: they can outgrow all the rest, and are made again from the database.
"""

import gzip
import hashlib
import os
import re
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, NamedTuple, cast

import msgspec

from rolecall.annotate import database, server, studio
from rolecall.annotate.database import Counts
from rolecall.core import __version__, jsonl
from rolecall.core.errors import InputError
from rolecall.core.staging import staged

MANIFEST = "manifest.json"
_DATABASE = f"{server.DATA}/{database.NAME}"
_SECRET = f"{server.DATA}/.env"  # the key that signs sessions and personal access tokens
_MEDIA = f"{server.DATA}/media"
_EXPORTS = "export"  # in _MEDIA
_OTHER = "take another copy of the archive"


class Manifest(msgspec.Struct, frozen=True):
    """What an archive holds: who made it and when (UTC), how much is in it, and the SHA-256 of each file."""

    rolecall: str
    label_studio: str
    made: str
    counts: Counts
    files: dict[str, str]


class _Member(NamedTuple):
    """A file to pack, and its name in the archive."""

    name: str
    path: Path


class _Hashed:
    """A file whose digest is that of what has been read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read and remember."""
        block = self._file.read(size)
        self._hash.update(block)
        return block

    @property
    def digest(self) -> str:
        """The SHA-256 of what has been read."""
        return self._hash.hexdigest()


def backup(directory: Path, out: Path, *, overwrite: bool = False) -> Manifest:
    """Pack a studio, whether its server runs or not, and return what the archive holds.

    The disk of `out` needs room for the archive and, meanwhile, for a copy of the database. Raises InputError for an
    `out` that exists or lies within the data, and for data that cannot be packed.
    """
    studio.known(directory)
    out = out.resolve()
    _check_free(out, directory, overwrite=overwrite)
    with _beside(out) as stage:
        (stage / server.DATA).mkdir(mode=0o700)
        with studio.turn(directory):
            # The database is copied first. An upload that comes later is not in it and does no harm in the archive;
            # the other way round, it would miss one.
            counts = database.copy(directory / _DATABASE, stage / _DATABASE)
            state = studio.known(directory)
        studio.save(stage, msgspec.structs.replace(state, pid=0))
        made = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(__version__, state.label_studio or server.version(), made, counts, {})
        part = stage / "archive"
        manifest = _pack(part, manifest, _members(directory, stage))
        _check_free(out, directory, overwrite=overwrite)  # it took a while
        part.replace(out)
    return manifest


def restore(archive: Path, directory: Path) -> Manifest:
    """Unpack an archive into a new or empty directory, whole or not at all, and return what it held.

    The digests tell damage, not forgery: the accounts of an archive are who may log in afterwards. Raises InputError
    for a directory that is not empty, an archive that is damaged or not ours, and one of a newer Label Studio.
    """
    if directory.is_dir() and any(directory.iterdir()):
        raise InputError("holds files already", path=directory, remedy="restore into a new or an empty directory")
    with jsonl.open_input(archive) as file, staged(directory, mark=studio.STATE) as stage:
        stage.chmod(0o700)
        manifest = _check_whole(stage, _unpack(file, archive, stage), archive)
        _check_release(manifest, archive)
        with studio.turn(stage):
            studio.save(stage, msgspec.structs.replace(studio.known(stage), pid=0))
    return manifest


# --- packing


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """Yield a folder for the owner alone on the disk of `out`, gone afterwards."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        stage = tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", path=out, remedy="check the folder and its permissions"
        ) from error
    with stage:
        yield Path(stage.name)


def _check_free(out: Path, directory: Path, *, overwrite: bool) -> None:
    if out.is_relative_to((directory / server.DATA).resolve()):
        raise InputError("lies within the data to be packed", path=out, remedy="name a file elsewhere")
    if out.exists() and not out.is_file():
        raise InputError("is no file", path=out, remedy="name a file, such as studio.tar.gz")
    if out.exists() and not overwrite:
        raise InputError("exists already", path=out, remedy="choose another file, or add --overwrite")


def _members(directory: Path, stage: Path) -> Iterator[_Member]:
    """Yield what to pack, the small first."""
    yield _Member(studio.STATE, stage / studio.STATE)
    for name in (studio.IGNORE, _SECRET):
        if (directory / name).exists():
            yield _Member(name, directory / name)
    yield _Member(_DATABASE, stage / _DATABASE)
    for path in _uploads(directory / _MEDIA):
        yield _Member(path.relative_to(directory).as_posix(), path)


def _uploads(media: Path) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # deleted meanwhile
            raise error

    for folder, folders, files in os.walk(media, onerror=unreadable):
        if Path(folder) == media and _EXPORTS in folders:
            folders.remove(_EXPORTS)
        folders.sort()
        links = [name for name in folders if Path(folder, name).is_symlink()]  # listed, yet not walked into
        yield from (Path(folder, name) for name in sorted(files + links))


def _pack(part: Path, about: Manifest, members: Iterator[_Member]) -> Manifest:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    digests: dict[str, str] = {}
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
            for member in members:
                if (digest := _add(tar, member)) is not None:
                    digests[member.name] = digest
            manifest = msgspec.structs.replace(about, files=digests)
            text = jsonl.to_json(manifest).encode()
            tar.addfile(_header(MANIFEST, len(text)), BytesIO(text))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _add(tar: tarfile.TarFile, member: _Member) -> str | None:
    """Pack a file and return its digest, or None where it has been deleted since it was listed."""
    try:
        _check_packable(member)
        file = member.path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        found = os.fstat(file.fileno())
        hashed = _Hashed(file)
        tar.addfile(_header(member.name, found.st_size, found.st_mtime), cast("IO[bytes]", hashed))
    return hashed.digest


def _check_packable(member: _Member) -> None:
    if not stat.S_ISREG(member.path.lstat().st_mode):
        raise InputError(
            "is a link or a device, which an archive cannot hold",
            path=member.path,
            remedy="put the file or folder itself there",
        )
    try:
        member.name.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{member.name!r} is no name in UTF-8", path=member.path.parent, remedy="rename it") from error


def _header(name: str, size: int, mtime: float = 0) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mtime, header.mode = size, int(mtime), 0o600
    return header


# --- unpacking


def _unpack(file: IO[bytes], archive: Path, stage: Path) -> dict[str, str]:
    """Unpack what is ours, refuse the rest, and return the digest of each file by its name."""
    digests: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=file, mode="r:gz") as tar:
            for member in tar:
                if not _is_ours(member) or member.name in digests:
                    raise InputError(
                        f"holds {member.name!r}, which is no part of a studio",
                        path=archive,
                        remedy="name a file that `rolecall annotate studio backup` wrote",
                    )
                digests[member.name] = _extract(tar, member, stage)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise InputError(f"is not a whole archive: {error}", path=archive, remedy=_OTHER) from error
    return digests


def _is_ours(member: tarfile.TarInfo) -> bool:
    """Tell whether a member is a plain file with a name that a backup gives: no link, no device, no way out."""
    name = member.name
    known = name in {MANIFEST, studio.STATE, studio.IGNORE, _SECRET, _DATABASE}
    upload = name.startswith(f"{_MEDIA}/") and not {"", ".", ".."} & set(name.split("/"))
    return member.isreg() and not member.issparse() and (known or upload)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, stage: Path) -> str:
    """Write a member to a new file, for the owner alone, and return its digest."""
    path = stage / member.name
    for folder in reversed(path.relative_to(stage).parents[:-1]):
        (stage / folder).mkdir(mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    source = tar.extractfile(member)
    assert source is not None  # noqa: S101  # for the type checker: it is a plain file
    with os.fdopen(handle, "wb") as target, source:
        hashed = _Hashed(source)
        shutil.copyfileobj(hashed, target)
    return hashed.digest


def _check_whole(stage: Path, found: dict[str, str], archive: Path) -> Manifest:
    """Take the manifest out of what was unpacked, and hold the rest against it."""
    if found.pop(MANIFEST, None) is None:
        raise InputError("was cut off: it has no manifest", path=archive, remedy=_OTHER)
    try:
        manifest = msgspec.json.decode((stage / MANIFEST).read_bytes(), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"has no good manifest: {error}", path=archive, remedy=_OTHER) from error
    (stage / MANIFEST).unlink()
    wrong = sorted({name for name, _ in found.items() ^ manifest.files.items()})
    if wrong:
        raise InputError(
            f"is damaged: {len(wrong)} of its files are not what was packed, such as {wrong[0]}",
            path=archive,
            remedy=_OTHER,
        )
    if missing := {studio.STATE, _DATABASE} - found.keys():
        raise InputError(f"holds no {min(missing)}", path=archive, remedy=_OTHER)
    return manifest


def _check_release(manifest: Manifest, archive: Path) -> None:
    """Refuse a newer database than this Label Studio knows: it can bring one forward, and never back."""
    installed = server.version()
    if _release(manifest.label_studio) > _release(installed):
        raise InputError(
            f"is of Label Studio {manifest.label_studio}, and {installed}, which is installed, cannot read it",
            path=archive,
            remedy=f"pip install 'label-studio>={manifest.label_studio}'",
        )


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers a version begins with."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])

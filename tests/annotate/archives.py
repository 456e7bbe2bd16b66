"""Archives of studios, as anybody may read and write them."""

import io
import tarfile
from pathlib import Path

DATABASE = "data/label_studio.sqlite3"


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

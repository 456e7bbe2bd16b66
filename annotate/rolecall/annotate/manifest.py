"""What a dataset folder says of itself to programs: where it came from, what is in it, and the digest of every file."""

import hashlib
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType

from rolecall.core.jsonl import open_input
from rolecall.core.ledger import Balance

MANIFEST = "manifest.json"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to choose labels and splits; `split` holds the shares of train, validation and test.

    With a team plan the test split is the plan's, and train and validation stand to each other as their shares do.
    """

    by: str | None = None
    split: tuple[float, float, float] = (0.7, 0.15, 0.15)
    seed: int = 0
    split_field: str | None = None


class Input(msgspec.Struct, frozen=True):
    """An input file by name and content."""

    name: str
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "Input":
        """Read a file for its digest."""
        return cls(path.name, sha256(path))


class SplitCounts(msgspec.Struct, kw_only=True):
    """What a split holds; `spans`, `links` and `events` are those of the rows, `gold_spans` those of gold.jsonl.

    `stories` are groups that no split shares: stories, and articles without one. `answers` count by question, where the
    scheme has any. `suggested` are ids of articles whose gold is one person's reading and started from a suggestion;
    `aided` counts by annotator the readings in annotators.jsonl that did. Both are left out where there are none.
    """

    articles: int = 0
    stories: int = 0
    tokens: int = 0
    spans: int = 0
    links: int = 0
    events: int = 0
    gold_spans: int = 0
    roles: dict[str, int] = {}
    annotators: dict[str, int] = {}
    answers: dict[str, dict[str, int]] | UnsetType = UNSET
    suggested: list[str] | UnsetType = UNSET
    aided: dict[str, int] | UnsetType = UNSET


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest; `unlabelled` are ids of articles left out, `files` are SHA-256 digests of all files but itself.

    `inputs` holds "articles", "annotations", and "plan" when the test split was taken from a team plan.
    """

    scheme: str
    rolecall: str
    datasets: str
    options: Options
    inputs: dict[str, Input]
    splits: dict[str, SplitCounts]
    unlabelled: list[str]
    ledger: list[Balance]
    files: dict[str, str] = {}

    def text(self) -> str:
        """Write it as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder, by its path inside."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    with open_input(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What a dataset folder says of itself to programs: where it came from, what is in it, and the digest of every file."""

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from rolecall.annotate.division import Cut
from rolecall.annotate.doubles import Double
from rolecall.annotate.facts import Facts
from rolecall.core import jsonl
from rolecall.core.ledger import Balance
from rolecall.core.sealed import MANIFEST, digests, sha256

__all__ = ["MANIFEST", "Input", "Manifest", "Options", "SplitCounts", "digests", "sha256"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to choose labels and splits; `split` holds the shares of train, validation and test.

    With a team plan the test split is the plan's, and train and validation stand to each other as their shares do.
    `by` names people, commas between, of whom the first that read an article has the say; `rule` decides where several
    did and nobody adjudicated. `folds` numbers the groups of train.
    """

    by: str | None = None
    rule: str | UnsetType = UNSET
    split: tuple[float, float, float] = (0.7, 0.15, 0.15)
    seed: int = 0
    split_field: str | None = None
    split_by: Literal["story", "date", "source"] | UnsetType = UNSET
    folds: int | UnsetType = UNSET
    parquet: bool | UnsetType = UNSET
    licence: str | UnsetType = UNSET
    allow_doubles: bool | UnsetType = UNSET


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

    `inputs` holds "articles", "annotations", and what settled splits: "plan", "splits", "ids". `gold` counts articles
    by what made their labels stand. `absent` are articles of that splits or ids file that are not labelled articles
    here. `doubles` are near-duplicates that stand in two splits, or in two folds of train, where that was allowed.
    """

    scheme: str
    rolecall: str
    datasets: str
    options: Options
    inputs: dict[str, Input]
    splits: dict[str, SplitCounts]
    unlabelled: list[str]
    ledger: list[Balance]
    gold: dict[str, int] = {}
    facts: Facts = msgspec.field(default_factory=Facts)
    cut: Cut | UnsetType = UNSET
    absent: list[str] | UnsetType = UNSET
    doubles: list[Double] | UnsetType = UNSET
    files: dict[str, str] = {}

    def text(self) -> str:
        """Write it as indented JSON."""
        return jsonl.to_json(self)

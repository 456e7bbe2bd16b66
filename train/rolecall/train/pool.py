"""Some splits of a dataset taken together, and datasets to train on that are made of some of their articles."""

import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import datasets
import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.progress import without_bars
from rolecall.core.records import Annotation, Article
from rolecall.core.sealed import MANIFEST, digests, sha256
from rolecall.core.staging import staged
from rolecall.train.examples import load_sealed

T = TypeVar("T")


class Pool(NamedTuple):
    """Articles of some splits, one split behind the other.

    `digest` is the SHA-256 of the dataset's manifest, `scheme` the fingerprint of its labels.
    """

    dataset: Path
    splits: tuple[str, ...]
    rows: datasets.Dataset
    digest: str
    scheme: str

    def articles(self) -> Iterator[Article]:
        """Read the articles."""
        return self._read("articles.jsonl", Article)

    def gold(self) -> Iterator[Annotation]:
        """Read the gold of the articles."""
        return self._read("gold.jsonl", Annotation)

    def people(self) -> Iterator[Annotation]:
        """Read what people made of the articles, where the dataset has it."""
        return self._read("annotators.jsonl", Annotation, needed=False)

    def folds(self) -> dict[str, int | None]:
        """Return the fold that the dataset has each article in, by id; None where it has it in none."""
        ids = self.rows["id"]
        folds = self.rows["fold"] if "fold" in self.rows.column_names else [None] * len(ids)
        return dict(zip(ids, folds, strict=True))

    def _read(self, name: str, kind: type[T], *, needed: bool = True) -> Iterator[T]:
        for split in self.splits:
            path = self.dataset / split / name
            if needed or path.is_file():
                yield from jsonl.read(path, kind)


class Part(msgspec.Struct, frozen=True):
    """The manifest of a dataset that is part of another: whose part it is, and the ids of its articles.

    It seals the part as the whole is sealed, by `scheme` and `files`; see `Seal`.
    """

    part_of: str
    splits: tuple[str, ...]
    articles: list[str]
    scheme: str
    files: dict[str, str]


def open_pool(dataset: Path, splits: Sequence[str]) -> Pool:
    """Open some splits of a dataset.

    Raises InputError for a split that it lacks, or that is named twice, and for files that were altered: articles and
    gold would not be those of the rows.
    """
    loaded, seal = load_sealed(dataset)
    for split in splits:
        check_split(loaded, split, dataset)
    if len(set(splits)) < len(splits):
        raise InputError(f"a split stands twice in {', '.join(splits)}", remedy="name each split once")
    rows = datasets.concatenate_datasets([loaded[split] for split in splits])
    return Pool(dataset, tuple(splits), rows, sha256(dataset / MANIFEST), seal.scheme)


def check_split(loaded: datasets.DatasetDict, split: str, dataset: Path) -> None:
    """Raise InputError where a dataset has no such split."""
    if split not in loaded:
        raise InputError(f"has no split {split!r}", path=dataset, remedy=f"name one of: {', '.join(loaded)}")


def cut(pool: Pool, ids: Collection[str], out: Path) -> None:
    """Write a dataset whose train split is these articles of the pool, in their order, and that has no other split."""
    wanted = set(ids)
    with staged(out, mark=MANIFEST) as folder, without_bars():
        names = list(pool.rows["id"])
        chosen = [index for index, name in enumerate(names) if name in wanted]
        datasets.DatasetDict({"train": pool.rows.select(chosen)}).save_to_disk(folder)
        for name, records in (("articles", pool.articles()), ("gold", pool.gold())):
            jsonl.write(folder / "train" / f"{name}.jsonl", (own for own in records if _id(own) in wanted))
        shutil.copyfile(pool.dataset / "scheme.yaml", folder / "scheme.yaml")
        part = Part(pool.digest, pool.splits, [names[index] for index in chosen], pool.scheme, digests(folder))
        jsonl.write_json(folder / MANIFEST, part)


def _id(record: Article | Annotation) -> str:
    return record.id if isinstance(record, Article) else record.article

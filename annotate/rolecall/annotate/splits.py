"""Divide articles into train, validation and test so that no story stands in two of them."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit

from rolecall.annotate import balance
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.groups import Kin, Names, join
from rolecall.core.records import Article

SPLITS = ("train", "validation", "test")
SPELLINGS = {"train": "train", "test": "test"} | dict.fromkeys(("validation", "valid", "val", "dev"), "validation")
DRAWS = 20
"""How often a split is drawn to find one of the right size."""


class Shares(NamedTuple):
    """Parts of the articles that go to each split; a split with none is absent."""

    train: float = 0.7
    validation: float = 0.15
    test: float = 0.15


def groups(articles: Iterable[Kin]) -> dict[str, str]:
    """Return the group of each article by id: stories, duplicates and equal texts are joined, whatever their order.

    A group is named by the least of its ids.
    """
    joined = join(articles)
    names: dict[str, str] = {}
    for name in sorted(joined):
        names.setdefault(joined[name], name)
    return {name: names[group] for name, group in joined.items()}


def draw(
    group_of: Mapping[str, str],
    shares: Shares,
    seed: int,
    contents: Mapping[str, Mapping[str, int]] | None = None,
    *,
    by: str = "story",
) -> dict[str, str]:
    """Return the split of each article by id, its size by articles as near its share as whole groups allow.

    `contents` counts the labels of each group by role: roles are spread over the splits as evenly as sizes and whole
    groups allow, and rare ones are in every split where enough groups have them. The same groups, shares and seed give
    the same splits, in whatever order they come. Raises InputError when there are fewer groups than splits.
    """
    wanted = [split for split in ("train", "test", "validation") if getattr(shares, split) > 0]
    names, sizes, table = balance.tabulate(group_of, contents)
    if len(names) < len(wanted):
        splits = ", ".join(split for split in SPLITS if split in wanted)
        raise InputError(
            f"{len(group_of)} labelled articles make {len(names)} groups by {by}, too few for {splits}",
            remedy="label more stories, or give some splits nothing, such as --split 1,0,0",
        )
    aim = balance.shared_out([getattr(shares, split) for split in wanted], sizes, table)
    parts = balance.allot(sizes, table, aim, balance.shuffle(names, seed))
    split_of = {name: wanted[part] for name, part in zip(names, parts, strict=True)}
    return {name: split_of[group] for name, group in group_of.items()}


def draw_beside(
    group_of: Mapping[str, str],
    test: Collection[str],
    shares: Shares,
    seed: int,
    contents: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, str]:
    """Return the split of each article by id where the test articles are settled, and the others drawn.

    Train and validation stand to each other as their shares do. Raises InputError when neither has a share of what is
    left, and when there are fewer groups left than splits.
    """
    rest = {name: group for name, group in group_of.items() if name not in test}
    drawn = draw(rest, without_test(shares, len(rest)), seed, contents) if rest else {}
    return {name: drawn.get(name, "test") for name in group_of}


def without_test(shares: Shares, articles: int) -> Shares:
    """Return the shares of train and validation of some articles that are not for test; raise InputError for none."""
    both = shares.train + shares.validation
    if articles and not both:
        raise InputError(
            f"{articles:,} labelled articles are not for test, and train and validation have no share of them",
            remedy="give them one, such as --split 0.8,0.2,0",
        )
    return Shares(shares.train / both, shares.validation / both, 0) if both else Shares(1, 0, 0)


def take(group_of: Mapping[str, str], target: float, seed: int, *, least: int = 0, spare: int = 0) -> set[str]:
    """Return the ids of articles of whole groups, drawn so that they are as nearly `target` as single groups allow.

    At least `least` groups are taken and `spare` are left, of which there must be that many. The same groups, target
    and seed give the same articles, in whatever order they come.
    """
    if not group_of:
        return set()
    ids = sorted(group_of)
    _, numbers = np.unique([group_of[name] for name in ids], return_inverse=True)
    inside = _drawn(numbers, target / len(ids), target, least=least, spare=spare, seed=seed)
    return {name for name, taken in zip(ids, inside, strict=True) if taken}


def _drawn(groups: NDArray[Any], part: float, target: float, *, spare: int, seed: int, least: int = 1) -> NDArray[Any]:
    """Draw about a `part` of the groups that holds, of several draws, most nearly `target` articles.

    Takes the group of each article; returns which articles are drawn. At least `least` groups are in and `spare` out.
    """
    names, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    every = np.arange(len(names))
    count = min(max(1, least, round(part * len(names))), len(names) - max(1, spare))
    if count > 0:
        splitter = GroupShuffleSplit(n_splits=DRAWS, test_size=count, random_state=seed)
        draws = [np.isin(every, numbers[drawn]) for _, drawn in splitter.split(numbers, groups=numbers)]
    else:  # there is one group, or none may be drawn
        draws = [every < least]
    moved = (_moved(inside, sizes, target, least, spare) for inside in draws)
    best = min(moved, key=lambda inside: abs(target - sizes[inside].sum()))
    return np.asarray(best[numbers])


def _moved(inside: NDArray[Any], sizes: NDArray[Any], target: float, least: int, spare: int) -> NDArray[Any]:
    """Move single groups in or out for as long as that brings the articles inside nearer to `target`."""
    while True:
        gap = target - sizes[inside].sum()
        fixed = np.where(inside, inside.sum() <= least, (~inside).sum() <= spare)
        after = np.where(fixed, np.inf, np.abs(gap + np.where(inside, sizes, -sizes)))
        best = after.argmin()
        if after[best] >= abs(gap):
            return inside
        inside[best] = not inside[best]


def given(articles: Iterable[Article], field: str) -> dict[str, str]:
    """Return the split of each article by id as its own field says, such as `meta.split`.

    Raises InputError naming the article whose field is absent or says something else than a split.
    """
    split_of = {}
    for article in articles:
        value: Any = article
        for name in field.split("."):
            value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
        split = SPELLINGS.get(value) if isinstance(value, str) else None
        if split is None:
            raise InputError(
                f"article {article.id!r}: {field} is {value!r}, which is no split",
                remedy=f"write one of {', '.join(SPELLINGS)} there, or leave --split-field away",
            )
        split_of[article.id] = split
    return split_of


def check_torn(
    group_of: Mapping[str, str],
    split_of: Mapping[str, str],
    *,
    remedy: str = "put them in one split: what a model has read must not be what it is tested on",
) -> None:
    """Raise InputError where a group stands in two splits."""
    first: dict[str, str] = {}
    for name, split in split_of.items():
        other = first.setdefault(group_of[name], name)
        if split_of[other] != split:
            raise InputError(
                f"articles {other!r} ({split_of[other]}) and {name!r} ({split}) are of one story, or of one text",
                remedy=remedy,
            )


def check_leaks(folder: Path) -> None:
    """Read the articles of every split of a dataset, and raise InputError where a group stands in two."""
    files = {split: folder / split / "articles.jsonl" for split in SPLITS}
    there = {split: path for split, path in files.items() if path.exists()}
    split_of: dict[str, str] = {}
    for split, path in there.items():
        for article in jsonl.read(path, Names):
            if split_of.setdefault(article.id, split) != split:
                raise InputError(f"article {article.id!r} stands in {split_of[article.id]} too", path=path)
    group_of = groups(article for path in there.values() for article in jsonl.read(path, Names))
    check_torn(group_of, split_of)

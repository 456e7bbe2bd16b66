"""The splits of a dataset as a file, so that an article stays where it is, on every machine and when others come.

A line tells of one article: its split, its fold where there are folds, and what holds its story together, so that a
report that comes later is known to belong to it, even where the article itself has gone.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec
import numpy as np

from rolecall.annotate import balance
from rolecall.annotate.splits import SPELLINGS, Shares, without_test
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.groups import Names
from rolecall.core.wording import few

SPLITS_FILE = "splits.jsonl"
Split = Literal["train", "validation", "test"]
_FORM = 'write it like {"a1": "train", "a2": "test"}'
Contents = Mapping[str, Mapping[str, int]]
Part = TypeVar("Part", str, int)


class Allocation(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Where one article stands; `fold` numbers the groups of train for cross-validation."""

    id: str
    hash: str
    story: str | None = None
    duplicate_of: str | None = None
    source: str | None = None
    split: Split
    fold: int | None = None


Allocations = dict[str, Allocation]
"""By article."""


class Pool(NamedTuple):
    """What is drawn from: the group of each article, the labels of each group by role, and the seed."""

    group_of: Mapping[str, str]
    contents: Contents
    seed: int


def read(path: Path) -> Allocations:
    """Read a splits file; raise InputError naming the line that is none, or the article that stands twice."""
    found: Allocations = {}
    for each in jsonl.read(path, Allocation):
        if found.setdefault(each.id, each) is not each:
            raise InputError(f"article {each.id!r} stands twice", path=path, remedy="keep one of its lines")
    return found


def write(path: Path, allocations: Allocations) -> None:
    """Write a splits file, by article."""
    jsonl.write(path, (allocations[name] for name in sorted(allocations)))


def read_ids(path: Path) -> dict[str, str]:
    """Read which split each article is to be in: from a splits file (.jsonl), a JSON object, or lines `id TAB split`.

    Raises InputError naming the line or the article that has no split, or that stands twice.
    """
    if path.suffix == ".jsonl":
        return {name: each.split for name, each in read(path).items()}
    found: dict[str, str] = {}
    for line, name, split in _object(path) if path.suffix == ".json" else _lines(path):
        if not name.strip() or split not in SPELLINGS:
            raise InputError(
                f"article {name!r}: {split!r} is no split",
                path=path,
                line=line,
                remedy=f"write the id, a tab, and one of {', '.join(SPELLINGS)}",
            )
        if name in found:
            raise InputError(f"article {name!r} stands twice", path=path, line=line, remedy="keep one of its lines")
        found[name] = SPELLINGS[split]
    return found


def _object(path: Path) -> Iterator[tuple[int | None, str, str]]:
    """Yield the pairs of a JSON object as they stand, so that a key that stands twice shows."""
    with jsonl.open_input(path) as file:
        try:
            found = json.loads(file.read(), object_pairs_hook=tuple)
        except (ValueError, RecursionError) as error:
            raise InputError(f"is no JSON: {error}", path=path, remedy=_FORM) from error
    if not isinstance(found, tuple) or not all(isinstance(split, str) for _, split in found):
        raise InputError("is no JSON object of splits by article", path=path, remedy=_FORM)
    yield from ((None, name, split) for name, split in found)


def _lines(path: Path) -> Iterator[tuple[int, str, str]]:
    with jsonl.open_input(path) as file:
        for number, line in enumerate(file, 1):
            try:
                name, tab, split = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n").rpartition("\t")
            except UnicodeDecodeError as error:
                raise InputError("is not UTF-8", path=path, line=number, remedy="save the file as UTF-8") from error
            if tab:
                yield number, name, split.strip()
            elif split.strip("\ufeff \t"):
                raise InputError(
                    f"{split!r} has no tab", path=path, line=number, remedy="write the id, a tab, the split"
                )


def take(ids: Mapping[str, str], names: Iterable[str], *, path: Path) -> dict[str, str]:
    """Return the split of each of these articles; raise InputError naming those that the file does not have."""
    wanted = list(names)
    if lacking := [name for name in wanted if name not in ids]:
        raise InputError(
            f"says nothing of {len(lacking):,} labelled articles: {', '.join(few(sorted(lacking)))}",
            path=path,
            remedy="add them; or hold on to a splits file and have new articles drawn: --splits FILE",
        )
    return {name: ids[name] for name in wanted}


def absent(known: Mapping[str, object], names: Mapping[str, object]) -> list[str]:
    """Return the articles of a file that are not among these."""
    return sorted(name for name in known if name not in names)


def kin(allocations: Allocations, here: Mapping[str, object]) -> Iterator[Names]:
    """Yield what holds the stories of articles together that are no longer here."""
    for name, each in allocations.items():
        if name not in here:
            yield Names(each.id, each.hash, each.story, each.duplicate_of)


def hold(
    allocations: Allocations, pool: Pool, labelled: Iterable[str], shares: Shares, *, path: Path
) -> dict[str, str]:
    """Return the split of each labelled article: what the file says, where its story is, or drawn.

    Test takes nothing but articles of stories that are in it. Other new ones are drawn into train and validation, so
    that all of those together come near to their shares. The pool has the articles of the file too. Raises InputError
    where a story stands in two splits of the file.
    """
    remedy = "leave out what joins them, or take one of them out of the file by hand: what was trained on is no test"
    of_group = _of_groups({name: each.split for name, each in allocations.items()}, pool, path, remedy=remedy)
    own = {name: pool.group_of[name] for name in labelled}
    new = {name: group for name, group in own.items() if group not in of_group}
    settled = [of_group[group] for group in own.values() if group in of_group]
    rest = without_test(shares, len(new))
    parts = [split for split in ("train", "validation") if getattr(rest, split) > 0]
    drawn = _top_up(new, pool, [getattr(rest, split) for split in parts], [settled.count(split) for split in parts])
    return {name: of_group[group] if group in of_group else parts[drawn[group]] for name, group in own.items()}


def fold(
    split_of: Mapping[str, str], pool: Pool, count: int, earlier: Allocations, *, path: Path | None
) -> dict[str, int]:
    """Return the fold of each article of train, from 0: what the earlier file says, where its story is, or drawn.

    Raises InputError for fewer groups than folds, for a file with other folds, and where a story stands in two of them.
    """
    known = {name: each.fold for name, each in earlier.items() if each.fold is not None and each.split == "train"}
    if known and max(known.values()) + 1 != count:
        raise InputError(
            f"has {max(known.values()) + 1} folds, not {count}", path=path, remedy="ask for as many, or for none"
        )
    remedy = (
        "leave out what joins them, or take the fold of one of them out of the file by hand: it goes to the other's"
    )
    of_group = _of_groups(known, pool, path, what="fold ", remedy=remedy)
    own = {name: pool.group_of[name] for name, split in split_of.items() if split == "train"}
    if len(set(own.values())) < count:
        raise InputError(
            f"train has {len(set(own.values()))} groups, too few for {count} folds", remedy="ask for fewer folds"
        )
    new = {name: group for name, group in own.items() if group not in of_group}
    settled = [of_group[group] for group in own.values() if group in of_group]
    drawn = _top_up(new, pool, [1 / count] * count, [settled.count(at) for at in range(count)])
    return {name: of_group[group] if group in of_group else drawn[group] for name, group in own.items()}


def _of_groups(
    value_of: Mapping[str, Part], pool: Pool, path: Path | None, *, what: str = "", remedy: str
) -> dict[str, Part]:
    """Return what the file says of each group; raise InputError where it says two things."""
    first: dict[str, str] = {}
    for name, value in sorted(value_of.items()):
        group = pool.group_of[name]
        other = first.setdefault(group, name)
        if value_of[other] != value:
            new = sorted(one for one, own in pool.group_of.items() if own == group and one not in value_of)
            raise InputError(
                f"articles {other!r} ({what}{value_of[other]}) and {name!r} ({what}{value}) are of one story now"
                + (f", joined by {', '.join(few(new))}" if new else ""),
                path=path,
                remedy=remedy,
            )
    return {pool.group_of[name]: value for name, value in value_of.items()}


def _top_up(new: Mapping[str, str], pool: Pool, shares: list[float], there: list[int]) -> dict[str, int]:
    """Return the part of each new group, so that parts that have some articles come near to their shares of all."""
    if not new:
        return {}
    names, sizes, table = balance.tabulate(new, {group: pool.contents[group] for group in set(new.values())})
    whole = int(sizes.sum()) + sum(there)
    aim = balance.shared_out(shares, sizes, table)
    articles = np.array([max(0.0, share * whole - here) for share, here in zip(shares, there, strict=True)])
    least = np.array([here == 0 for here in there], dtype=np.int64)
    aim = aim._replace(articles=articles, least=least if len(names) >= least.sum() else least * 0)
    parts = balance.allot(sizes, table, aim, balance.shuffle(names, pool.seed))
    return dict(zip(names, parts.tolist(), strict=True))

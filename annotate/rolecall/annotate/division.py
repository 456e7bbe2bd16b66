"""Other ways to divide articles than at random: by their dates, and so that no source stands in two splits."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from rolecall.annotate.splits import SPLITS, Shares
from rolecall.annotate.vectors import UNDATED
from rolecall.core.errors import InputError
from rolecall.core.groups import Names, join
from rolecall.core.wording import few


class Cut(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where splits by date meet: `until` is the last day of each split but the last, ISO 8601.

    `early` are articles of a later split that are dated within an earlier one: their story goes on after its last day.
    `undated` are articles without a date that went with their story.
    """

    until: dict[str, str]
    early: list[str] = []
    undated: list[str] = []


def join_sources(group_of: Mapping[str, str], source_of: Mapping[str, str | None]) -> dict[str, str]:
    """Return groups in which stories that share a source are one; how a source is capitalised makes no difference.

    A group is named by the least of its ids. What names no source goes with its story alone.
    """
    known = {name: " ".join((source or "").split()).casefold() for name, source in source_of.items()}
    joined = join(
        Names(name, f"{at:064x}", f"story {group}", f"source {known[name]}" if known.get(name) else None)
        for at, (name, group) in enumerate(group_of.items())
    )
    names: dict[str, str] = {}
    for name in sorted(joined):
        names.setdefault(joined[name], name)
    return {name: names[joined[name]] for name in group_of}


def cut_by_date(group_of: Mapping[str, str], day_of: Mapping[str, int], shares: Shares) -> tuple[dict[str, str], Cut]:
    """Return the split of each article: train is the past, then comes validation, then test.

    A story goes by its latest day, so that nothing in train is from after train's last day; where a story goes on
    after it, its early reports are in the later split too. Cuts are made between days, as near to the shares as that
    allows. Raises InputError for groups without any date, naming their articles, and for too few days.
    """
    last: dict[str, int] = {}
    for name, group in group_of.items():
        last[group] = max(last.get(group, UNDATED), day_of[name])
    if bare := [name for name, group in group_of.items() if last[group] == UNDATED]:
        raise InputError(
            f"{len(bare):,} articles have no date that can be read, nor has any report of their stories: "
            + ", ".join(few(sorted(bare))),
            remedy="give them one (published, ISO 8601: ingest reads dates from pages and columns), leave them out, or "
            "split by story",
        )
    wanted = [split for split in SPLITS if getattr(shares, split) > 0]
    sizes: dict[int, int] = {}
    for group in group_of.values():
        sizes[last[group]] = sizes.get(last[group], 0) + 1
    ends = _ends(sizes, [getattr(shares, split) for split in wanted])
    split_of = {name: wanted[sum(last[group] > end for end in ends)] for name, group in group_of.items()}
    first_after = dict(zip(wanted[1:], ends, strict=True))
    return split_of, Cut(
        until={split: date.fromordinal(end).isoformat() for split, end in zip(wanted, ends, strict=False)},
        early=sorted(
            name
            for name, split in split_of.items()
            if split in first_after and UNDATED != day_of[name] <= first_after[split]
        ),
        undated=sorted(name for name in split_of if day_of[name] == UNDATED),
    )


def _ends(sizes: Mapping[int, int], shares: Sequence[float]) -> list[int]:
    """Return the last day of each split but the last, given how many articles go by each day."""
    days = sorted(sizes)
    if len(days) < len(shares):
        raise InputError(
            f"the stories end on {len(days)} days, too few for {len(shares)} splits by date",
            remedy="split by story, or give some splits nothing, such as --split 1,0,0",
        )
    before = [0]
    for day in days:
        before.append(before[-1] + sizes[day])
    ends: list[int] = []
    at, aim = 0, 0.0
    for number, share in enumerate(shares[:-1], 1):
        aim += share * before[-1]
        at = min(range(at + 1, len(days) - (len(shares) - number) + 1), key=lambda i: abs(before[i] - aim))
        ends.append(days[at - 1])
    return ends

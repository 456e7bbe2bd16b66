"""Rules about one surface form with several roles of a layer."""

from collections import Counter
from collections.abc import Collection, Iterator

import numpy as np
from pydantic import Field

from rolecall.annotate.checks.findings import Hit, Severity, some
from rolecall.annotate.checks.forms import Split
from rolecall.annotate.checks.reading import Facts, Options, Reading
from rolecall.core.wording import few
from rolecall.evaluate.randomise import holm

NAMED = 4
"""How many people are named in a message."""


class OddRoleOptions(Options):
    """How much evidence makes a role odd."""

    minimum: int = Field(default=5, ge=1)
    """Readings that give the form its usual role."""
    share: float = Field(default=0.17, gt=0, lt=0.5)
    """Share of the odd role, of its readings and those of the usual role, up to which it is odd."""
    sure: int = Field(default=10, ge=1)
    """Readings with the usual role for each with the odd one, from which it is a warning between triggers."""
    arguments: int = Field(default=20, ge=1)
    """Readings with the usual role for each with the odd one, from which roles that are no triggers are looked at."""


class SplitFormOptions(Options):
    """How sure it must be that people differ."""

    minimum: int = Field(default=5, ge=1)
    """Readings in which each of two sides has labelled the form."""
    alpha: float = Field(default=0.05, gt=0, lt=1)
    """Probability of one false finding or more among all forms and people (Holm's correction)."""


def odd_role(reading: Reading, options: OddRoleOptions) -> Iterator[Hit]:
    """Find spans whose form nearly everybody gives another role of the layer.

    Where another reader of the article says the same of the same place, it is no slip, and not reported. Which event a
    word names hardly depends on its place, so between two triggers it is a warning where the evidence is ample. Whether
    somebody is a victim or a detainee does depend on it: that takes more evidence, and is a hint. Between a trigger and
    another role there is nothing odd: many words are a verb here and a noun there.
    """
    facts = reading.facts
    for span in reading.spans:
        key = facts.forms.key(span)
        split = facts.splits.get((reading.scheme.layer_of[span.role], key[0])) if key else None
        if split is None or not is_odd(split, span.role, options, reading.scheme.triggers):
            continue
        if any(other.key == span.key for one in reading.others for other in one.spans):
            continue
        usual, own = split.counts[split.majority], split.counts[span.role]
        both = usual.total() + own.total()
        ample = usual.total() >= options.sure * own.total()
        severity: Severity | None = None if ample and span.role in reading.scheme.triggers else "hint"
        yield Hit(
            f"is {split.majority} in {usual.total():,} of {some(both, 'reading')} ({_by(usual)}), "
            f"{span.role} in {own.total():,} ({_by(own)})",
            span,
            severity=severity,
        )


def is_odd(split: Split, role: str, options: OddRoleOptions, triggers: frozenset[str]) -> bool:
    """Tell whether a form's role is a rare exception from another one that has evidence enough."""
    usual, own = split.roles[split.majority], split.roles[role]
    if role == split.majority or usual < options.minimum or own > options.share * (usual + own):
        return False
    kinds = (role in triggers, split.majority in triggers)
    return all(kinds) or (not any(kinds) and usual >= options.arguments * own)


def split_form(facts: Facts, options: SplitFormOptions) -> Iterator[tuple[str | None, Hit]]:
    """Find forms to which people give different roles, by Fisher's exact test of each person against the others.

    One finding a form, with the person whose choice is furthest from the others'. Adjudicated readings take no part:
    they follow from the others.
    """
    tests = [
        (split, by, table)
        for split in (_without(split, facts.forms.judges) for split in facts.splits.values())
        for by, table in _tables(split, options.minimum).items()
    ]
    if not tests:
        return
    from scipy.stats import fisher_exact

    p = holm(np.array([fisher_exact(table).pvalue for _, _, table in tests]))
    worst: dict[tuple[str, str], tuple[float, str, Split]] = {}
    for (split, by, table), value in zip(tests, p, strict=True):
        if value <= options.alpha:
            (usual, other), _ = table
            rank = usual / (usual + other), by, split
            key = split.layer, split.form
            worst[key] = min(worst.get(key, rank), rank, key=lambda one: one[:2])
    for _, by, split in worst.values():
        counts = "; ".join(f"{role}: {_by(people)}" for role, people in sorted(split.counts.items()))
        yield by, Hit(f"{split.form!r} is labelled differently: {counts}", role=split.majority)


def _without(split: Split, judges: Collection[str]) -> Split:
    """Leave out some people, and the roles that only they gave."""
    counts = {
        role: Counter({by: count for by, count in people.items() if by not in judges})
        for role, people in split.counts.items()
    }
    return split._replace(counts={role: people for role, people in counts.items() if people} or split.counts)


def _tables(split: Split, minimum: int) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
    """Tabulate each person against the others: readings with the usual role, and with another one."""
    people = sum(split.counts.values(), Counter[str]())
    usual = split.counts[split.majority]
    return {
        by: (
            (usual[by], own - usual[by]),
            (usual.total() - usual[by], people.total() - own - usual.total() + usual[by]),
        )
        for by, own in people.items()
        if own >= minimum and people.total() - own >= minimum
    }


def _by(people: Counter[str]) -> str:
    """Name who gives a role in how many readings, those with most first."""
    ranked = sorted(people.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(few((f"{by} {count:,}" for by, count in ranked), NAMED, more="{} more"))

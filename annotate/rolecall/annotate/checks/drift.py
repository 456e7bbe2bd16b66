"""The rule about annotators who drift from the others over time.

A person's readings are cut in two at the middle one. Where the person shares articles enough with others, what is
tested is how the difference from their readings of the same articles changes, and how agreement does. Else it is how
the person's rates change beside those of everybody else before and after the same time, since what the news brings,
it brings to all; that takes many more readings. Reports of one story resemble each other, so a story is one unit. The
tests of all people are corrected together (Holm 1979), and what is sure but small is not reported.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from rolecall.annotate.checks.course import PER, TOTAL, Course, Rows
from rolecall.annotate.checks.findings import Hit
from rolecall.annotate.checks.permutation import Floats, Halves, p_of_change, p_of_difference
from rolecall.annotate.checks.reading import Options
from rolecall.evaluate.randomise import holm
from rolecall.evaluate.resample import generator

Marks = NDArray[np.bool_]
AGREEMENT = "agreement"
RUNS = 200
"""Runs of consecutive stories that a long half is averaged to, so that a large corpus costs no more."""
_FEWEST, _MOST = 9_999, 200_000  # permutations
_FLOOR = 0.1  # spans per PER characters: what is added to rates, below which a ratio says nothing


class DriftOptions(Options):
    """How sure and how large a drift must be."""

    minimum: int = Field(default=20, ge=5)
    """Stories in each half of a person's time; and readings with a role that the person has."""
    alpha: float = Field(default=0.01, gt=0, lt=1)
    """Probability of one false finding or more among all people and roles."""
    change: float = Field(default=1.5, ge=1)
    """Factor by which a rate changes against the others'."""
    fall: float = Field(default=0.05, ge=0)
    """Fall of the agreement with the others (strict F1)."""


class Trial(NamedTuple):
    """What is tested of a person: measures, one a column, with the others' values beside where they are compared.

    `paired` values are of the same articles; then it is the difference that is tested, else the two changes.
    """

    by: str
    since: float
    measures: list[str]
    own: Halves
    others: Halves
    paired: bool

    def test(self, permutations: int, rng: np.random.Generator) -> Floats:
        """Return p of each measure."""
        if not self.paired:
            return p_of_difference(self.own, self.others, permutations, rng)
        gaps = Halves(self.own.early - self.others.early, self.own.late - self.others.late)
        return p_of_change(gaps, permutations, rng)


def drift(course: Course, options: DriftOptions) -> Iterator[tuple[str, Hit]]:
    """Find people whose rates or agreement drift, by name, the surest first."""
    rows = course.rows()
    trials = [trial for by in sorted(course.people) if (trial := _trial(rows, course, by, options))]
    count = sum(len(trial.measures) for trial in trials)
    permutations = min(_MOST, max(_FEWEST, math.ceil(2 * count / options.alpha)))
    rng = generator(0)
    p = holm(np.concatenate([np.empty(0), *(trial.test(permutations, rng) for trial in trials)]))
    places = [(trial, column) for trial in trials for column in range(len(trial.measures))]
    for (trial, column), value in sorted(zip(places, p, strict=True), key=lambda one: (one[0][0].by, one[1])):
        if value <= options.alpha and (words := _words(trial, column, options)):
            role = trial.measures[column]
            message = f"{words} (p = {value:.2g}, corrected for {count} tests)"
            yield trial.by, Hit(message, role=None if role in (TOTAL, AGREEMENT) else role)


def _trial(rows: Rows, course: Course, by: str, options: DriftOptions) -> Trial | None:
    """Gather what there is enough of to test a person."""
    own = rows.people == course.people[by]
    shared = own & ~np.isnan(rows.agreement)
    for paired, mine in ((True, shared), (False, own)):
        if np.count_nonzero(mine) < 2 * options.minimum:
            continue
        since = float(np.median(rows.times[mine]))
        late = rows.times > since
        beside = rows.others if paired else _levelled(rows, own, late)
        side = mine if paired else ~np.isnan(beside[:, -1])
        halves = [
            _units(rows, values, chosen & half)
            for values, chosen in ((rows.rates, mine), (beside, side))
            for half in (~late, late)
        ]
        if min(map(len, halves)) >= options.minimum:
            columns = np.flatnonzero((rows.rates[mine] > 0).sum(axis=0) >= options.minimum)
            measures = [course.measures[column] for column in columns]
            early, after, before, then = (half[:, columns] for half in halves)
            if paired:
                measures.append(AGREEMENT)
                agreed = [_units(rows, rows.agreement[:, None], mine & half) for half in (~late, late)]
                early, after = (np.hstack(pair) for pair in zip((early, after), agreed, strict=True))
                before, then = (np.hstack([half, np.zeros((len(half), 1))]) for half in (before, then))
            return Trial(by, since, measures, Halves(early, after), Halves(before, then), paired)
    return None


def _levelled(rows: Rows, own: Marks, late: Marks) -> Floats:
    """Return everybody else's rates, each person's brought to their common level; NaN for who has but one half.

    So it does not matter which of them has labelled how much of which half.
    """
    both = np.intersect1d(rows.people[~own & late], rows.people[~own & ~late])
    rates = np.full_like(rows.rates, np.nan)
    for person in both:
        theirs = rows.people == person
        halves = [rows.rates[theirs & half].mean(axis=0) for half in (~late, late)]
        rates[theirs] = rows.rates[theirs] - (halves[0] + halves[1]) / 2
    if len(both):
        rates += rows.rates[np.isin(rows.people, both)].mean(axis=0)
    return rates


def _units(rows: Rows, values: Floats, chosen: Marks) -> Floats:
    """Average the chosen readings by story, in order of time, and long series by runs of stories."""
    _, first, place = np.unique(rows.groups[chosen], return_index=True, return_inverse=True)
    sums = np.zeros((len(first), values.shape[1]))
    np.add.at(sums, place, values[chosen])
    means = (sums / np.bincount(place, minlength=len(first))[:, None])[np.argsort(first)]
    if len(means) <= RUNS:
        return means
    return np.array([run.mean(axis=0) for run in np.array_split(means, RUNS)])


def _words(trial: Trial, column: int, options: DriftOptions) -> str | None:
    """Say what has changed and by how much, or nothing where it is too little to mind."""
    measure, since = trial.measures[column], datetime.fromtimestamp(trial.since, UTC).date().isoformat()
    means = [max(float(half[:, column].mean()), 0.0) for half in (*trial.own, *trial.others)]
    if measure == AGREEMENT:
        if means[0] - means[1] < options.fall:
            return None
        return f"agrees less with the others since {since}: F1 {means[0]:.3f} before, {means[1]:.3f} after"
    own, rest = ((late + _FLOOR) / (early + _FLOOR) for early, late in (means[:2], means[2:]))
    if max(own / rest, rest / own) < options.change:
        return None
    where = "of the same articles" if trial.paired else "of theirs"
    return (
        f"labels {'more' if own > rest else 'fewer'} {measure} since {since}: {means[0]:.2f} before, {means[1]:.2f} "
        f"after, per {PER:,} characters; the others, {where}, {means[2]:.2f} and {means[3]:.2f}"
    )

"""The rule about annotators who drift from the others over time.

A person's readings are cut in two at the middle one, and everybody else's at the same time. A rate drifts when it
changes from the earlier half to the later one by another amount than the others' does: what the news brings, it brings
to all. Agreement drifts when it falls. Reports of one story resemble each other, so a story is one unit. The tests of
all people are corrected together (Holm 1979), and what is sure but small is not reported.
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
from rolecall.annotate.checks.permutation import Floats, Halves, p_of_difference, p_of_fall
from rolecall.annotate.checks.reading import Options
from rolecall.evaluate.randomise import holm
from rolecall.evaluate.resample import generator

Marks = NDArray[np.bool_]
RUNS = 200
"""Runs of consecutive stories that a long half is averaged to, so that a large corpus costs no more."""
_FEWEST, _MOST = 9_999, 200_000  # permutations
_FLOOR = 0.1  # spans per PER characters: what is added to rates, below which a ratio says nothing


class DriftOptions(Options):
    """How sure and how large a drift must be."""

    minimum: int = Field(default=20, ge=5)
    """Stories in each half of a person's time, and of the others'; and readings with a role that the person has."""
    alpha: float = Field(default=0.01, gt=0, lt=1)
    """Probability of one false finding or more among all people and roles."""
    change: float = Field(default=1.5, ge=1)
    """Factor by which a rate changes against the others'."""
    fall: float = Field(default=0.05, ge=0)
    """Fall of the agreement with the others (strict F1)."""


class Trial(NamedTuple):
    """What is tested of a person: a rate beside the others', or without `others` the agreement with them."""

    by: str
    since: float
    measure: str
    own: Halves
    others: Halves | None = None


def drift(course: Course, options: DriftOptions) -> Iterator[tuple[str, Hit]]:
    """Find people whose rates or agreement drift, by name, the surest first."""
    rows = course.rows()
    trials = [trial for by in sorted(course.people) for trial in _trials(rows, course, by, options)]
    permutations = min(_MOST, max(_FEWEST, math.ceil(2 * len(trials) / options.alpha)))
    rng = generator(0)
    p = holm(np.array([_test(trial, permutations, rng) for trial in trials]))
    for trial, value in sorted(zip(trials, p, strict=True), key=lambda one: (one[0].by, one[1])):
        words = _fall(trial, options) if trial.others is None else _change(trial, trial.others, options)
        if value <= options.alpha and words:
            role = None if trial.measure == TOTAL or trial.others is None else trial.measure
            yield trial.by, Hit(f"{words} (p = {value:.2g}, corrected for {len(trials)} tests)", role=role)


def _test(trial: Trial, permutations: int, rng: np.random.Generator) -> float:
    if trial.others is None:
        return p_of_fall(trial.own, permutations, rng)
    return p_of_difference(trial.own, trial.others, permutations, rng)


def _trials(rows: Rows, course: Course, by: str, options: DriftOptions) -> Iterator[Trial]:
    """Yield what there is enough of to test a person."""
    own = rows.people == course.people[by]
    since = float(np.median(rows.times[own]))
    late = rows.times > since
    shared = own & ~np.isnan(rows.agreement)
    early, after = (_units(rows, rows.agreement[:, None], shared & half) for half in (~late, late))
    if min(len(early), len(after)) >= options.minimum:
        yield Trial(by, since, "agreement", Halves(early[:, 0], after[:, 0]))
    cells = _cells(rows, own, late)
    if min(map(len, cells)) < options.minimum:
        return
    for column, measure in enumerate(course.measures):
        if np.count_nonzero(rows.rates[own, column]) >= options.minimum:
            first, second, third, fourth = (cell[:, column] for cell in cells)
            yield Trial(by, since, measure, Halves(first, second), Halves(third, fourth))


def _cells(rows: Rows, own: Marks, late: Marks) -> tuple[Floats, ...]:
    """Return the rates of a person's early and late units, then of the others', each at the others' common level.

    So it does not matter which of the others has labelled how much of which half; who has only one half says nothing.
    """
    both = np.intersect1d(rows.people[~own & late], rows.people[~own & ~late])
    others = np.isin(rows.people, both)
    rates = rows.rates.copy()
    for person in both:
        theirs = rows.people == person
        halves = (rows.rates[theirs & half].mean(axis=0) for half in (~late, late))
        rates[theirs] -= sum(halves) / 2
    if len(both):
        rates[others] += rows.rates[others].mean(axis=0)
    return tuple(_units(rows, rates, side & half) for side in (own, others) for half in (~late, late))


def _units(rows: Rows, values: Floats, chosen: Marks) -> Floats:
    """Average the chosen readings by story, in order of time, and long series by runs of stories."""
    _, first, place = np.unique(rows.groups[chosen], return_index=True, return_inverse=True)
    sums = np.zeros((len(first), values.shape[1]))
    np.add.at(sums, place, values[chosen])
    means = (sums / np.bincount(place, minlength=len(first))[:, None])[np.argsort(first)]
    if len(means) <= RUNS:
        return means
    return np.array([run.mean(axis=0) for run in np.array_split(means, RUNS)])


def _fall(trial: Trial, options: DriftOptions) -> str | None:
    """Say how far agreement has fallen, or nothing where it is too little to mind."""
    if -trial.own.change < options.fall:
        return None
    early, late = (half.mean() for half in trial.own)
    return f"agrees less with the others since {_date(trial)}: F1 {early:.3f} before, {late:.3f} after"


def _change(trial: Trial, others: Halves, options: DriftOptions) -> str | None:
    """Say how a rate has changed beside the others', or nothing where it is too little to mind."""
    means = [max(float(half.mean()), 0.0) for half in (*trial.own, *others)]
    own, rest = ((late + _FLOOR) / (early + _FLOOR) for early, late in (means[:2], means[2:]))
    if max(own / rest, rest / own) < options.change:
        return None
    return (
        f"labels {'more' if own > rest else 'fewer'} {trial.measure} since {_date(trial)}: {means[0]:.2f} before, "
        f"{means[1]:.2f} after, per {PER:,} characters; the others {means[2]:.2f} and {means[3]:.2f}"
    )


def _date(trial: Trial) -> str:
    return datetime.fromtimestamp(trial.since, UTC).date().isoformat()

"""What people do over time, a few numbers a reading: when, how many spans of each role, how far others agree."""

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rolecall.annotate.checks.reading import finished
from rolecall.core.records import Annotation, Article
from rolecall.evaluate.match import Key, keys

PER = 1000
"""Characters that rates are by."""
TOTAL = "spans"


class Rows(NamedTuple):
    """Readings in order of time: whose (person number), of which group, when, agreement and rates.

    `agreement` is the mean strict F1 with the article's other readings, NaN without any. `rates` and `others` are
    (readings, roles + 1), spans per `PER` characters, the last column all roles together: the reader's own, and the
    mean of the article's other readings, NaN without any.
    """

    people: NDArray[np.int64]
    groups: NDArray[np.int64]
    times: NDArray[np.float64]
    agreement: NDArray[np.float64]
    rates: NDArray[np.float64]
    others: NDArray[np.float64]


class Course:
    """Gather the readings of a corpus, 4 bytes a number: two a role and reading."""

    def __init__(self, roles: Sequence[str]) -> None:
        self.measures = [*roles, TOTAL]
        self.people: dict[str, int] = {}
        self._column = {role: number for number, role in enumerate(roles)}
        self._groups: dict[str, int] = {}
        self._marks = array("q")
        self._times = array("d")
        self._rest = array("f")

    def add(self, article: Article, readings: Iterable[Annotation]) -> None:
        """Take the readings of one article by people that tell when they were made.

        One that started from a suggestion is left out: it shows the model's habits with the annotator's.
        """
        every = [one for one in readings if finished(one) and one.from_prediction is None]
        found = {one.by: keys(one.spans) for one in every}
        rates = {by: PER / len(article.text) * self._counts(spans) for by, spans in found.items()}
        for one in every:
            when = moment(one)
            if one.kind != "human" or when is None:
                continue
            others = [by for by in found if by != one.by]
            nothing = np.full(len(self.measures), np.nan)
            beside = np.mean([rates[by] for by in others], axis=0) if others else nothing
            self._marks.append(self.people.setdefault(one.by, len(self.people)))
            self._marks.append(self._groups.setdefault(article.group, len(self._groups)))
            self._times.append(when)
            agreement = [_f1(found[one.by], found[by]) for by in others]
            self._rest.append(sum(agreement) / len(agreement) if agreement else float("nan"))
            self._rest.extend([*rates[one.by], *beside])

    def _counts(self, spans: frozenset[Key]) -> NDArray[np.float64]:
        counts = np.zeros(len(self.measures))
        for _, _, role in spans:
            counts[self._column[role]] += 1
        counts[-1] = len(spans)
        return counts

    def rows(self) -> Rows:
        """Return all readings, the earliest first."""
        times = np.array(self._times, dtype=np.float64)
        order = np.argsort(times, kind="stable")
        marks = np.array(self._marks, dtype=np.int64).reshape(-1, 2)[order]
        width = len(self.measures)
        rest = np.array(self._rest, dtype=np.float64).reshape(-1, 2 * width + 1)[order]
        return Rows(marks[:, 0], marks[:, 1], times[order], rest[:, 0], rest[:, 1 : width + 1], rest[:, width + 1 :])


def _f1(one: frozenset[Key], other: frozenset[Key]) -> float:
    """Return strict F1, 1 where both mark nothing."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0


def moment(annotation: Annotation) -> float | None:
    """Return when a reading was made, else last changed, in seconds since 1970; None where neither is told."""
    for words in (annotation.created, annotation.updated):
        if words:
            try:
                when = datetime.fromisoformat(words)
            except ValueError:
                continue
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    return None

"""What people do over time, a few numbers a reading: when, how many spans of each role, how far others agree."""

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rolecall.annotate.checks.reading import finished
from rolecall.core.records import Annotation, Article
from rolecall.evaluate.match import keys

PER = 1000
"""Characters that rates are by."""
TOTAL = "spans"


class Rows(NamedTuple):
    """Readings in order of time: whose (person number), of which group, when, agreement (NaN without), rates.

    `rates` is (readings, roles + 1), spans per `PER` characters, the last column all roles together.
    """

    people: NDArray[np.int64]
    groups: NDArray[np.int64]
    times: NDArray[np.float64]
    agreement: NDArray[np.float64]
    rates: NDArray[np.float64]


class Course:
    """Gather the readings of a corpus: 4 bytes a number, roles + 5 numbers a reading."""

    def __init__(self, roles: Sequence[str]) -> None:
        self.measures = [*roles, TOTAL]
        self.people: dict[str, int] = {}
        self._column = {role: number for number, role in enumerate(roles)}
        self._groups: dict[str, int] = {}
        self._keys = array("q")
        self._times = array("d")
        self._rest = array("f")

    def add(self, article: Article, readings: Iterable[Annotation]) -> None:
        """Take the readings of one article by people that tell when they were made.

        One that started from a suggestion is left out: it shows the model's habits with the annotator's.
        """
        every = [one for one in readings if finished(one) and one.from_prediction is None]
        found = {one.by: keys(one.spans) for one in every}
        for one in every:
            when = moment(one)
            if one.kind != "human" or when is None:
                continue
            mine = found[one.by]
            shared = [
                2 * len(mine & other) / (len(mine) + len(other))
                for by, other in found.items()
                if by != one.by and (mine or other)
            ]
            counts = [0.0] * len(self.measures)
            for _, _, role in mine:
                counts[self._column[role]] += 1
            counts[-1] = len(mine)
            self._keys.append(self.people.setdefault(one.by, len(self.people)))
            self._keys.append(self._groups.setdefault(article.group, len(self._groups)))
            self._times.append(when)
            self._rest.append(sum(shared) / len(shared) if shared else float("nan"))
            self._rest.extend(PER * count / len(article.text) for count in counts)

    def rows(self) -> Rows:
        """Return all readings, the earliest first."""
        times = np.array(self._times, dtype=np.float64)
        order = np.argsort(times, kind="stable")
        marks = np.array(self._keys, dtype=np.int64).reshape(-1, 2)[order]
        rest = np.array(self._rest, dtype=np.float64).reshape(-1, len(self.measures) + 1)[order]
        return Rows(marks[:, 0], marks[:, 1], times[order], rest[:, 0], rest[:, 1:])


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

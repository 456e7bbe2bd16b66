"""The verdicts of SemEval-2013 task 9 (Segura-Bedmar et al. 2013, section 4), from counts that add up.

Every gold span is correct, incorrect, partial or missing, every predicted span correct, incorrect, partial or spurious,
under four schemas: `strict` asks for bounds and role, `exact` for bounds, `partial` for overlap (with half a credit
where the bounds differ), `type` for the role of an overlapping span. All four follow from one alignment.
"""

from typing import Literal, Self

import msgspec

from rolecall.evaluate.align import Alignment
from rolecall.evaluate.counts import Counts

Schema = Literal["strict", "exact", "partial", "type"]
SCHEMAS: tuple[Schema, ...] = ("strict", "exact", "partial", "type")


class Pairs(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How many pairs there are, and in how many bounds or role are the same; in JSON `[pairs, exact, typed]`."""

    pairs: int = 0
    exact: int = 0
    typed: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.exact <= self.pairs and 0 <= self.typed <= self.pairs):
            raise ValueError(f"{self.exact} exact and {self.typed} typed among {self.pairs} pairs cannot be")

    def __add__(self, other: Self) -> "Pairs":
        return Pairs(self.pairs + other.pairs, self.exact + other.exact, self.typed + other.typed)


def count_pairs(alignment: Alignment) -> Pairs:
    """Count the pairs of an alignment."""
    total = len(alignment.pairs)
    unlike = [pair for pair in alignment.pairs if pair.gold != pair.predicted]  # a few
    return Pairs(
        total,
        total - len(unlike) + sum(pair.exact for pair in unlike),
        total - len(unlike) + sum(pair.typed for pair in unlike),
    )


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """The five counts of one schema; a partial one is half right."""

    correct: int
    incorrect: int
    partial: int
    missing: int
    spurious: int

    @property
    def possible(self) -> int:
        """How many gold spans there are."""
        return self.correct + self.incorrect + self.partial + self.missing

    @property
    def actual(self) -> int:
        """How many predicted spans there are."""
        return self.correct + self.incorrect + self.partial + self.spurious

    @property
    def precision(self) -> float | None:
        """(correct + partial / 2) / actual; None when nothing was predicted."""
        return self._right / self.actual if self.actual else None

    @property
    def recall(self) -> float | None:
        """(correct + partial / 2) / possible; None when gold has none."""
        return self._right / self.possible if self.possible else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None when both sides are empty."""
        both = self.actual + self.possible
        return 2 * self._right / both if both else None

    @property
    def _right(self) -> float:
        return self.correct + self.partial / 2


def verdicts(counts: Counts, pairs: Pairs) -> dict[Schema, Verdicts]:
    """Derive the verdicts of all four schemas from the strict counts and the pairs of the same spans."""
    right: dict[Schema, int] = {
        "strict": counts.correct,
        "exact": pairs.exact,
        "partial": pairs.exact,
        "type": pairs.typed,
    }
    return {
        schema: Verdicts(
            correct=right[schema],
            incorrect=0 if schema == "partial" else pairs.pairs - right[schema],
            partial=pairs.pairs - right[schema] if schema == "partial" else 0,
            missing=counts.gold - pairs.pairs,
            spurious=counts.predicted - pairs.pairs,
        )
        for schema in SCHEMAS
    }

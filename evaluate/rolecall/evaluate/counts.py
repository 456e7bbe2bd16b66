"""Three integers, from which every rate follows; they add up, where rates do not."""

from typing import Self

import msgspec


class Counts(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Spans in both sides, on the predicted side, and on the gold side; in JSON `[correct, predicted, gold]`.

    A rate whose denominator is 0 is None: there is nothing to judge, which is neither perfect nor worthless.
    """

    correct: int = 0
    predicted: int = 0
    gold: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.correct <= self.predicted and self.correct <= self.gold):
            raise ValueError(f"{self.correct} correct of {self.predicted} predicted and {self.gold} gold cannot be")

    def __add__(self, other: Self) -> "Counts":
        return Counts(self.correct + other.correct, self.predicted + other.predicted, self.gold + other.gold)

    @property
    def precision(self) -> float | None:
        """Share of the predicted spans that are in gold; None when nothing was predicted."""
        return self.correct / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        """Share of the gold spans that were predicted; None when gold has none."""
        return self.correct / self.gold if self.gold else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, as 2 correct / (predicted + gold); None when both sides are empty."""
        return 2 * self.correct / (self.predicted + self.gold) if self.predicted + self.gold else None

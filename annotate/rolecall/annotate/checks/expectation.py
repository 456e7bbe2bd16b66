"""How many triggers a text would have, by how often its words are labelled as triggers elsewhere."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from rolecall.core.records import Annotation
from rolecall.core.tokens import tokenize

ENOUGH = 5
"""Readings of a word from which its rate counts."""


class Expected(NamedTuple):
    """The number of triggers to be expected in a text, and its words that promise most, each once."""

    triggers: float
    words: list[str]


class Expectation:
    """Rates of words: in how many of their places they stand in a trigger. Memory grows with distinct triggers."""

    def __init__(self, words: frozenset[str], triggers: frozenset[str]) -> None:
        self._words, self._triggers = words, triggers
        self._seen: Counter[str] = Counter()
        self._labelled: Counter[str] = Counter()

    def add(self, text: str, readings: Iterable[Annotation]) -> None:
        """Count the words of an article, once for each reading that labels anything in it."""
        places = self._places(text)
        for reading in readings:
            if reading.spans:
                bounds = [(span.start, span.end) for span in reading.spans if span.role in self._triggers]
                for start, word in places:
                    self._seen[word] += 1
                    self._labelled[word] += any(first <= start < last for first, last in bounds)

    def expect(self, text: str) -> Expected:
        """Add up the rates of a text's words."""
        rates: dict[str, float] = {}
        total = 0.0
        for _, word in self._places(text):
            if self._seen[word] >= ENOUGH:
                rates[word] = self._labelled[word] / self._seen[word]
                total += rates[word]
        return Expected(total, sorted(rates, key=lambda word: (-rates[word], word)))

    def _places(self, text: str) -> list[tuple[int, str]]:
        words = ((start, text[start:end].casefold()) for start, end in tokenize(text))
        return [(start, word) for start, word in words if word in self._words]

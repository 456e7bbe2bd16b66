"""Agreement between people: each pair of annotators, and each annotator against gold.

The same matcher and the same intervals as for a model, on the articles that a model is scored on. It is a yardstick
beside a model's score, not a bound on it: gold was made from these very readings. A reading that started from a model's
suggestion takes no part: suggestions anchor people, and what two of them took over would count as agreement.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

import msgspec

from rolecall.core.records import Annotation
from rolecall.evaluate.tally import Readings, Row, Tally, tally


class Agreement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Tallies of annotators against each other and against gold, among `articles` articles.

    `labelled` says how many of them each annotator labelled; a tally has only those that both its readers labelled
    without a suggestion. `suggested` are the readings that started from one and take no part, {annotator: {article:
    suggestion}}. `anchored` counts the adjudicated gold that did, against which annotators are held all the same.
    """

    articles: int
    labelled: dict[str, int]
    between: tuple[Tally, ...]
    with_gold: tuple[Tally, ...]
    suggested: dict[str, dict[str, str]] = {}
    anchored: int = 0

    @property
    def rows_between(self) -> tuple[Row, ...]:
        """The rows of every pair of annotators, to be counted together."""
        return tuple(row for each in self.between for row in each.rows)

    @property
    def rows_with_gold(self) -> tuple[Row, ...]:
        """The rows of every annotator against gold, to be counted together."""
        return tuple(row for each in self.with_gold for row in each.rows)


class Sides(NamedTuple):
    """Who is held against whom: two readers' readings of the articles that both have, for each pair."""

    between: tuple[tuple[Readings, Readings], ...]
    with_gold: tuple[tuple[Readings, Readings], ...]

    @property
    def compared(self) -> tuple[tuple[Readings, Readings], ...]:
        """The pairs whose disagreements are looked at: annotators among themselves, else each with gold."""
        return self.between or self.with_gold


def sides(readings: Mapping[str, Readings], gold: Readings, articles: Collection[str]) -> Sides:
    """Pair the annotators, and each with gold, first the one who stands as gold; see `agree`."""
    alone = {
        name: {a: reading for a, reading in own.items() if unaided(reading)}
        for name, own in _by_annotator(readings, articles).items()
    }
    makers = _standing(gold, articles).makers
    between = (_common(alone[first], alone[second]) for first, second in combinations(alone, 2))
    with_gold = (_common({a: gold[a] for a in own if makers.get(a, name) != name}, own) for name, own in alone.items())
    return Sides(tuple(pair for pair in between if pair[0]), tuple(pair for pair in with_gold if pair[0]))


def agree(
    readings: Mapping[str, Readings], gold: Readings, articles: Collection[str], groups: Mapping[str, str]
) -> Agreement:
    """Compare annotators on `articles`; `readings` is {article: {annotator: annotation}}.

    Where the gold of an article is one annotator's own reading, that annotator is not held against it.
    """
    by = _by_annotator(readings, articles)
    standing = _standing(gold, articles)
    pairs = sides(readings, gold, articles)
    return Agreement(
        articles=len(articles),
        labelled={name: len(own) for name, own in by.items()},
        between=tuple(tally(first, second, groups) for first, second in pairs.between),
        with_gold=tuple(tally(first, second, groups) for first, second in pairs.with_gold),
        suggested=_suggested([*(reading for own in by.values() for reading in own.values()), *standing.refused]),
        anchored=standing.anchored,
    )


def _by_annotator(readings: Mapping[str, Readings], articles: Collection[str]) -> dict[str, Readings]:
    """Turn the readings of these articles round: {annotator: {article: annotation}}, ordered by name."""
    names = sorted({name for article in articles for name in readings.get(article, {})})
    return {name: {a: readings[a][name] for a in articles if name in readings.get(a, {})} for name in names}


def unaided(reading: Annotation) -> bool:
    """Whether its maker started from no suggestion."""
    return reading.from_prediction is None


def own_work(readings: Mapping[str, Readings]) -> dict[str, dict[str, Annotation]]:
    """Keep the readings that agreement counts: those whose makers started from no suggestion."""
    return {
        article: {name: reading for name, reading in by.items() if unaided(reading)} for article, by in readings.items()
    }


def stands(gold: Annotation) -> bool:
    """Whether annotators are held against this gold: adjudicated, or one person's reading without a suggestion."""
    return gold.kind == "adjudicated" or unaided(gold)


class _Standing(NamedTuple):
    """Who made the gold of each article that stands, the gold that does not, and how much started from a suggestion."""

    makers: dict[str, str]
    refused: list[Annotation]
    anchored: int


def _standing(gold: Readings, articles: Iterable[str]) -> _Standing:
    """Look through the gold of these articles, reading each once."""
    makers: dict[str, str] = {}
    refused: list[Annotation] = []
    anchored = 0
    for article in articles:
        if (own := gold.get(article)) is None:
            continue
        if stands(own):
            makers[article] = own.by
            anchored += not unaided(own)
        else:
            refused.append(own)
    return _Standing(makers, refused, anchored)


def _suggested(readings: Iterable[Annotation]) -> dict[str, dict[str, str]]:
    """Return the suggestion that each of these started from, by annotator and article, those without left out."""
    found: dict[str, dict[str, str]] = {}
    for reading in sorted(readings, key=lambda one: (one.by, one.article)):
        if reading.from_prediction is not None:
            found.setdefault(reading.by, {})[reading.article] = reading.from_prediction
    return found


def _common(first: Readings, second: Readings) -> tuple[Readings, Readings]:
    """Keep the articles that both have."""
    return {a: first[a] for a in first if a in second}, {a: second[a] for a in second if a in first}

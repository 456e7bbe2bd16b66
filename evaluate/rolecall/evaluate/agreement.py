"""Agreement between people: each pair of annotators, and each annotator against gold.

The same matcher and the same intervals as for a model, on the articles that a model is scored on. It is a yardstick
beside a model's score, not a bound on it: gold was made from these very readings.
"""

from collections.abc import Collection, Mapping
from itertools import combinations

import msgspec

from rolecall.evaluate.tally import Readings, Row, Tally, tally


class Agreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tallies of annotators against each other and against gold, among `articles` articles.

    `labelled` says how many of them each annotator labelled; a tally has only those that both its readers labelled.
    """

    articles: int
    labelled: dict[str, int]
    between: tuple[Tally, ...]
    with_gold: tuple[Tally, ...]

    @property
    def rows_between(self) -> tuple[Row, ...]:
        """The rows of every pair of annotators, to be counted together."""
        return tuple(row for each in self.between for row in each.rows)

    @property
    def rows_with_gold(self) -> tuple[Row, ...]:
        """The rows of every annotator against gold, to be counted together."""
        return tuple(row for each in self.with_gold for row in each.rows)


def agree(
    readings: Mapping[str, Readings], gold: Readings, articles: Collection[str], groups: Mapping[str, str]
) -> Agreement:
    """Compare annotators on `articles`; `readings` is {article: {annotator: annotation}}.

    Where the gold of an article is one annotator's own reading, that annotator is not held against it.
    """
    by: dict[str, Readings] = {
        name: {a: readings[a][name] for a in articles if name in readings.get(a, {})}
        for name in sorted({name for article in articles for name in readings.get(article, {})})
    }
    between = tuple(_common(by[first], by[second], groups) for first, second in combinations(by, 2))
    with_gold = (
        _common({a: gold[a] for a in own if a in gold and gold[a].by != name}, own, groups) for name, own in by.items()
    )
    return Agreement(
        articles=len(articles),
        labelled={name: len(own) for name, own in by.items()},
        between=tuple(each for each in between if each.rows),
        with_gold=tuple(each for each in with_gold if each.rows),
    )


def _common(first: Readings, second: Readings, groups: Mapping[str, str]) -> Tally:
    """Count the articles that both have."""
    return tally({a: first[a] for a in first if a in second}, {a: second[a] for a in second if a in first}, groups)

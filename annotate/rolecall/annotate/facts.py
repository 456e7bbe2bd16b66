"""What a card tells of a corpus: where its articles are from, when and in what language, examples, and agreement."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Protocol

import msgspec

from rolecall.core.records import Annotation, Article
from rolecall.evaluate.agreement import agree
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.tally import Tally, total

EXAMPLES = 3
"""Quotes that are shown of a role."""
SHORT = 60
"""Most characters of a quote that is shown."""
AT_ONCE = 100
"""Articles whose readings are held in memory together."""


class Pair(msgspec.Struct, frozen=True):
    """Two readers held against each other, strictly: on how many articles, and the counts of all roles together."""

    readers: tuple[str, str]
    articles: int
    counts: Counts


class Facts(msgspec.Struct, omit_defaults=True):
    """Counts of articles by source, year, language and declared licence, with "" for those that say nothing.

    `examples` are quotes of train by role. `agreement` is between people, `against_gold` each against gold that is not
    their own, `by_role` of all pairs of people together.
    """

    sources: dict[str, int] = {}
    years: dict[str, int] = {}
    languages: dict[str, int] = {}
    licences: dict[str, int] = {}
    examples: dict[str, list[str]] = {}
    agreement: list[Pair] = []
    against_gold: list[Pair] = []
    by_role: dict[str, Counts] = {}

    def note(self, article: Article) -> None:
        """Count an article."""
        declared = article.meta.get("license", article.meta.get("licence"))
        for counts, value in (
            (self.sources, article.source),
            (self.years, _year(article.published)),
            (self.languages, article.lang),
            (self.licences, declared if isinstance(declared, str) else None),
        ):
            word = " ".join((value or "").split())
            counts[word] = counts.get(word, 0) + 1

    def show(self, spans: Iterable[Mapping[str, Any]]) -> None:
        """Take examples from the spans of a row: short ones, and none twice."""
        for span in spans:
            known = self.examples.setdefault(span["role"], [])
            quote = " ".join(span["text"].split())
            if len(known) < EXAMPLES and len(quote) <= SHORT and quote.casefold() not in map(str.casefold, known):
                known.append(quote)

    @property
    def licence(self) -> str | None:
        """The licence that every article declares, if it is one."""
        return next(iter(self.licences)) or None if len(self.licences) == 1 else None


def _year(published: str | None) -> str:
    year = (published or "")[:4]
    return year if len(year) == 4 and year.isascii() and year.isdigit() else ""


class Readers(Protocol):
    """Where the readings of an article are found."""

    def people(self, name: str) -> dict[str, Annotation]:
        """Read what people made of it, by their names."""

    def gold(self, name: str) -> Annotation:
        """Read what stands."""


def measure(articles: Iterable[str], readings: Readers) -> tuple[list[Pair], list[Pair], dict[str, Counts]]:
    """Return the agreement of people among each other and against gold, and that among each other by role.

    Strict matching of `rolecall.evaluate`, some articles at a time: counts add up.
    """
    between: dict[tuple[str, str], tuple[int, Counts]] = {}
    against: dict[tuple[str, str], tuple[int, Counts]] = {}
    roles: dict[str, Counts] = {}
    left = iter(articles)
    while names := list(islice(left, AT_ONCE)):
        people = {name: readings.people(name) for name in names}
        several = {name: each for name, each in people.items() if len(each) > 1}
        gold = {name: readings.gold(name) for name in several}
        found = agree(several, gold, several, {})
        for tally in found.between:
            _add(between, (tally.gold, tally.predicted), tally)
        for role, counts in total(found.rows_between).items():
            roles[role] = roles.get(role, Counts()) + counts
        for tally in found.with_gold:
            _add(against, ("gold", tally.predicted), tally)
    return _pairs(between), _pairs(against), dict(sorted(roles.items()))


def _add(sums: dict[tuple[str, str], tuple[int, Counts]], key: tuple[str, str], tally: Tally) -> None:
    articles, counts = sums.get(key, (0, Counts()))
    sums[key] = articles + len(tally.rows), sum((row.whole for row in tally.rows), counts)


def _pairs(sums: Mapping[tuple[str, str], tuple[int, Counts]]) -> list[Pair]:
    return [Pair(readers, articles, counts) for readers, (articles, counts) in sorted(sums.items())]

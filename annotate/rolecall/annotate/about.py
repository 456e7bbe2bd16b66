"""The parts of a card that tell of the corpus itself: sources, years, languages, and how people agree."""

from collections.abc import Iterator, Mapping, Sequence

from rolecall.annotate.facts import Facts, Pair
from rolecall.core.markdown import plain, table
from rolecall.evaluate.counts import Counts

SHOWN = 30
"""Most lines of a table of sources: manifest.json has all."""


def about(facts: Facts) -> Iterator[str]:
    """Tell what the articles say of where they are from, when, and in what language."""
    yield from _counted("source", facts.sources)
    yield ""
    yield from _counted("year", facts.years, by_name=True)
    yield ""
    yield from _counted("language", facts.languages)


def _counted(what: str, counts: Mapping[str, int], *, by_name: bool = False) -> Iterator[str]:
    """Write a table of counts, the largest first or by name, with those that say nothing at the end."""
    order = sorted((name for name in counts if name), key=lambda name: (0 if by_name else -counts[name], name))
    rows = [(plain(name), f"{counts[name]:,}") for name in order[:SHOWN]]
    if more := order[SHOWN:]:
        rows.append((f"{len(more):,} others", f"{sum(counts[name] for name in more):,}"))
    if silent := counts.get("", 0):
        rows.append(("not known", f"{silent:,}"))
    yield from table((what, "articles"), rows)


def agreement(facts: Facts) -> Iterator[str]:
    """Tell how people agree, strictly: same bounds and same role."""
    if not facts.agreement and not facts.against_gold:
        yield "No article was labelled by several people on their own, so agreement is not known."
        return
    yield "Strict F1 on the articles that several people labelled on their own: same bounds and same role.\n"
    yield from table(("readers", "articles", "F1"), [*_pairs(facts.agreement), *_pairs(facts.against_gold)])
    yield "\nGold was made from these very readings, so theirs against it is higher than a stranger's would be."


def _pairs(pairs: Sequence[Pair]) -> Iterator[tuple[str, str, str]]:
    for pair in pairs:
        one, other = map(plain, pair.readers)
        yield f"{one}, {other}", f"{pair.articles:,}", rate(pair.counts)


def rate(counts: Counts | None) -> str:
    """Write an F1, or a dash where there is nothing to judge."""
    return "-" if counts is None or counts.f1 is None else f"{counts.f1:.3f}"

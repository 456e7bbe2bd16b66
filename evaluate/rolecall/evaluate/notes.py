"""Notes: what a reader of numbers should know, in words."""

from collections.abc import Collection, Iterator

from rolecall.core.wording import few
from rolecall.evaluate.agreement import Agreement
from rolecall.evaluate.resample import MIN_GROUPS

NAMED = 3
"""How many articles a note names for each annotator."""


def counted(number: int, words: str, noun: str) -> list[str]:
    """Fill "1 span" or "2 spans" into a note, or give none for 0."""
    return [words.format(_some(number, noun))] if number else []


def few_groups(groups: int) -> list[str]:
    """Say where there are too few groups for an interval."""
    if groups >= MIN_GROUPS:
        return []
    return [f"{_some(groups, 'group')} of articles: below {MIN_GROUPS} the intervals are unreliable"]


def story_less(sources: Collection[str]) -> list[str]:
    """Say where there were no articles: then there are no stories, and reports of one event pass for independent."""
    return (
        ["no articles file: texts were not looked at, and each article is its own group"]
        if sources and "articles" not in sources
        else []
    )


def on_agreement(agreement: Agreement) -> Iterator[str]:
    """Say what was not compared: readings from suggestions, articles of one annotator only, pairs that share none."""
    alone = " that both labelled without a suggestion" if agreement.suggested else ""
    if not agreement.between and not agreement.with_gold:
        yield "no two people's labels of these articles to compare" + (
            ", leaving out those that started from a suggestion" if alone else ""
        )
    if agreement.suggested:
        yield _suggested(agreement.suggested)
    yield from counted(
        agreement.anchored, "gold: {} started from a model's suggestion; annotators are held against it", "adjudication"
    )
    for name, count in agreement.labelled.items():
        if count < agreement.articles:
            yield f"{name} labelled {count:,} of the {agreement.articles:,} articles"
    annotators = len(agreement.labelled)
    pairs = annotators * (annotators - 1) // 2 - len(agreement.between)
    yield from counted(pairs, f"{{}} of annotators without a common article{alone}: not compared", "pair")


def on_links(linkers: Collection[str], annotators: Collection[str], *, compared: bool) -> list[str]:
    """Say whose links and events were not compared: where one reader made none, there is nothing to agree on."""
    if not linkers:
        return []
    if not compared:
        return [f"links and events: made by {', '.join(sorted(linkers))} only, so there are none to compare"]
    without = sorted({*annotators} - {*linkers})
    return [f"links and events: {', '.join(without)} made none; the others are compared"] if without else []


def _suggested(readings: dict[str, dict[str, str]]) -> str:
    """Say whose readings started from a suggestion, and name the first few articles; the card has them all."""
    whose = [f"{name} {len(own):,} ({', '.join(few(own, NAMED))})" for name, own in readings.items()]
    total = _some(sum(map(len, readings.values())), "annotation")
    return f"agreement leaves out {total} made from a model's suggestion: {', '.join(whose)}"


def _some(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"

"""Readings that differ, for the tests of agreement: written to files, and opened."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article
from rolecall.evaluate.agreement_files import Opened, compare, measure, open_agreement
from rolecall.evaluate.agreement_page import make_page, write_page
from rolecall.evaluate.card import derive_agreement
from rolecall.evaluate.guidelines import Passage
from tests.evaluate.reported import Quotes, label

STRIKE = "Miners struck on Monday in Jarkul.\nPolice held two men in the main square.\n\nNobody was hurt."
MARCH = "Drivers marched on Friday.\nThe governor spoke."
QUIET = "All is well in Almaty."

TEXTS = {"strike": STRIKE, "march": MARCH, "quiet": QUIET}
ALIKE: Quotes = (("Miners", "PARTICIPANT"), ("struck", "PROTEST"), ("held", "ARREST"), ("Police", "AUTHORITY"))
READ: dict[str, dict[str, Quotes]] = {
    "strike": {
        "ana": (*ALIKE, ("on Monday", "TIME"), ("Jarkul", "PLACE"), ("two men", "DETAINEE")),
        "ben": (*ALIKE, ("Monday", "TIME"), ("Jarkul", "FACILITY"), ("main square", "FACILITY")),
        "cy": (*ALIKE, ("Monday", "TIME"), ("Jarkul", "PLACE"), ("two men", "DETAINEE")),
    },
    "march": {
        "ana": (("Drivers", "PARTICIPANT"), ("marched", "PROTEST"), ("on Friday", "TIME")),
        "ben": (("Drivers", "PARTICIPANT"), ("marched", "PROTEST"), ("Friday", "TIME")),
    },
    "quiet": {"ana": (), "ben": ()},
}
GOLD: dict[str, Quotes] = {
    "strike": (*ALIKE, ("Monday", "TIME"), ("Jarkul", "PLACE"), ("two men", "DETAINEE"), ("main square", "FACILITY"))
}
GUIDELINES = """# Guidelines

## Where and when
- TIME: the expression, without preposition.
- PLACE: the name
  alone.

## People
DETAINEE: who is held.

| label | meaning |
|---|---|
| FACILITY | a building |
"""


def write_files(
    folder: Path,
    texts: Mapping[str, str] = TEXTS,
    read: Mapping[str, Mapping[str, Quotes]] = READ,
    gold: Mapping[str, Quotes] = GOLD,
    links: Mapping[str, tuple[tuple[int, int], ...]] | None = None,
) -> tuple[Path, Path]:
    """Write labels.jsonl and articles.jsonl; `links` are those of each annotator, in every article."""
    articles = {name: Article.of(text, id=name, title=text.splitlines()[0]) for name, text in texts.items()}
    labels: list[Annotation] = [
        label(articles[name], quotes, by=by, links=(links or {}).get(by, ()))
        for name, by_reader in read.items()
        for by, quotes in by_reader.items()
    ]
    labels += [replace(label(articles[name], quotes), kind="adjudicated") for name, quotes in gold.items()]
    jsonl.write(folder / "articles.jsonl", articles.values())
    jsonl.write(folder / "labels.jsonl", labels)
    return folder / "labels.jsonl", folder / "articles.jsonl"


def opened(folder: Path, **what: Mapping[str, object]) -> Opened:
    labels, articles = write_files(folder, **what)  # type: ignore[arg-type]
    return open_agreement(labels, articles=articles)


def write_agreement(
    folder: Path, read: Opened, *, shown: int = 200, guidelines: Sequence[Passage] | None = None
) -> Path:
    """Write the page of what was read."""
    found = compare(read)
    card = measure(read, found, tokens=True, resamples=20)
    page = make_page(read, card, derive_agreement(card, read.scheme, guidelines), found, shown=shown)
    write_page(folder / "agreement.html", page)
    return folder / "agreement.html"

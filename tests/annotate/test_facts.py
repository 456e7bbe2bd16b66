"""What a card tells of a corpus, counted by hand."""

import pytest

from rolecall.annotate import facts
from rolecall.annotate.facts import Facts, Pair, measure
from rolecall.core.records import Annotation, Article, quote
from rolecall.evaluate.counts import Counts

ARTICLES = {name: Article.of(f"Rally {name} held nine", id=name) for name in "abcd"}


class Shelf:
    """Readings by article: the bounds and roles of each annotator, and who stands as gold."""

    def __init__(self, stands: dict[str, str], **readings: dict[str, list[tuple[int, int, str]]]) -> None:
        self._gold, self._readings = stands, readings

    def _make(self, name: str, by: str) -> Annotation:
        article = ARTICLES[name]
        spans = tuple(quote(article, *mark) for mark in self._readings[by][name])
        return Annotation(
            article=name,
            hash=article.hash,
            by=by,
            kind="adjudicated" if by == "gold" else "human",
            scheme="s:1:0",
            spans=spans,
        )

    def people(self, name: str) -> dict[str, Annotation]:
        return {by: self._make(name, by) for by, own in self._readings.items() if by != "gold" and name in own}

    def gold(self, name: str) -> Annotation:
        return self._make(name, self._gold[name])


SHELF = Shelf(
    {"a": "gold", "b": "ana", "c": "ana", "d": "gold"},
    ana={"a": [(0, 5, "PROTEST")], "b": [(8, 12, "ARREST")], "c": [(0, 5, "PROTEST")]},
    ben={"a": [(0, 5, "PROTEST"), (8, 12, "ARREST")], "b": [(8, 12, "ARREST")], "d": [(0, 5, "PROTEST")]},
    gold={"a": [(0, 5, "PROTEST"), (8, 12, "JUSTICE")], "d": []},
)


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_agreement_is_that_of_the_articles_that_several_read(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(facts, "AT_ONCE", at_once)
    between, against, roles = measure("abcd", SHELF)
    assert between == [Pair(("ana", "ben"), 2, Counts(2, 3, 2))]  # a and b; c and d have one reader
    assert roles == {"ARREST": Counts(1, 2, 1), "PROTEST": Counts(1, 1, 1)}
    # On a both are held against the adjudicated gold; on b ana's reading stands, so only ben is.
    assert against == [Pair(("gold", "ana"), 1, Counts(1, 1, 2)), Pair(("gold", "ben"), 2, Counts(2, 3, 3))]


def test_articles_are_counted_by_what_they_say() -> None:
    found = Facts()
    found.note(Article.of("a", source="The\n Herald", published="2024-05-01", lang="kk", meta={"licence": "MIT"}))
    found.note(Article.of("b", source="The Herald", published="May 2024", meta={"license": 3}))
    assert (found.sources, found.years) == ({"The Herald": 2}, {"2024": 1, "": 1})
    assert (found.languages, found.licences, found.licence) == ({"kk": 1, "": 1}, {"MIT": 1, "": 1}, None)
    alone = Facts()
    alone.note(Article.of("a", meta={"license": "MIT"}))
    assert alone.licence == "MIT"
    assert Facts().licence is None


def test_examples_are_short_few_and_different() -> None:
    found = Facts()
    found.show({"role": "PLACE", "text": text} for text in ("Aktau", "x" * 61, "aktau", "Almaty\nand", "Oral", "Semey"))
    assert found.examples == {"PLACE": ["Aktau", "Almaty and", "Oral"]}

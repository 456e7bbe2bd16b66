"""Short readings of short articles, written down by their words."""

from pathlib import Path
from typing import Any

from rolecall.annotate.adjudication.case import Case, open_case
from rolecall.annotate.adjudication.versions import Versions
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article, Span, normalise, quote
from rolecall.core.scheme import load_scheme

SCHEME = load_scheme("protest")

MARCH = Article.of(
    "Miners walk out in Jarkul.\n\nHundreds marched to the office on Monday. Riot police in helmets detained six near "
    "the bridge. A rally ended at dusk.",
    id="march",
)
RALLY = Article.of("Teachers rally in Aqtau.", id="rally")
STRIKE = Article.of("Students strike in Ust. Police watched.", id="strike")


def at(article: Article, phrase: str, role: str) -> Span:
    start = article.text.index(phrase)
    return quote(article, start, start + len(phrase), role)


def reading(by: str, article: Article, marks: str, links: str = "", events: str = "", **fields: Any) -> Annotation:
    """A reading from `ROLE phrase` with bars between, links as `phrase > phrase`, events as `phrase + phrase`."""
    spans = [at(article, phrase, role) for role, phrase in (part.split(" ", 1) for part in _parts(marks, "|"))]
    number = {span.text: index for index, span in enumerate(spans)}
    known: dict[str, Any] = {"kind": "human", "scheme": SCHEME.fingerprint, "status": "submitted"}
    made = Annotation(
        article=article.id,
        hash=article.hash,
        by=by,
        spans=tuple(spans),
        links=tuple((number[one], number[other]) for one, other in (_parts(link, ">") for link in _parts(links, "|"))),
        events=tuple(tuple(number[word] for word in _parts(event, "+")) for event in _parts(events, "|")),
        **(known | fields),
    )
    return normalise(made)


def _parts(words: str, mark: str) -> list[str]:
    return [part.strip() for part in words.split(mark) if part.strip()]


ANA = reading(
    "ana",
    MARCH,
    "PARTICIPANT Miners | PROTEST walk out | PLACE Jarkul | PROTEST marched | FACILITY office | TIME Monday"
    " | AUTHORITY Riot police | ARREST detained | PROTEST rally",
    "walk out > Miners | walk out > Jarkul | marched > office | detained > Riot police",
    "walk out + marched + rally",
)
BEN = reading(
    "ben",
    MARCH,
    "ORGANIZER Miners | PROTEST walk out | PLACE Jarkul | PROTEST marched | FACILITY office | TIME Monday"
    " | AUTHORITY Riot police in helmets | ARREST detained | PROTEST rally | FACILITY bridge",
    "walk out > Miners | walk out > Jarkul | marched > Monday | detained > Riot police in helmets",
    "walk out + marched",
)
AGREED = [reading(by, RALLY, "PARTICIPANT Teachers | PROTEST rally", "rally > Teachers") for by in ("ana", "ben")]
ALONE = reading("ana", STRIKE, "PROTEST strike")


def case_of(*readings: Annotation, article: Article = MARCH) -> Case:
    return open_case(article, {each.by: each for each in readings}, SCHEME)


class Files:
    """The files of one adjudication."""

    def __init__(
        self, folder: Path, *readings: Annotation, articles: tuple[Article, ...] = (MARCH, RALLY, STRIKE)
    ) -> None:
        self.folder = folder
        self.articles, self.annotations = folder / "articles.jsonl", folder / "annotations.jsonl"
        self.gold, self.decisions = folder / "gold.jsonl", folder / "decisions.jsonl"
        jsonl.write(self.articles, [MARCH, RALLY, STRIKE])
        self.label(*readings or (ANA, BEN, *AGREED, ALONE))
        self.inputs = [str(self.annotations), "--articles", str(self.articles), "--scheme", "protest"]
        self.outputs = ["--out", str(self.gold), "--decisions", str(self.decisions)]

    def label(self, *readings: Annotation) -> None:
        jsonl.write(self.annotations, readings)

    def versions(self) -> Versions:
        return Versions(self.annotations, SCHEME, jsonl.ArticleFile(self.articles))

    def made(self) -> dict[str, Annotation]:
        """The gold, by article."""
        return {each.article: each for each in jsonl.read(self.gold, Annotation)}

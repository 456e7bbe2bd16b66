"""The report of a score: one web page that needs no network, and Markdown.

Texts, titles, ids and annotators' names come from outside and are escaped wherever they are written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from rolecall.evaluate import card as cards
from rolecall.evaluate import readings, table
from rolecall.evaluate.card import Derived, Scorecard, Source
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.files import open_files, read_as
from rolecall.evaluate.marks import Mark, Piece, paragraphs, pieces, tracks
from rolecall.evaluate.match import keys, strict
from rolecall.evaluate.score import people
from rolecall.evaluate.summary import Summary
from rolecall.evaluate.tally import Readings, Row, tally


class Paragraph(NamedTuple):
    """A line of a text with the spans of both sides."""

    gold: list[Piece]
    predicted: list[Piece]

    @property
    def blank(self) -> bool:
        """Whether there is only white space to see."""
        return not any(piece.text.strip() or piece.bars for piece in self.gold + self.predicted)

    @property
    def depth(self) -> int:
        """How many tracks lie under the line."""
        return max((bar.track + 1 for piece in self.gold + self.predicted for bar in piece.bars), default=0)


class ArticleView(NamedTuple):
    """What the page shows of an article."""

    id: str
    title: str | None
    lang: str | None
    group: str
    counts: Counts
    paragraphs: list[Paragraph]


class Entry(NamedTuple):
    """An article's line in the list of articles."""

    id: str
    title: str | None
    counts: Counts


class Report(NamedTuple):
    """A scorecard with the very labels and texts that it was made from."""

    card: Scorecard
    derived: Derived
    scheme: Scheme
    gold: Readings
    predictions: Readings
    people: Mapping[str, Readings]
    texts: Mapping[str, Article]

    @property
    def scores(self) -> Summary:
        """The numbers of the reader that was scored."""
        return self.derived.scores

    def entries(self) -> Iterator[Entry]:
        """List the articles in the order of gold."""
        counts = {row.article: sum(row.counts.values(), Counts()) for row in self.card.tally.rows}
        for name in self.gold:
            yield Entry(name, self.texts[name].title, counts[name])

    def articles(self) -> Iterator[ArticleView]:
        """View each article in the order of gold."""
        for name, reading in self.gold.items():
            prediction = self.predictions.get(name)
            yield view(self.texts[name], reading, prediction, self.people.get(name, {}))


def open_report(
    scorecard: Path,
    *,
    gold: Path,
    predictions: Path,
    articles: Path,
    annotators: Path | None = None,
    scheme: str | Path | None = None,
    projection: str | Path | None = None,
) -> Report:
    """Read a scorecard and the files that it was made from.

    `projection` is needed where labels were scored through one that is not shipped. Raises InputError where a file is
    not the one that was scored.
    """
    card = cards.read(scorecard)
    if not {"gold", "predictions"} <= card.sources.keys():
        raise InputError(
            "does not say which files it was made from", path=scorecard, remedy="make it with: rolecall evaluate score"
        )
    given = {"gold": gold, "predictions": predictions, "articles": articles, "annotators": annotators}
    for name, path in given.items():
        if path is not None and name in card.sources:
            _check_source(card.sources[name], name, path)
    opened = open_files(
        gold, predictions, annotators, scheme, (card.sources["gold"].by, card.sources["predictions"].by)
    )
    texts = jsonl.ArticleFile(articles)
    groups = readings.verify(texts, articles, opened.gold, opened.sides)
    read = read_as(opened, projection or card.terms.projection)
    counted = tally(read.gold, read.predictions, groups if "articles" in card.sources else {})
    if [_essence(row) for row in counted.rows] != [_essence(row) for row in card.tally.rows]:
        raise InputError(
            "does not hold the counts of the files it names",
            path=scorecard,
            remedy="make it anew with: rolecall evaluate score",
        )
    others = people(read.people) if read.people is not None else {}
    return Report(card, cards.derive(card), read.scheme, read.gold, read.predictions, others, texts)


def _essence(row: Row) -> tuple[str, str, dict[str, Counts]]:
    return row.article, row.group, row.counts


def _check_source(source: Source, name: str, path: Path) -> None:
    """Raise InputError where a file is not the one that was scored."""
    if source.sha256 != readings.file_hash(path):
        raise InputError(
            f"is not the file that was scored as {name} ({source.file}, SHA-256 {source.sha256[:12]})",
            path=path,
            remedy="give the files that `rolecall evaluate score` read, or score again",
        )


def view(
    article: Article, gold: Annotation, predicted: Annotation | None, annotators: Mapping[str, Annotation]
) -> ArticleView:
    """Prepare an article for the page: what is correct, missed and spurious, and who else marked what is in doubt."""
    match = strict(keys(gold.spans), keys(predicted.spans if predicted else ()))
    labelled = {name: keys(reading.spans) for name, reading in annotators.items()}

    def doubted(key: tuple[int, int, str]) -> str:
        return ", ".join(name for name, found in labelled.items() if key in found)

    correct = [Mark(*key, verdict="correct") for key in match.correct]
    left = tracks(correct + [Mark(*key, verdict="missed", note=doubted(key)) for key in match.missed])
    right = tracks(correct + [Mark(*key, verdict="spurious", note=doubted(key)) for key in match.spurious])
    return ArticleView(
        id=article.id,
        title=article.title,
        lang=article.lang,
        group=article.group,
        counts=Counts(len(correct), len(right), len(left)),
        paragraphs=[
            Paragraph(pieces(article.text, start, end, left), pieces(article.text, start, end, right))
            for start, end in paragraphs(article.text)
        ],
    )


def write_report(report: Report, folder: Path, articles: Iterable[ArticleView] | None = None) -> list[Path]:
    """Write report.html and report.md into a folder, and return their paths; `articles` are `report.articles()`."""
    html, markdown = folder / "report.html", folder / "report.md"
    context = _context(report)
    shown = report.articles() if articles is None else articles
    with jsonl.open_atomic(html) as file:
        for part in _environment(markdown=False).get_template("report.html").generate(context, articles=shown):
            file.write(part.encode())
    jsonl.write_text(markdown, _environment(markdown=True).get_template("report.md").render(context))
    return [html, markdown]


def _context(report: Report) -> dict[str, Any]:
    """Name what both templates write."""
    roles = [*report.scheme.roles.values()]
    return {
        "card": report.card,
        "entries": report.entries,
        "annotators": bool(report.people),
        "derived": report.derived,
        "scores": report.scores,
        "yardstick": report.derived.human.yardstick if report.derived.human else None,
        "lines": [*table.lines(report.scores, report.card.layers, report.derived.human)],
        "footnote": table.FOOTNOTE if table.any_doubtful(report.scores) else "",
        "scheme": report.scheme,
        "css_class": {role.name: f"r{index}" for index, role in enumerate(roles)},
        "colours": [(f"r{index}", role.colour, ink(role.colour)) for index, role in enumerate(roles)],
        "symbols": {"correct": "✓", "missed": "−", "spurious": "+"},
        "support": table.support,
        "number": table.number,
        "some": table.some,
        "interval": table.interval,
        "code": code,
    }


def _environment(*, markdown: bool) -> Environment:
    """Make a template environment that escapes everything: as HTML, or as Markdown."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=not markdown,  # noqa: S701  # Markdown has an escape of its own
        finalize=escape_markdown if markdown else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def escape_markdown(value: object) -> str:
    """Escape what Markdown or HTML could read as more than text, and keep it on one line, in its direction.

    Marks that turn the direction of what follows (Unicode 9, bidirectional formatting) would turn our numbers too.
    """
    if isinstance(value, Markup):
        return value
    plain = re.sub("[\u202a-\u202e\u2066-\u2069]", "", " ".join(str(value).split()))
    return re.sub(r"([\\`*_{}\[\]<>|#~$&!])", r"\\\1", plain)


def code(value: str) -> Markup:
    """Write a value as code in Markdown, where nothing but a backtick or a line end has a meaning."""
    return Markup("`" + re.sub(r"[`\s]+", " ", value) + "`")  # noqa: S704  # for Markdown only


def ink(colour: str) -> str:
    """Choose black or white, whichever is easier to read on a colour (WCAG 2.2 contrast ratio)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#fff"

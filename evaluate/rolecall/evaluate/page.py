"""What a report shows, prepared for its templates: articles with marked spans, and the names of things."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme
from rolecall.evaluate import table
from rolecall.evaluate.card import Derived, Scorecard
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.detail import EVENTS, REACH, SURFACE, VALUE
from rolecall.evaluate.digest_table import SHOWN
from rolecall.evaluate.errors import KINDS, Error, Kind
from rolecall.evaluate.marks import Mark, Piece, aligned, paragraphs, pieces
from rolecall.evaluate.match import Key, keys, strict
from rolecall.evaluate.summary import Line
from rolecall.evaluate.table import TableLine
from rolecall.evaluate.templating import code, ink
from rolecall.evaluate.tokenwise import Kappa, Kappas

DEPTH = 24
"""How many tracks under a line have a style; those beyond lie on the last."""

LISTED = 50
"""Up to how many articles the Markdown lists; a corpus would be too long for a comment."""

PARTS = {
    VALUE: (
        "Counts by their value",
        "A count is right when it stands for a gold span of its role and means the same number.",
    ),
    SURFACE: (
        "Phrases seen in training",
        "Seen: training has the same words in the same role. Unseen: it has not.",
    ),
    REACH: (
        "What the model could reach",
        "Unreachable: the ledger says that these gold spans were lost on the way to the model. They count as missed.",
    ),
    EVENTS: (
        "Arguments of events",
        "AI: found, for an event of the right type. AC: with the right role too. With +: attached to the right event.",
    ),
}
"""The title of each part, and what its lines mean."""


KIND_WORDS: dict[Kind, str] = {
    "missed": "no predicted span stands for it",
    "spurious": "it stands for no gold span",
    "wrong role": "the bounds are right",
    "wrong role and bounds": "an overlap, and no more",
    "too long": "the role is right, the span holds more than gold",
    "too short": "the role is right, the span holds less than gold",
    "shifted": "the role is right, neither span holds the other",
    "split": "one gold span, predicted in parts",
    "merged": "several gold spans, predicted as one",
    "wrong layer": "a role of another layer",
    "wrong event": "a right argument, attached to another event",
}


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
    """What the page shows of an article; `wrong` says whether anything in it is an error."""

    id: str
    title: str | None
    lang: str | None
    group: str
    counts: Counts
    wrong: bool
    paragraphs: list[Paragraph]


class Entry(NamedTuple):
    """An article's line in the list of articles."""

    id: str
    title: str | None
    counts: Counts


def view(
    article: Article,
    gold: Annotation,
    predicted: Annotation | None,
    annotators: Mapping[str, Annotation],
    *,
    errors: Sequence[Error],
    scheme: Scheme,
    group: str | None = None,
) -> ArticleView:
    """Prepare an article: what is correct, missed and spurious, of which kind, and who else marked what is in doubt.

    `group` is what it was counted in, where that is known better than from the article alone.
    """
    match = strict(keys(gold.spans), keys(predicted.spans if predicted else ()))
    labelled = {name: keys(reading.spans) for name, reading in annotators.items()}

    def note(key: Key) -> str:
        return ", ".join(name for name, found in labelled.items() if key in found)

    in_gold, in_predicted = _kinds(errors)
    left = [Mark(*key, verdict="correct", kind=in_gold.get(key, "")) for key in match.correct]
    right = [Mark(*key, verdict="correct", kind=in_predicted.get(key, "")) for key in match.correct]
    left += [Mark(*key, verdict="missed", note=note(key), kind=in_gold.get(key, "")) for key in match.missed]
    right += [Mark(*key, verdict="spurious", note=note(key), kind=in_predicted.get(key, "")) for key in match.spurious]
    return ArticleView(
        id=article.id,
        title=article.title,
        lang=article.lang,
        group=group or article.group,
        counts=Counts(len(match.correct), len(right), len(left)),
        wrong=bool(errors),
        paragraphs=[
            _paragraph(article.text, start, end, (left, right), scheme.layer_of)
            for start, end in paragraphs(article.text)
        ],
    )


def _kinds(errors: Sequence[Error]) -> tuple[dict[Key, str], dict[Key, str]]:
    """Give the spans in error their kind, on either side; of a wrong event only the argument."""
    gold: dict[Key, str] = {}
    predicted: dict[Key, str] = {}
    for error in errors:
        only = 1 if error.kind == "wrong event" else None
        gold.update({span.key: error.kind for span in error.gold[:only]})
        predicted.update({span.key: error.kind for span in error.predicted[:only]})
    return gold, predicted


def _paragraph(
    text: str, start: int, end: int, sides: Sequence[Sequence[Mark]], layer_of: Mapping[str, str]
) -> Paragraph:
    """Lay the marks of one line out; layers lie on the same tracks on both sides."""
    inside = [[mark for mark in side if mark.start < end and start < mark.end] for side in sides]
    return Paragraph(*(pieces(text, start, end, bars) for bars in aligned(inside, layer_of)))


def part_lines(lines: Mapping[str, Line]) -> list[TableLine]:
    """Return the lines of a table by field or part."""
    return [TableLine("role", name, line, None) for name, line in lines.items()]


def said(spans: Sequence[Span]) -> str:
    """Write one side of an error on one line."""
    return " + ".join(f"{span.role} «{' '.join(span.text.split())}»" for span in spans) or "nothing"


def kappa_rows(kappas: Mapping[str, Kappas]) -> list[tuple[Kappa, ...]]:
    """Return a row for each pair with a common article, then one for all of three or more, a kappa for each layer."""
    pairs = zip(*(each.cohen for each in kappas.values()), strict=True)
    rows = [row for row in pairs if row[0].articles]
    together = tuple(each.fleiss for each in kappas.values() if len(each.fleiss.annotators) > 2)
    return [*rows, together] if together else rows


def context(card: Scorecard, derived: Derived, scheme: Scheme) -> dict[str, Any]:
    """Name what both templates write, but for errors and articles."""
    roles = [*scheme.roles.values()]
    return {
        "card": card,
        "derived": derived,
        "details": derived.details,
        "scores": derived.scores,
        "yardstick": derived.human.yardstick if derived.human else None,
        "lines": [*table.lines(derived.scores, card.layers, derived.human)],
        "part_lines": part_lines,
        "parts": PARTS,
        "footnote": table.FOOTNOTE if table.any_doubtful(derived.scores) else "",
        "scheme": scheme,
        "css_class": {role.name: f"r{index}" for index, role in enumerate(roles)},
        "kind_class": {kind: f"e{index}" for index, kind in enumerate(KINDS)},
        "kinds": KIND_WORDS,
        "kappa_rows": kappa_rows(card.kappa),
        "shown": SHOWN,
        "listed": LISTED,
        "said": said,
        "colours": [(f"r{index}", role.colour, ink(role.colour)) for index, role in enumerate(roles)],
        "depth": DEPTH,
        "support": table.support,
        "number": table.number,
        "some": table.some,
        "interval": table.interval,
        "code": code,
    }

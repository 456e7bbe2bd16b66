"""The records that travel between stages, one JSON object a line.

Offsets are half-open Unicode code points into `Article.text`, so `text[span.start:span.end] == span.text`
in Python whatever the script, the emoji or the line endings.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, Self

import msgspec

Kind = Literal["human", "model", "adjudicated"]
Status = Literal["submitted", "skipped", "draft"]


def text_hash(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class Article(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """One news article; `text` opens with the headline and never changes after ingest.

    Raises ValueError when `hash` is not the SHA-256 of `text`, or when the id or the text is empty.
    """

    id: str
    hash: str
    title: str | None = None
    published: str | None = None
    source: str | None = None
    url: str | None = None
    lang: str | None = None
    story: str | None = None
    duplicate_of: str | None = None
    text: str
    meta: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise ValueError("an article needs an id")
        if not self.text:
            raise ValueError(f"article {self.id!r} has no text")
        if text_hash(self.text) != self.hash:
            raise ValueError(f"article {self.id!r}: hash is not the SHA-256 of text: the text was altered after ingest")

    @classmethod
    def of(cls, text: str, *, id: str | None = None, **fields: Any) -> Self:  # noqa: A002  # the record's own name
        """Make an article from its text; without an id it is the first 16 hex digits of the hash."""
        digest = text_hash(text)
        return cls(id=id if id is not None else digest[:16], hash=digest, text=text, **fields)

    @property
    def group(self) -> str:
        """The unit that must not be torn apart, as far as this record alone tells: `core.groups` joins a whole file."""
        return self.story or self.duplicate_of or self.id


class Span(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A labelled stretch of an article, half-open: `text` is its quote, `score` a probability in [0, 1]."""

    start: int
    end: int
    role: str
    text: str
    score: float | None = None
    unsure: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span bounds must satisfy 0 <= start < end, not {self.start}, {self.end}")
        if len(self.text) != self.end - self.start:
            raise ValueError(
                f"span {self.start}:{self.end} ({self.role}) has a quote of {len(self.text)} characters: {self.text!r}"
            )

    @property
    def key(self) -> tuple[int, int, str]:
        """What strict matching compares: bounds and role."""
        return self.start, self.end, self.role


class Annotation(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """One annotator's (or model's) reading of one article.

    `links` are (trigger, argument) and `events` are groups of triggers, both as indices into `spans`.
    A trigger that stands in no group is an event of its own. `choices` are answers about the article as a whole, by
    question. `seconds` is the time spent, `created` and `updated` are ISO 8601, `from_prediction` names the model
    version of the suggestion that the annotator started from.
    """

    article: str
    hash: str
    by: str
    kind: Kind
    scheme: str
    spans: tuple[Span, ...]
    links: tuple[tuple[int, int], ...] = ()
    events: tuple[tuple[int, ...], ...] = ()
    choices: dict[str, tuple[str, ...]] = {}
    status: Status | None = None
    created: str | None = None
    updated: str | None = None
    seconds: float | None = None
    from_prediction: str | None = None

    def __post_init__(self) -> None:
        count = len(self.spans)
        for link in self.links:
            if not all(0 <= index < count for index in link) or link[0] == link[1]:
                raise ValueError(f"link {list(link)} does not join two of the {count} spans")
        seen: set[int] = set()
        for event in self.events:
            if not event or not all(0 <= index < count for index in event):
                raise ValueError(f"event {list(event)} does not name any of the {count} spans")
            if seen.intersection(event) or len(set(event)) != len(event):
                raise ValueError(f"event {list(event)}: a trigger belongs to one event, once")
            seen.update(event)


Record = Article | Annotation


def quote(article: Article, start: int, end: int, role: str, *, score: float | None = None) -> Span:
    """Make a span of an article with its quote; raise ValueError when the bounds are outside the text."""
    if end > len(article.text):
        raise ValueError(f"span {start}:{end} ({role}) ends after the text's {len(article.text)} characters")
    return Span(start, end, role, article.text[start:end], score)


def disagreement(annotation: Annotation, article: Article) -> str | None:
    """Say why an annotation cannot be of this article's text, or None when it is: same hash, every quote in place."""
    name = f"article {article.id!r}"
    if annotation.article != article.id:
        return f"annotation of article {annotation.article!r} held against {name}"
    if annotation.hash != article.hash:
        return f"{name} has changed since it was labelled: hash {annotation.hash[:12]} is now {article.hash[:12]}"
    for span in annotation.spans:
        found = article.text[span.start : span.end]
        if found != span.text:
            return f"{name}, {span.start}:{span.end} ({span.role}): the text has {found!r}, the quote is {span.text!r}"
    return None


def normalise(annotation: Annotation) -> Annotation:
    """Order spans by (start, end, role, unsure, score), renumber links and events with them, order those and choices.

    Two annotations that say the same are equal after it, apart from who, when and how long. A group of one trigger
    says no more than its absence, so it goes.
    """
    spans = annotation.spans
    order = sorted(
        range(len(spans)), key=lambda i: (*spans[i].key, spans[i].unsure, -1.0 if (s := spans[i].score) is None else s)
    )
    place = {old: new for new, old in enumerate(order)}
    return msgspec.structs.replace(
        annotation,
        spans=tuple(spans[index] for index in order),
        links=tuple(sorted({(place[trigger], place[argument]) for trigger, argument in annotation.links})),
        events=tuple(sorted(tuple(sorted(place[i] for i in event)) for event in annotation.events if len(event) > 1)),
        choices={name: tuple(sorted(set(chosen))) for name, chosen in sorted(annotation.choices.items()) if chosen},
    )


def select_spans(annotation: Annotation, keep: Sequence[int]) -> Annotation:
    """Return the annotation with only the spans at these indices, and the links and events that survive them."""
    place = {old: new for new, old in enumerate(keep)}
    events = (tuple(place[index] for index in event if index in place) for event in annotation.events)
    return msgspec.structs.replace(
        annotation,
        spans=tuple(annotation.spans[index] for index in keep),
        links=tuple((place[a], place[b]) for a, b in annotation.links if a in place and b in place),
        events=tuple(event for event in events if event),
    )

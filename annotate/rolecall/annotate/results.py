"""What an annotation says, in Label Studio's wire format: `results_of` and `read_results` are inverses.

A result is a region with a label, a mark on a region, a choice about the article, or a relation between two regions.
Offsets on the wire are Unicode code points into the task's text, as ours are; the quote that Label Studio writes beside
them is not always the text (line ends and double spaces differ), so quotes are always taken from the article.
Format: https://labelstud.io/guide/task_format
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from rolecall.annotate import relations
from rolecall.annotate.labelling import ARTICLE, COME_BACK, NO_EVENT, TEXT, UNSURE
from rolecall.annotate.relations import Nothing, Pair
from rolecall.core.errors import InputError
from rolecall.core.ledger import Outcome, Unit, describe
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme

Json = dict[str, Any]


class Loss(NamedTuple):
    """An item of the wire that did not come home as it stood there."""

    unit: Unit
    outcome: Outcome
    item: str
    reason: str
    became: str | None = None


class Remark(NamedTuple):
    """Something to look at where nothing was lost: `what` in a few fixed words, `where` in its own."""

    what: str
    where: str


class Reading(NamedTuple):
    """What a list of results says.

    `entered` counts what stood on the wire before anything was decided: labels as "span", relations that join two
    triggers as "event", other relations as "link". `kept` counts what came home unchanged; `losses` holds the rest.
    """

    spans: tuple[Span, ...]
    links: tuple[Pair, ...]
    events: tuple[tuple[int, ...], ...]
    choices: frozenset[str]
    entered: Mapping[Unit, int]
    kept: Mapping[Unit, int]
    losses: tuple[Loss, ...]
    remarks: tuple[Remark, ...]


def results_of(annotation: Annotation, scheme: Scheme) -> list[Json]:
    """Write what an annotation says: a link as a relation from trigger to argument, an event as a chain of triggers.

    Raises InputError for what the wire cannot carry: a role that the scheme does not have, a link that does not run
    from a trigger to an argument, an event of something other than triggers.
    """
    _check_writable(annotation, scheme)
    results: list[Json] = []
    for index, span in enumerate(annotation.spans):
        region = _region(index, span, scheme.layer_of[span.role], "labels", span.role)
        results.append(region if span.score is None else region | {"score": span.score})
        if span.unsure:
            results.append(_region(index, span, UNSURE, "choices", UNSURE))
    chains = [pair for event in annotation.events for pair in pairwise(event)]
    for one, other in [*annotation.links, *chains]:
        ends = {"from_id": _region_id(one), "to_id": _region_id(other)}
        results.append({"type": "relation", **ends, "direction": "right"})
    if annotation.status == "draft":
        choice = {"choices": [COME_BACK]}
        results.append({"id": ARTICLE, "type": "choices", "from_name": ARTICLE, "to_name": TEXT, "value": choice})
    return results


def _region_id(index: int) -> str:
    return f"span-{index}"


def _region(index: int, span: Span, control: str, kind: str, label: str) -> Json:
    value = {"start": span.start, "end": span.end, "text": span.text, kind: [label]}
    return {"id": _region_id(index), "type": kind, "from_name": control, "to_name": TEXT, "value": value}


def _check_writable(annotation: Annotation, scheme: Scheme) -> None:
    name = f"annotation of article {annotation.article!r} by {annotation.by!r}"
    spans = annotation.spans
    for span in spans:
        if span.role not in scheme.roles:
            raise InputError(f"{name}: role {span.role!r} is not in the scheme {scheme.name}")
    trigger = [span.role in scheme.triggers for span in spans]
    for head, argument in annotation.links:
        if not trigger[head] or trigger[argument]:
            raise InputError(
                f"{name}: the link {describe(spans[head])} -> {describe(spans[argument])} does not run from a trigger "
                "to an argument",
                remedy="write links as [trigger, argument]; triggers of one event belong together in `events`",
            )
    for event in annotation.events:
        for index in event:
            if not trigger[index]:
                raise InputError(
                    f"{name}: {describe(spans[index])} stands in an event, but is no trigger",
                    remedy="events hold triggers; join an argument to its trigger in `links`",
                )


def read_results(results: Sequence[Any], article: Article, scheme: Scheme) -> Reading:
    """Read a list of results, whoever or whatever wrote it, and tell what it holds that cannot be kept."""
    items = [item if isinstance(item, dict) else {} for item in results]
    labels = [item for item in items if _type(item).endswith("labels")]
    drawn = [item for item in items if _type(item) == "relation"]
    others = [item for item in items if not _type(item).endswith("labels") and _type(item) != "relation"]
    reader = _Reader(article, scheme)
    for item in labels:
        reader.add_region(item)
    for item in drawn:
        reader.add_relation(item)
    reader.remark_shared_ids()
    unsure, choices = reader.add_marks(others)
    spans = tuple(
        Span(*span.key, span.text, span.score, unsure=index in unsure) for index, span in enumerate(reader.spans)
    )
    if NO_EVENT in choices and spans:
        reader.remark(f"marked {NO_EVENT!r}, but has spans", f"{len(spans)} spans")
    return Reading(
        spans=spans,
        links=tuple(reader.links),
        events=relations.groups(reader.joins),
        choices=frozenset(choices),
        entered={
            "span": sum(max(1, len(_labels(item))) for item in labels),
            "link": len(drawn) - reader.joining,
            "event": reader.joining,
        },
        kept=reader.kept,
        losses=tuple(reader.losses),
        remarks=tuple(reader.remarks),
    )


class _Reader:
    """The state of one reading: what was kept so far, what was lost, and which spans stand under which region id."""

    def __init__(self, article: Article, scheme: Scheme) -> None:
        self.article, self.scheme = article, scheme
        self.spans: list[Span] = []
        self.links: list[Pair] = []
        self.joins: list[Pair] = []
        self.joining = 0
        self.kept: dict[Unit, int] = {"span": 0, "link": 0, "event": 0}
        self.losses: list[Loss] = []
        self.remarks: list[Remark] = []
        self._regions: dict[str, list[int]] = {}
        self._refused: set[str] = set()

    def remark(self, what: str, where: str) -> None:
        self.remarks.append(Remark(what, where))

    def add_region(self, item: Json) -> None:
        """Make a span of each label of a region."""
        name = _name(item.get("id"))
        start: Any = _value(item).get("start")
        end: Any = _value(item).get("end")
        for label in _labels(item) or [""]:
            if reason := self._refusal(item, label) or _misplacement(start, end, len(self.article.text)):
                words = f"{start}:{end} {label or '(no label)'}, region {name or '(no id)'}"
                self.losses.append(Loss("span", "dropped", words, reason))
                self._refused.add(name)
                continue
            if item.get("from_name") != self.scheme.layer_of[label]:
                self.remark("label under another layer's name", f"{start}:{end} {label} under {item.get('from_name')}")
            self._add_span(name, start, end, label, item.get("score"))

    def _refusal(self, item: Json, label: str) -> str:
        if not label:
            return "no label"
        if label not in self.scheme.roles:
            return "no such role in the scheme"
        return "" if item.get("to_name") == TEXT else "not on the article's text"

    def _add_span(self, name: str, start: int, end: int, role: str, score: Any) -> None:
        span = Span(start, end, role, self.article.text[start:end])
        beside = self._regions.get(name, [])
        if any(self.spans[index].key == span.key for index in beside):
            self.losses.append(Loss("span", "changed", describe(span), "same label twice on one region", "one span"))
            return
        if score is None:
            self.kept["span"] += 1
        elif type(score) in {int, float} and 0 <= score <= 1:
            span = Span(*span.key, span.text, float(score))
            self.kept["span"] += 1
        else:
            self.losses.append(Loss("span", "changed", describe(span), "score is no probability", "without a score"))
        if name:
            self._regions.setdefault(name, []).append(len(self.spans))
        self.spans.append(span)

    def add_relation(self, item: Json) -> None:
        """Make a link or an event of a relation, or say why not."""
        ends = _name(item.get("from_id")), _name(item.get("to_id"))
        found = self._refused_end(ends) or relations.meaning(
            (self._regions[ends[0]], self._regions[ends[1]]), self.spans, self.scheme
        )
        if isinstance(found, Nothing):
            words = f"{self._words(ends[0])} -> {self._words(ends[1])}"
            self.losses.append(Loss("link", "dropped", words, found.reason))
            return
        self.joining += found.joins
        unit: Unit = "event" if found.joins else "link"
        known = self.joins if found.joins else self.links
        words = " -> ".join(describe(self.spans[index]) for index in found.pair)
        if found.pair in known:
            self.losses.append(Loss(unit, "changed", words, "drawn twice", "one relation"))
            return
        if not found.fits:
            self.remark("role does not attach to this trigger", words)
        known.append(found.pair)
        self.kept[unit] += 1

    def _refused_end(self, ends: tuple[str, str]) -> Nothing | None:
        if ends[0] == ends[1]:
            return Nothing("joins a region to itself")
        for name in ends:
            if name not in self._regions:
                return Nothing("an end was refused" if name in self._refused else "no such region")
        return None

    def _words(self, name: str) -> str:
        """Name a region by what stands under its id."""
        return " and ".join(describe(self.spans[index]) for index in self._regions.get(name, [])) or f"region {name!r}"

    def add_marks(self, items: Iterable[Json]) -> tuple[set[int], set[str]]:
        """Return the spans marked unsure and the choices about the article; remark on marks that are neither."""
        unsure: set[int] = set()
        choices: set[str] = set()
        for item in items:
            control, chosen = item.get("from_name"), _words(item, "choices")
            if control == ARTICLE:
                choices.update(chosen)
            elif control != UNSURE:
                self.remark("answer to a question that is not the scheme's", f"{_type(item)} {control}")
            elif UNSURE in chosen:
                unsure.update(self._marked(_name(item.get("id"))))
        return unsure, choices

    def remark_shared_ids(self) -> None:
        """Remark on ids that carry several labels: a relation or a mark on them may not say which one it means."""
        for name, found in self._regions.items():
            if len(found) > 1:
                self.remark("several labels under one region id", self._words(name))

    def _marked(self, name: str) -> list[int]:
        """The spans that a mark on a region means: all that stand under its id."""
        marked = self._regions.get(name, [])
        if len(marked) != 1:
            what = "on a region with several labels: all are marked" if marked else "on no region that was kept"
            self.remark(f"'{UNSURE}' {what}", self._words(name))
        return marked


def _misplacement(start: Any, end: Any, length: int) -> str:
    """Say why offsets name no stretch of a text of that length, or ""."""
    if type(start) is not int or type(end) is not int:
        return "offsets are no whole numbers"
    if start == end:
        return "empty"
    if start > end:
        return "reversed"
    return "" if start >= 0 and end <= length else "out of range"


def _type(item: Json) -> str:
    return str(item.get("type"))


def _value(item: Json) -> Json:
    value = item.get("value")
    return value if isinstance(value, dict) else {}


def _words(item: Json, key: str) -> list[str]:
    """The strings under a key of a result's value; what is no string is written as one, to be refused by its name."""
    words = _value(item).get(key)
    return [str(word) for word in words] if isinstance(words, list) else []


def _labels(item: Json) -> list[str]:
    return _words(item, _type(item))


def _name(value: Any) -> str:
    """A region's id, or "" where it has none."""
    return value if isinstance(value, str) else ""

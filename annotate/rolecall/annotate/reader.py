"""Read what stands in Label Studio's wire format, whoever or whatever wrote it: the inverse of `results.results_of`.

The quote that Label Studio writes beside offsets is not always the text (line ends and double spaces differ), so
quotes are always taken from the article.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rolecall.annotate import regions, relations
from rolecall.annotate.labelling import ARTICLE, COME_BACK, NO_EVENT, TEXT, UNSURE, answers_of
from rolecall.annotate.regions import Misplaced, Place
from rolecall.annotate.relations import Nothing, Pair
from rolecall.annotate.wire import Json, item_of, labels_of, name_of, type_of, value_of, words_of
from rolecall.core.ledger import Ledger, Outcome, Source, Unit, describe
from rolecall.core.records import Article, Span
from rolecall.core.scheme import Scheme


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
    triggers as "event", other relations as "link", ticked answers and marks as "choice". `kept` counts what came home
    unchanged; `losses` holds the rest. `come_back` tells that the annotator means to; `suggested` counts the spans that
    a suggestion brought.
    """

    spans: tuple[Span, ...]
    links: tuple[Pair, ...]
    events: tuple[tuple[int, ...], ...]
    choices: dict[str, tuple[str, ...]]
    come_back: bool
    suggested: int
    entered: Mapping[Unit, int]
    kept: Mapping[Unit, int]
    losses: tuple[Loss, ...]
    remarks: tuple[Remark, ...]


def read_results(results: Sequence[Any], article: Article, scheme: Scheme) -> Reading:
    """Read a list of results, whoever or whatever wrote it, and tell what it holds that cannot be kept."""
    items = [item_of(item) for item in results]
    labels = [item for item in items if type_of(item).endswith("labels")]
    drawn = [item for item in items if type_of(item) == "relation"]
    others = [item for item in items if not type_of(item).endswith("labels") and type_of(item) != "relation"]
    reader = _Reader(article, scheme, utf16=regions.in_utf16(labels, article.text))
    for item in labels:
        reader.add_region(item)
    for item in drawn:
        reader.add_relation(item)
    reader.remark_shared_ids()
    for item in others:
        reader.add_mark(item)
    spans = tuple(
        Span(*span.key, span.text, span.score, unsure=index in reader.unsure) for index, span in enumerate(reader.spans)
    )
    choices = {name: tuple(chosen) for name, chosen in reader.choices.items()}
    if NO_EVENT in choices.get(ARTICLE, ()) and spans:
        reader.remark(f"marked {NO_EVENT!r}, but has spans", f"{len(spans)} spans")
    return Reading(
        spans=spans,
        links=tuple(reader.links),
        events=relations.groups(reader.joins),
        choices=choices,
        come_back=reader.come_back,
        suggested=sum(map(suggested, labels)),
        entered={
            "span": sum(max(1, len(labels_of(item))) for item in labels),
            "link": len(drawn) - reader.joining,
            "event": reader.joining,
            "choice": sum(max(1, len(words_of(item, "choices"))) for item in others),
        },
        kept=reader.kept,
        losses=tuple(reader.losses),
        remarks=tuple(reader.remarks),
    )


def book(reading: Reading, ledger: Ledger, stage: str, source: Source, link: str | None = None) -> None:
    """Enter into a stage's books what became of each item; `link` is where it can be looked at."""
    for unit, entered in reading.entered.items():
        ledger.enter(stage, unit, entered)
        ledger.keep(stage, unit, reading.kept[unit])
    for loss in reading.losses:
        if loss.outcome == "changed":
            became = loss.became or ""
            ledger.changed(stage, loss.unit, source, loss.item, became=became, reason=loss.reason, link=link)
        else:
            ledger.dropped(stage, loss.unit, source, loss.item, reason=loss.reason, link=link)


def suggested(item: Json) -> bool:
    """Tell whether a suggestion brought this region, changed since or not."""
    return str(item.get("origin")).startswith("prediction")


class _Reader:
    """The state of one reading: what was kept so far, what was lost, and which spans stand under which region id."""

    def __init__(self, article: Article, scheme: Scheme, *, utf16: bool) -> None:
        self.article, self.scheme, self.utf16 = article, scheme, utf16
        self.answers = answers_of(scheme)
        self.spans: list[Span] = []
        self.links: list[Pair] = []
        self.joins: list[Pair] = []
        self.joining = 0
        self.unsure: set[int] = set()
        self.choices: dict[str, list[str]] = {}
        self.come_back = False
        self.kept: dict[Unit, int] = {"span": 0, "link": 0, "event": 0, "choice": 0}
        self.losses: list[Loss] = []
        self.remarks: list[Remark] = []
        self._regions: dict[str, list[int]] = {}
        self._refused: set[str] = set()

    def remark(self, what: str, where: str) -> None:
        self.remarks.append(Remark(what, where))

    def add_region(self, item: Json) -> None:
        """Make a span of each label of a region."""
        name, value = name_of(item.get("id")), value_of(item)
        start, end = value.get("start"), value.get("end")
        found = regions.place(start, end, self.article.text, utf16=self.utf16)
        for label in labels_of(item) or [""]:
            reason = self._refusal(item, label) or (found.reason if isinstance(found, Misplaced) else "")
            if reason or isinstance(found, Misplaced):
                words = f"{start}:{end} {label or '(no label)'}, region {name or '(no id)'}"
                self.losses.append(Loss("span", "dropped", words, reason))
                self._refused.add(name)
                continue
            if item.get("from_name") != self.scheme.layer_of[label]:
                self.remark("label under another layer's name", f"{start}:{end} {label} under {item.get('from_name')}")
            self._add_span(item, found, label)

    def _refusal(self, item: Json, label: str) -> str:
        if not label:
            return "no label"
        if label not in self.scheme.roles:
            return "no such role in the scheme"
        return "" if item.get("to_name") == TEXT else "not on the article's text"

    def _add_span(self, item: Json, found: Place, role: str) -> None:
        score, name, value = item.get("score"), name_of(item.get("id")), value_of(item)
        span = Span(found.start, found.end, role, self.article.text[found.start : found.end])
        was = describe(span) if not found.mended else f"{value.get('start')}:{value.get('end')} {role}"
        quote = value.get("text")
        if isinstance(quote, str) and not regions.same(quote, span.text):
            self.remark("quote is not what stands at its offsets", f"{was}, quote {quote!r}")
        if any(self.spans[index].key == span.key for index in self._regions.get(name, [])):
            self.losses.append(Loss("span", "changed", was, "same label twice on one region", "one span"))
            return
        reasons = [found.mended] if found.mended else []
        if isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1:
            span = Span(*span.key, span.text, float(score))
        elif score is not None:
            reasons.append("score is no probability")
        if reasons:
            became = describe(span) if found.mended else "without a score"
            self.losses.append(Loss("span", "changed", was, " and ".join(reasons), became))
        else:
            self.kept["span"] += 1
        if name:
            self._regions.setdefault(name, []).append(len(self.spans))
        self.spans.append(span)

    def add_relation(self, item: Json) -> None:
        """Make a link or an event of a relation, or say why not."""
        ends = name_of(item.get("from_id")), name_of(item.get("to_id"))
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

    def add_mark(self, item: Json) -> None:
        """Take up what is ticked on a region or about the article, or say why not."""
        control, chosen = str(item.get("from_name")), words_of(item, "choices")
        for word in chosen or [""]:
            if control == UNSURE and word == UNSURE:
                reason = self._mark_unsure(name_of(item.get("id")))
            elif control == ARTICLE and word == COME_BACK:
                self.come_back, reason = True, ""
            else:
                reason = self._answer(control, word)
            if reason:
                words = f"{control}: {word or f'a {type_of(item)} without a choice'}"
                self.losses.append(Loss("choice", "dropped", words, reason))
            else:
                self.kept["choice"] += 1

    def _answer(self, control: str, word: str) -> str:
        if control not in self.answers:
            return "no such question in the scheme"
        if word not in self.answers[control]:
            return "no such answer in the scheme"
        if word not in self.choices.setdefault(control, []):
            self.choices[control].append(word)
        return ""

    def _mark_unsure(self, name: str) -> str:
        marked = self._regions.get(name, [])
        self.unsure.update(marked)
        if len(marked) > 1:
            self.remark(f"'{UNSURE}' on a region with several labels: all are marked", self._words(name))
        return "" if marked else "on no region that was kept"

    def remark_shared_ids(self) -> None:
        """Remark on ids that carry several labels: a relation or a mark on them may not say which one it means."""
        for name, found in self._regions.items():
            if len(found) > 1:
                self.remark("several labels under one region id", self._words(name))

"""A list of results, in Label Studio's wire format, rewritten for another scheme: what is read of it then is the record
that `passage.carry` makes of what is read of it now.

Regions, marks and relations that go on keep their ids and all that Label Studio wrote beside them. A region with
several labels falls into one for each, one whose offsets were mended on reading stands where it was read to stand; what
the old scheme does not understand goes no further and is listed.
"""

from collections.abc import Iterator, Sequence
from itertools import count, pairwise
from typing import Any

from rolecall.annotate import regions, relations
from rolecall.annotate.labelling import ARTICLE, COME_BACK, TEXT, UNSURE
from rolecall.annotate.migration import Migration
from rolecall.annotate.passage import Carried, carry
from rolecall.annotate.reader import Reading, book, read_results
from rolecall.annotate.regions import Misplaced
from rolecall.annotate.relations import Pair
from rolecall.annotate.wire import Json, item_of, labels_of, name_of, type_of, value_of, words_of
from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Annotation, Article, normalise
from rolecall.core.scheme import Scheme

READ = "read"
"""The stage before the passage: what of the results the old scheme understands."""


def rewrite(results: Sequence[Any], article: Article, migration: Migration, by: str, ledger: Ledger) -> list[Any]:
    """Return the results under the migration's target, and enter what becomes of each label, relation and answer.

    Results that say the same under both schemes come back as they are. Raises InputError where it would not be exact.
    """
    reading = read_results(results, article, migration.source)
    book(reading, ledger, READ, Source(article.id, by))  # what the old scheme does not understand goes no further
    carried = carry(_record(reading, article, migration.source, by), migration, ledger)
    if _says(results, article, migration.target, carried.annotation):
        return list(results)
    rewritten = _Rewriting(_mended(results, article.text), migration, reading, carried, article).results()
    if not _says(rewritten, article, migration.target, carried.annotation):
        raise InputError(
            f"article {article.id!r} by {by!r} cannot be carried over exactly: a defect of rolecall's",
            remedy="nothing has been changed; please report it with this annotation",
        )
    return rewritten


def understood(results: Sequence[Any], article: Article, scheme: Scheme) -> bool:
    """Tell whether a scheme's page can have written these results: every label, relation and answer is one of its."""
    return not any(loss.outcome == "dropped" for loss in read_results(results, article, scheme).losses) and all(
        item.get("from_name") == scheme.layer_of.get(label)
        for item in map(item_of, results)
        if _is_region(item)
        for label in labels_of(item)
    )


def _says(results: Sequence[Any], article: Article, scheme: Scheme, annotation: Annotation) -> bool:
    if not understood(results, article, scheme):
        return False
    found = _record(read_results(results, article, scheme), article, scheme, annotation.by)
    return normalise(found) == normalise(annotation)


def _record(reading: Reading, article: Article, scheme: Scheme, by: str) -> Annotation:
    """Make a record of what was read, spans in the order of the wire; who and when does not matter here."""
    return Annotation(
        article=article.id,
        hash=article.hash,
        by=by,
        kind="human",
        scheme=scheme.fingerprint,
        spans=reading.spans,
        links=reading.links,
        events=reading.events,
        choices=reading.choices,
        status="draft" if reading.come_back else "submitted",
    )


def _mended(results: Sequence[Any], text: str) -> list[Json]:
    """Write every item where it is read to stand: what is read of one alone is then what is read of it among others."""
    items = [item_of(item) for item in results]
    utf16 = regions.in_utf16(filter(_is_region, items), text)
    return [_placed(item, text, utf16=utf16) for item in items]


def _placed(item: Json, text: str, *, utf16: bool) -> Json:
    """Write an item at its place in code points, its quote too where that says otherwise; a misplaced region goes."""
    value = value_of(item)
    found = regions.place(value.get("start"), value.get("end"), text, utf16=utf16)
    if isinstance(found, Misplaced):
        return {} if _is_region(item) else item
    there = item | {"value": value | {"start": found.start, "end": found.end}}
    if found.mended or regions.in_utf16([there], text):
        there["value"]["text"] = text[found.start : found.end]
    return there


class _Rewriting:
    """One list of results on its way; old spans are numbered as they were read, new ones as they were carried."""

    def __init__(
        self, items: Sequence[Json], migration: Migration, reading: Reading, carried: Carried, article: Article
    ) -> None:
        self._items, self._migration, self._article = items, migration, article
        self._spans, self._new, self._place = reading.spans, carried.annotation, carried.place
        self._regions: dict[str, list[int]] = {}
        self._numbers = self._number()
        self._ids: dict[int, str] = {}
        self._marked: set[int] = set()
        self._related: set[Pair] = set()

    def results(self) -> list[Json]:
        """Write the regions first: only then is it known what marks and relations may speak of."""
        done = [self._region(item, numbers) for item, numbers in zip(self._items, self._numbers, strict=True)]
        done = [
            written if _is_region(item) else list(self._other(item))
            for item, written in zip(self._items, done, strict=True)
        ]
        return [item for group in done for item in group] + [*self._new_marks(), *self._bridges()]

    def _number(self) -> list[list[int | None]]:
        """Say which span each label of each item was read as, None for one that was not."""
        numbers: list[list[int | None]] = []
        known: dict[tuple[str, int, int, str], int] = {}
        total = 0
        for item in self._items:
            found: list[int | None] = []
            for label in labels_of(item) if _is_region(item) else []:
                alone = item | {"value": value_of(item) | {type_of(item): [label]}}
                spans = read_results([alone], self._article, self._migration.source).spans
                place = (name_of(item.get("id")), *spans[0].key) if spans else None
                if place is None or place in known:
                    found.append(None if place is None else known[place])
                    continue
                found.append(total)
                if place[0]:  # regions without an id are never the same
                    known[place] = total
                    self._regions.setdefault(place[0], []).append(total)
                total += 1
            numbers.append(found)
        return numbers

    def _region(self, item: Json, numbers: list[int | None]) -> list[Json]:
        """Write a region for each new span that stands for one of its labels and has none yet."""
        written: list[Json] = []
        for number in numbers:
            new = None if number is None else self._place.get(number)
            if new is None or new in self._ids:
                continue
            span = self._new.spans[new]
            self._ids[new] = self._fresh(name_of(item.get("id")))
            value = {key: part for key, part in value_of(item).items() if key != type_of(item)}
            value["labels"] = [span.role]
            region = {key: part for key, part in item.items() if key != "score"}
            region |= {"id": self._ids[new], "type": "labels", "value": value}
            region["from_name"] = self._migration.target.layer_of[span.role]
            written.append(region if span.score is None else region | {"score": span.score})
        return written

    def _fresh(self, name: str) -> str:
        """Return a region's id, or one like it where another region has taken it."""
        taken = {*self._ids.values()}
        if name and name not in taken:
            return name
        others = (f"{name or 'region'}-{number}" for number in count(2))
        return next(other for other in others if other not in taken and other not in self._regions)

    def _other(self, item: Json) -> Iterator[Json]:
        control, chosen = str(item.get("from_name")), words_of(item, "choices")
        if type_of(item) == "relation":
            yield from self._relation(item)
        elif control == UNSURE and UNSURE in chosen:
            for number in self._regions.get(name_of(item.get("id")), []):
                new = self._place.get(number)
                if new is not None and self._new.spans[new].unsure and new not in self._marked:
                    self._marked.add(new)
                    yield item | {"id": self._ids[new], "value": value_of(item) | {"choices": [UNSURE]}}
        elif kept := [word for word in chosen if self._goes_on(control, word)]:
            yield item | {"value": value_of(item) | {"choices": kept}}

    def _goes_on(self, control: str, word: str) -> bool:
        return (control, word) == (ARTICLE, COME_BACK) or word in self._new.choices.get(control, ())

    def _relation(self, item: Json) -> Iterator[Json]:
        """Write a relation between the regions that its ends are now, unless it says nothing new or nothing legal."""
        ends = name_of(item.get("from_id")), name_of(item.get("to_id"))
        if ends[0] == ends[1] or not self._regions.keys() >= set(ends):
            return
        sides = [self._regions[end] for end in ends]
        found = relations.meaning((sides[0], sides[1]), self._spans, self._migration.source)
        if isinstance(found, relations.Nothing) or not self._place.keys() >= set(found.pair):
            return
        pair = self._place[found.pair[0]], self._place[found.pair[1]]
        if found.joins:
            pair = min(pair), max(pair)
            legal = any(set(pair) <= set(event) for event in self._new.events) and pair[0] != pair[1]
        else:
            legal = pair in self._new.links
        if legal and pair not in self._related:
            self._related.add(pair)
            first = next(number for number in found.pair if number in sides[0])
            other = next(number for number in found.pair if number != first)
            yield item | {"from_id": self._ids[self._place[first]], "to_id": self._ids[self._place[other]]}

    def _new_marks(self) -> Iterator[Json]:
        for number, span in enumerate(self._new.spans):
            if span.unsure and number not in self._marked:
                value = {"start": span.start, "end": span.end, "text": span.text, "choices": [UNSURE]}
                whose = {"id": self._ids[number], "type": "choices", "from_name": UNSURE, "to_name": TEXT}
                yield whose | {"value": value}

    def _bridges(self) -> Iterator[Json]:
        """Join again the triggers of an event that only one which is gone held together."""
        for event in self._new.events:
            joins = [pair for pair in self._related if set(pair) <= set(event)]
            parts = relations.groups([*joins, *((index, index) for index in event)])
            for one, other in pairwise(part[0] for part in parts):
                ends = {"from_id": self._ids[one], "to_id": self._ids[other]}
                yield {"type": "relation", **ends, "direction": "right"}


def _is_region(item: Json) -> bool:
    return type_of(item).endswith("labels")

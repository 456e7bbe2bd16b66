"""A list of results, in Label Studio's wire format, rewritten for another scheme: what is read of it then is the record
that `passage.carry` makes of what is read of it now.

Regions, marks and relations that go on keep their ids and all that Label Studio wrote beside them. A region with
several labels falls into one for each; what the old scheme does not understand goes no further and is listed.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, pairwise
from typing import Any

from rolecall.annotate import relations
from rolecall.annotate.labelling import ARTICLE, TEXT, UNSURE
from rolecall.annotate.migration import Migration
from rolecall.annotate.passage import STAGE, Carried, carry
from rolecall.annotate.reader import Reading, read_results
from rolecall.annotate.relations import Pair
from rolecall.annotate.wire import Json
from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Annotation, Article, normalise
from rolecall.core.scheme import Scheme


def rewrite(results: Sequence[Any], article: Article, migration: Migration, by: str, ledger: Ledger) -> list[Any]:
    """Return the results under the migration's target, and enter what becomes of each label, relation and answer.

    Results that say the same under both schemes come back as they are. Raises InputError where it would not be exact.
    """
    reading = read_results(results, article, migration.source)
    old = _record(results, reading, article, migration.source, by)
    _book_unread(results, reading, migration.source, Source(article.id, by), ledger)
    carried = carry(old, migration, ledger)
    if _says(results, article, migration.target, carried.annotation):
        return list(results)
    rewritten = _Rewriting(results, article, migration, reading, carried).results()
    if not _says(rewritten, article, migration.target, carried.annotation):
        raise InputError(
            f"article {article.id!r} by {by!r} cannot be carried over exactly: a defect of rolecall's",
            remedy="nothing has been changed; please report it with this annotation",
        )
    return rewritten


def understood(results: Sequence[Any], article: Article, scheme: Scheme) -> bool:
    """Tell whether a scheme's page can have written these results: every label, relation and answer is one of its."""
    known = {UNSURE, ARTICLE, *(each.name for each in scheme.questions)}
    return not read_results(results, article, scheme).losses and all(
        item.get("from_name") in known
        if not (labels := _labels(item))
        else all(item.get("from_name") == scheme.layer_of.get(label) for label in labels)
        for item in map(_item, results)
        if item.get("type") != "relation"
    )


def _says(results: Sequence[Any], article: Article, scheme: Scheme, annotation: Annotation) -> bool:
    if not understood(results, article, scheme):
        return False
    found = _record(results, read_results(results, article, scheme), article, scheme, annotation.by)
    return normalise(found) == normalise(annotation)


def _record(results: Sequence[Any], reading: Reading, article: Article, scheme: Scheme, by: str) -> Annotation:
    """Make a record of what was read, spans in the order of the wire; who and when does not matter here."""
    answers: dict[str, tuple[str, ...]] = {}
    for item in map(_item, results):
        if (name := str(item.get("from_name"))) in {each.name for each in scheme.questions}:
            answers[name] = tuple(dict.fromkeys((*answers.get(name, ()), *_chosen(item))))
    return Annotation(
        article=article.id,
        hash=article.hash,
        by=by,
        kind="human",
        scheme=scheme.fingerprint,
        spans=reading.spans,
        links=reading.links,
        events=reading.events,
        choices=answers,
    )


def _book_unread(results: Sequence[Any], reading: Reading, scheme: Scheme, source: Source, ledger: Ledger) -> None:
    """Enter what the old scheme does not understand, which is therefore not carried over."""
    for loss in reading.losses:
        ledger.enter(STAGE, loss.unit, 1)
        if loss.outcome == "changed":
            ledger.changed(STAGE, loss.unit, source, loss.item, became=loss.became or "", reason=loss.reason)
        else:
            ledger.dropped(STAGE, loss.unit, source, loss.item, reason=loss.reason)
    known = {UNSURE, ARTICLE, *(each.name for each in scheme.questions)}
    for item in map(_item, results):
        if item.get("type") != "relation" and not _is_region(item) and item.get("from_name") not in known:
            ledger.enter(STAGE, "choice", 1)
            words = f"{item.get('type')} {item.get('from_name')}: {item.get('value')}"
            ledger.dropped(STAGE, "choice", source, words, reason="no such question in the old scheme")


class _Rewriting:
    """One list of results on its way; old spans are numbered as they were read, new ones as they were carried."""

    def __init__(
        self, results: Sequence[Any], article: Article, migration: Migration, reading: Reading, carried: Carried
    ) -> None:
        self._items = [_item(item) for item in results]
        self._article, self._migration = article, migration
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
            regions if _is_region(item) else list(self._other(item))
            for item, regions in zip(self._items, done, strict=True)
        ]
        return [item for group in done for item in group] + [*self._new_marks(), *self._bridges()]

    def _number(self) -> list[list[int | None]]:
        """Say which span each label of each item was read as, None for one that was not."""
        numbers: list[list[int | None]] = []
        known: dict[tuple[str, int, int, str], int] = {}
        total = 0
        for item in self._items:
            found: list[int | None] = []
            for label in _labels(item):
                alone = item | {"value": item["value"] | {item["type"]: [label]}}
                spans = read_results([alone], self._article, self._migration.source).spans
                place = (_name(item), *spans[0].key) if spans else None
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
        regions: list[Json] = []
        for number in numbers:
            new = None if number is None else self._place.get(number)
            if new is None or new in self._ids:
                continue
            span = self._new.spans[new]
            self._ids[new] = self._fresh(_name(item))
            value = {key: part for key, part in item["value"].items() if key != item["type"]} | {"labels": [span.role]}
            region = {key: part for key, part in item.items() if key != "score"}
            region |= {"id": self._ids[new], "type": "labels", "value": value}
            region["from_name"] = self._migration.target.layer_of[span.role]
            regions.append(region if span.score is None else region | {"score": span.score})
        return regions

    def _fresh(self, name: str) -> str:
        """Return a region's id, or one like it where another region has taken it."""
        taken = {*self._ids.values()}
        if name and name not in taken:
            return name
        others = (f"{name or 'region'}-{number}" for number in count(2))
        return next(other for other in others if other not in taken and other not in self._regions)

    def _other(self, item: Json) -> Iterator[Json]:
        control = item.get("from_name")
        if item.get("type") == "relation":
            yield from self._relation(item)
        elif control == ARTICLE:
            yield item
        elif control == UNSURE and UNSURE in _chosen(item):
            for number in self._regions.get(_name(item), []):
                new = self._place.get(number)
                if new is not None and self._new.spans[new].unsure and new not in self._marked:
                    self._marked.add(new)
                    yield item | {"id": self._ids[new]}
        elif kept := [answer for answer in _chosen(item) if answer in self._new.choices.get(str(control), ())]:
            yield item | {"value": item["value"] | {"choices": kept}}

    def _relation(self, item: Json) -> Iterator[Json]:
        """Write a relation between the regions that its ends are now, unless it says nothing new or nothing legal."""
        ends = item.get("from_id"), item.get("to_id")
        if ends[0] == ends[1] or not all(isinstance(end, str) and end in self._regions for end in ends):
            return
        sides = [self._regions[str(end)] for end in ends]
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


def _item(item: Any) -> Json:
    return item if isinstance(item, dict) else {}


def _is_region(item: Json) -> bool:
    return str(item.get("type")).endswith("labels") and isinstance(item.get("value"), dict)


def _labels(item: Json) -> list[str]:
    return _strings(item, str(item.get("type"))) if _is_region(item) else []


def _chosen(item: Json) -> list[str]:
    return _strings(item, "choices")


def _strings(item: Json, key: str) -> list[str]:
    value = item.get("value")
    found: Iterable[Any] = value.get(key) or () if isinstance(value, dict) else ()
    return [str(one) for one in found] if isinstance(found, list) else []


def _name(item: Json) -> str:
    name = item.get("id")
    return name if isinstance(name, str) else ""

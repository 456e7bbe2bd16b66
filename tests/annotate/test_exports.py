"""Whatever stands in an export: every label comes home, or is changed with a reason, or is refused by name."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolecall.annotate.exported import read_export
from rolecall.annotate.pull import Pulled, ledger_path, pull
from rolecall.annotate.tasks import task_of
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.ledger import Balance, Entry, read_ledger
from rolecall.core.records import Annotation, Article
from tests.annotate.exports import SCHEME, exports

NAMES = {1: "p1", 2: "p2"}
Seeds = st.integers(0, 2**32)
Made = tuple[list[Article], list[Json]]


class Home(NamedTuple):
    """What a pull wrote, as it is read and as it stands there."""

    done: Pulled
    annotations: list[Annotation]
    entries: list[Entry]
    books: dict[str, Balance]
    written: tuple[bytes, bytes]


def bring(tasks: Any, articles: list[Article], out: Path) -> Home:
    done = pull(tasks, {article.id: article for article in articles}, SCHEME, out, names=NAMES, url="http://x")
    records = read_ledger(ledger_path(out))
    return Home(
        done,
        list(jsonl.read(out, Annotation)),
        [record for record in records if isinstance(record, Entry)],
        {record.unit: record for record in records if isinstance(record, Balance)},
        (out.read_bytes(), ledger_path(out).read_bytes()),
    )


def holds(task: Json, articles: list[Article]) -> bool:
    data = task["data"]
    return isinstance(data, dict) and any(
        (article.id, article.hash, article.text) == (data.get("article"), data.get("hash"), data.get("text"))
        for article in articles
    )


def works(task: Json) -> list[Any]:
    """What people did in a task, and what of it they have not submitted."""
    return [*task["annotations"], *(d for d in listed(task["drafts"]) if isinstance(d, dict) and d.get("result"))]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def dictionary(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def labels_in(item: Json) -> list[str]:
    value = dictionary(item.get("value"))
    return [str(label) for label in listed(value.get(item["type"])) or listed(value.get("labels"))] or [""]


def is_region(item: Json) -> bool:
    return str(item.get("type")).endswith("labels") and isinstance(item["type"], str)


def wrong_labels(items: list[Json], home: Annotation, entries: list[Entry]) -> Iterator[str]:
    """Every label of every region is a span at these bounds, or in the ledger with these bounds."""
    keys = Counter(span.key for span in home.spans)
    told = [entry.item for entry in entries if entry.unit == "span"]
    merged = sum(entry.became == "one span" for entry in entries)
    count = 0
    for item in filter(is_region, items):
        value = dictionary(item.get("value"))
        for label in labels_in(item):
            count += 1
            words = f"{value.get('start')}:{value.get('end')} {label or '(no label)'}"
            key = (value.get("start"), value.get("end"), label)
            if not (any(each.startswith(words) for each in told) or key in keys):  # what is told may not hash
                yield f"neither a span nor in the ledger: {words}"
    dropped = sum(entry.outcome == "dropped" for entry in entries if entry.unit == "span")
    if count != len(home.spans) + dropped + merged:
        yield f"{count} labels, but {len(home.spans)} spans, {dropped} dropped, {merged} merged"


def wrong_relations(items: list[Json], home: Annotation, entries: list[Entry]) -> Iterator[str]:
    """A relation between two regions of one good label each is there; there are no more lost than are in the ledger."""
    places: dict[str, list[tuple[Any, Any, str]]] = {}
    for item in filter(is_region, items):
        value = dictionary(item.get("value"))
        if isinstance(item.get("id"), str):
            found = [(value.get("start"), value.get("end"), label) for label in labels_in(item)]
            places.setdefault(item["id"], []).extend(found)
    keys: list[tuple[Any, Any, str]] = [span.key for span in home.spans]
    joined = {frozenset((keys[one], keys[other])) for one, other in home.links}
    joined |= {frozenset((keys[a], keys[b])) for event in home.events for a in event for b in event}

    def is_whole(key: tuple[Any, Any, str]) -> bool:
        """Tell whether this one span stands there as it was labelled."""
        words = f"{key[0]}:{key[1]} {key[2]}"
        return keys.count(key) == 1 and not any(entry.item.startswith(words) for entry in entries)

    drawn = [item for item in items if item.get("type") == "relation"]
    count = len(drawn)
    for item in drawn:
        names = [name if isinstance(name := item.get(end), str) else "" for end in ("from_id", "to_id")]
        ends = [places.get(name, []) for name in names]
        if names[0] != names[1] and all(len(end) == 1 and is_whole(end[0]) for end in ends):
            pair = [end[0] for end in ends]
            if frozenset(pair) not in joined and any(role in SCHEME.triggers for _, _, role in pair):
                yield f"not joined: {pair}"
    lost = sum(entry.unit in ("link", "event") for entry in entries)
    joins = sum(len(event) * (len(event) - 1) // 2 for event in home.events)
    needed = sum(len(event) - 1 for event in home.events)
    if not len(home.links) + needed + lost <= count <= lost + len(home.links) + joins:
        yield f"{count} relations, but {len(home.links)} links, {needed} to {joins} in events, {lost} lost"


def wrong_choices(items: list[Json], home: Annotation, entries: list[Entry]) -> Iterator[str]:
    """Everything ticked is an answer, a mark on a span or the state of the annotation, or in the ledger."""
    told = [entry.item for entry in entries if entry.unit == "choice"]
    for item in items:
        if is_region(item) or item.get("type") == "relation":
            continue
        control = str(item.get("from_name"))
        for word in map(str, listed(dictionary(item.get("value")).get("choices"))):
            there = word in home.choices.get(control, ())
            there |= (control, word) == ("unsure", "unsure") and any(span.unsure for span in home.spans)
            there |= (control, word) == ("article", "come back") and home.status in ("draft", "skipped")
            if word and not there and f"{control}: {word}" not in told:
                yield f"neither an answer nor in the ledger: {control}: {word}"


def unaccounted(tasks: list[Json], articles: list[Article], home: Home) -> Iterator[str]:
    """Yield what stands in an export and neither came home nor is in the ledger, and what came home from nowhere."""
    texts = {article.id: article.text for article in articles}
    for annotation in home.annotations:
        if any(texts[annotation.article][span.start : span.end] != span.text for span in annotation.spans):
            yield f"quotes that are not in the text: {annotation}"
    every = [work for task in tasks for work in works(task)]
    dropped = [entry for entry in home.entries if entry.unit == "annotation"]
    entered = home.books["annotation"].entered
    if not len(home.annotations) + len(dropped) == len(every) == entered:
        yield f"{len(every)} works, but {len(home.annotations)} came, {len(dropped)} dropped, {entered} in the book"
    yield from unrefused(tasks, articles, home, Counter(entry.reason for entry in dropped))
    created = {annotation.created: annotation for annotation in home.annotations}
    drafts = [draft for task in tasks for draft in works(task)[len(task["annotations"]) :]]
    for work in filter(lambda one: isinstance(one, dict) and "created_at" in one, every):
        if work["created_at"] not in created:
            if not any(entry.item.startswith(f"annotation {work.get('id')} with ") for entry in dropped):
                yield f"neither an annotation nor in the ledger: {work}"
            continue
        annotation = created[work["created_at"]]
        if annotation.status != "draft" and work in drafts:
            yield f"a draft is taken for more: {work}"
        items = [dictionary(item) for item in listed(work.get("result"))]
        entries = [e for e in home.entries if (e.article, e.by) == (annotation.article, annotation.by)]
        entries = [e for e in entries if e.unit != "annotation"]
        for wrong in (wrong_labels, wrong_relations, wrong_choices):
            yield from wrong(items, annotation, entries)
    for balance in home.books.values():
        if balance.entered != balance.accounted:
            yield f"does not balance: {balance}"


def unrefused(tasks: list[Json], articles: list[Article], home: Home, reasons: Counter[str]) -> Iterator[str]:
    """Every task whose article is not at hand is refused, and the work in it is in the ledger with the reason."""
    refused = [task for task in tasks if not holds(task, articles)]
    if len(home.done.refused) != len(refused):
        yield f"{len(refused)} tasks to refuse, but {len(home.done.refused)} refused"
    told = sum(reasons[reason] for reason in {one.reason for one in home.done.refused})
    work = sum(len(works(task)) for task in refused)
    if told != work:
        yield f"{work} works in refused tasks, but {told} in the ledger"


def shuffled(tasks: list[Json], seed: int) -> list[Json]:
    order = random.Random(seed)

    def mixed(value: Any) -> Any:
        return order.sample(value, len(value)) if isinstance(value, list) else value

    return [
        task | {"annotations": mixed(task["annotations"]), "drafts": mixed(task["drafts"])}
        for task in order.sample(tasks, len(tasks))
    ]


def bring_twice(made: Made, seed: int) -> tuple[Home, Home]:
    """Bring an export home from its file, and once more with everything in it in another order."""
    articles, tasks = made
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "export.json"
        path.write_text(json.dumps(tasks), encoding="utf-8")
        home = bring(read_export(path, SCHEME), articles, folder / "one.jsonl")
        return home, bring(shuffled(tasks, seed), articles, folder / "other.jsonl")


some = settings(max_examples=100, suppress_health_check=list(HealthCheck))
many = settings(max_examples=10_000, suppress_health_check=list(HealthCheck))


@some
@given(exports(), Seeds)
def test_everything_in_an_export_is_accounted_for(made: Made, seed: int) -> None:
    articles, tasks = made
    home, again = bring_twice(made, seed)
    assert list(unaccounted(tasks, articles, home)) == []
    assert (again.done, again.written) == (home.done, home.written)


@pytest.mark.soak
@many
@given(exports(), Seeds)
def test_everything_in_many_exports_is_accounted_for(made: Made, seed: int) -> None:
    articles, tasks = made
    home, again = bring_twice(made, seed)
    assert list(unaccounted(tasks, articles, home)) == []
    assert (again.done, again.written) == (home.done, home.written)


ARTICLE = Article.of("A rally.", id="a")


def task(*annotations: Json, **parts: Any) -> Json:
    return task_of(ARTICLE, SCHEME.fingerprint) | {"id": 1, "annotations": [*annotations], "drafts": []} | parts


def test_what_is_in_annotations_of_the_same_time_decides_between_them(tmp_path: Path) -> None:
    two: list[Json] = [
        {"id": at, "completed_by": 1, "updated_at": "2025", "lead_time": at, "result": []} for at in (1, 2)
    ]
    kept = []
    for at, order in enumerate((two, two[::-1])):
        home = bring([task(*order)], [ARTICLE], tmp_path / f"{at}.jsonl")
        (entry,) = home.entries
        kept.append((home.annotations, entry.item, entry.reason))
    assert kept[0] == kept[1]
    assert kept[0][2] == "another annotation by the same person counts"


def test_unsaved_work_of_nobody_is_a_draft(tmp_path: Path) -> None:
    home = bring([task(drafts=[{"id": 1, "result": [{}]}])], [ARTICLE], tmp_path / "out.jsonl")
    assert [(one.by, one.status) for one in home.annotations] == [("user-None", "draft")]


def test_a_suggestion_with_no_number_for_an_id_is_nothing_to_start_from(tmp_path: Path) -> None:
    suggestions = [{"id": [7], "model_version": "m1"}, {"id": 7, "model_version": "m2"}]
    work = {"id": 1, "completed_by": 1, "result": [], "parent_prediction": 7}
    home = bring([task(work, predictions=suggestions)], [ARTICLE], tmp_path / "out.jsonl")
    assert [one.from_prediction for one in home.annotations] == ["m2"]

"""Annotations from one scheme to another: nothing goes without a word."""

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from rolecall.annotate.migration import Fate, Migration, load_migration
from rolecall.annotate.passage import carry, ledger_path, migrate_file
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.errors import InputError
from rolecall.core.ledger import Entry, Ledger, read_ledger
from rolecall.core.records import Annotation, Article, Span, normalise
from tests import strategies
from tests.annotate.test_migration import AFTER, BEFORE, FATES, NEW, OLD, TEXT, migrations, scheme, write

THERE = {"PROTEST": "P1", "ARREST": "A1", "PARTICIPANT": "P2", "DETAINEE": "D1", "PLACE": "PLACE", "TIME": "TIME"}


def span(quote: str, role: str, *, unsure: bool = False, score: float | None = None) -> Span:
    start = TEXT.index(quote)
    return Span(start, start + len(quote), role, quote, score, unsure)


def annotation(*spans: Span, **fields: object) -> Annotation:
    article = Article.of(TEXT, id="a")
    whole = {"article": "a", "hash": article.hash, "by": "ana", "kind": "human", "scheme": OLD.fingerprint}
    return Annotation(**(whole | {"spans": spans} | fields))  # type: ignore[arg-type]


@pytest.fixture
def migration(tmp_path: Path) -> Migration:
    return load_migration(write(tmp_path))


def entries(ledger: Ledger) -> list[tuple[str, str, str, str | None]]:
    ledger.balances()
    return [(entry.outcome, entry.item, entry.reason, entry.became) for entry in ledger.entries]


def test_roles_are_renamed_merged_split_and_dropped(migration: Migration) -> None:
    ledger = Ledger()
    old = annotation(
        span("Clashes", "CLASH"), span("Aqtau", "PLACE"), span("police", "POLICE", score=0.5), span("court", "COURT"),
        span("Monday", "WHEN"), span("rumours", "RUMOUR", unsure=True), span("ten", "CROWD"),
    )  # fmt: skip
    new, place = carry(old, migration, ledger)
    assert new.spans == (
        span("Clashes", "VIOLENCE"),
        span("Aqtau", "PLACE", unsure=True),
        span("police", "AUTHORITY", score=0.5),
        span("court", "AUTHORITY"),
        span("ten", "CROWD"),
    )
    assert place == {0: 0, 1: 1, 2: 2, 3: 3, 6: 4}
    assert new.scheme == NEW.fingerprint
    assert entries(ledger) == [
        ("changed", "0:7 CLASH 'Clashes'", "role is renamed", "0:7 VIOLENCE 'Clashes'"),
        ("changed", "11:16 PLACE 'Aqtau'", "role is split: to be looked at", "11:16 PLACE 'Aqtau', unsure"),
        ("changed", "18:24 POLICE 'police'", "role is renamed", "18:24 AUTHORITY 'police'"),
        ("changed", "37:42 COURT 'court'", "role is renamed", "37:42 AUTHORITY 'court'"),
        ("dropped", "58:64 WHEN 'Monday'", "role is split: to be labelled anew", None),
        ("dropped", "88:95 RUMOUR 'rumours'", "role is dropped", None),
    ]


def test_spans_that_come_to_the_same_are_one_and_their_links_follow(migration: Migration) -> None:
    ledger = Ledger()
    doubted = [span("police", "POLICE", unsure=True, score=0.2), span("police", "COURT", score=0.3)]
    old = annotation(*doubted, span("rally", "PROTEST"), span("court", "COURT"), links=((2, 0), (2, 1), (2, 3)))
    new, place = carry(old, migration, ledger)
    assert new.spans == (
        span("police", "AUTHORITY", score=0.3),
        span("rally", "PROTEST"),
        span("court", "AUTHORITY"),
    )
    assert (new.links, place) == (((1, 0), (1, 2)), {0: 0, 1: 0, 2: 1, 3: 2})
    assert [entry[2] for entry in entries(ledger)] == [
        "role is renamed", "same role twice on one stretch", "role is renamed", "same link twice"
    ]  # fmt: skip
    # What stood there twice under one role stands there twice as before.
    twice = annotation(span("police", "POLICE"), span("police", "POLICE"))
    assert len(carry(twice, migration, Ledger()).annotation.spans) == 2


def test_links_and_events_go_with_their_spans(tmp_path: Path) -> None:
    roles = FATES.replace("CLASH: VIOLENCE", "CLASH: CROWD").replace("RUMOUR: null", "RUMOUR: VIOLENCE")
    migration = load_migration(write(tmp_path, roles))
    ledger = Ledger()
    old = annotation(
        span("Clashes", "CLASH"), span("rally", "PROTEST"), span("held", "PROTEST"), span("heard", "CLASH"),
        span("Monday", "WHEN"), span("rumours", "RUMOUR"), span("court", "COURT"),
        links=((0, 6), (1, 4), (1, 5), (1, 6)), events=((0, 1, 2), (3,)),
    )  # fmt: skip
    new, _ = carry(old, migration, ledger)
    assert [s.role for s in new.spans] == ["CROWD", "PROTEST", "PROTEST", "CROWD", "VIOLENCE", "AUTHORITY"]
    assert (new.links, new.events) == (((1, 5),), ((1, 2),))
    rally, held = "68:73 {} 'rally'", "25:29 {} 'held'"
    assert [entry for entry in entries(ledger) if "->" in entry[1] or "=" in entry[1] or "fewer" in entry[2]] == [
        ("dropped", "0:7 CLASH 'Clashes' -> 37:42 COURT 'court'",
         "does not run from a trigger to an argument any more", None),
        ("dropped", rally.format("PROTEST") + " -> 58:64 WHEN 'Monday'", "one of its spans is dropped", None),
        ("dropped", rally.format("PROTEST") + " -> 88:95 RUMOUR 'rumours'",
         "does not run from a trigger to an argument any more", None),
        ("changed", f"0:7 CLASH 'Clashes' = {rally.format('PROTEST')} = {held.format('PROTEST')}",
         "some of its triggers are gone", f"{rally.format('PROTEST')} = {held.format('PROTEST')}"),
        ("dropped", "43:48 CLASH 'heard'", "fewer than two of its triggers are left", None),
    ]  # fmt: skip


def test_events_whose_triggers_become_one_are_one(tmp_path: Path) -> None:
    migration = load_migration(write(tmp_path, FATES.replace("CLASH: VIOLENCE", "CLASH: PROTEST")))
    ledger = Ledger()
    old = annotation(
        span("rally", "PROTEST"), span("rally", "CLASH"), span("held", "PROTEST"), span("heard", "PROTEST"),
        events=((2, 0), (1, 3)),
    )  # fmt: skip
    new, place = carry(old, migration, ledger)
    assert (new.events, place) == (((1, 0, 2),), {0: 0, 1: 0, 2: 1, 3: 2})
    assert [entry[2] for entry in entries(ledger)] == [
        "same role twice on one stretch", "some of its triggers are one now", "some of its triggers are one now"
    ]  # fmt: skip


def test_answers_to_questions_that_are_asked_no_more_are_listed(migration: Migration, tmp_path: Path) -> None:
    ledger = Ledger()
    old = annotation(choices={"tone": ("calm",), "article": ("no event",), "topics": ("rights", "work")})
    new = carry(old, migration, ledger).annotation
    assert new.choices == {"article": ("no event",), "topics": ("work",)}
    assert entries(ledger) == [
        ("dropped", "tone: calm", "no such question in the new scheme", None),
        ("dropped", "topics: rights", "no such answer in the new scheme", None),
    ]
    single = scheme(2, {"topics": "work rights"}, event="PROTEST! VIOLENCE!", people="CROWD AUTHORITY",
                    setting="PLACE FACILITY DATE HOUR")  # fmt: skip
    ledger = Ledger()
    new = carry(old, load_migration(write(tmp_path, target=single)), ledger).annotation
    assert new.choices == {"article": ("no event",)}
    assert {entry[2] for entry in entries(ledger)} >= {"the question takes one answer now"}


def test_a_file_is_carried_over_and_its_ledger_lies_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, labels, out = write(tmp_path), tmp_path / "labels.jsonl", tmp_path / "new.jsonl"
    jsonl.write(labels, [annotation(span("police", "POLICE")), annotation(span("rumours", "RUMOUR"), by="ben")])
    command = ["annotate", "scheme", "migrate", str(labels), "--migration", str(path), "--out", str(out)]
    assert run(command) == 1
    shown = capsys.readouterr()
    assert shown.out == f"2 annotations: {OLD.fingerprint} -> {NEW.fingerprint}: {out}\n"
    assert "migrate: 2 spans in = 0 kept + 1 changed (role is renamed 1) + 1 dropped (role is dropped 1)" in shown.err
    assert f"what could not, and why: {ledger_path(out)}" in shown.err
    assert [a.spans for a in jsonl.read_annotations(out, scheme=NEW.fingerprint, roles=NEW.roles)] == [
        (span("police", "AUTHORITY"),), ()
    ]  # fmt: skip
    lost = [entry for entry in read_ledger(ledger_path(out)) if isinstance(entry, Entry) and entry.outcome == "dropped"]
    assert [(entry.article, entry.by, entry.span) for entry in lost] == [("a", "ben", span("rumours", "RUMOUR"))]
    assert run(command) == 2
    assert "exists already\n  remedy: choose another --out, or add --overwrite" in capsys.readouterr().err
    jsonl.write(labels, [annotation(span("police", "POLICE"))])
    assert run([*command, "--overwrite", "--json"]) == 0
    shown_json = json.loads(capsys.readouterr().out)
    assert shown_json["annotations"] == 1
    assert {book["unit"]: book["entered"] for book in shown_json["books"]} == {
        "annotation": 1, "span": 1, "link": 0, "event": 0
    }  # fmt: skip


def test_labels_of_another_scheme_and_files_that_would_be_lost_are_refused(
    tmp_path: Path, migration: Migration
) -> None:
    labels, out = tmp_path / "labels.jsonl", tmp_path / "new.jsonl"
    jsonl.write(labels, [annotation(), annotation(scheme="news:1:000000000000", by="ben")])
    with pytest.raises(InputError) as caught:
        migrate_file(labels, migration, out)
    said = str(caught.value)
    assert "labels.jsonl:2: labelled with scheme 'news:1:000000000000', but the migration's source is 'news:1:" in said
    assert "choose a migration from the scheme of these labels" in said
    with pytest.raises(InputError, match="would be replaced, and what is dropped lost"):
        migrate_file(labels, migration, labels, overwrite=True)
    labels.write_text("\n")
    with pytest.raises(InputError, match="holds no annotations"):
        migrate_file(labels, migration, out)
    assert not out.exists()
    assert not ledger_path(out).exists()


@given(strategies.annotations(), migrations())
def test_nothing_goes_without_a_word(labels: Annotation, migration: Migration) -> None:
    ledger = Ledger()
    new, place = carry(labels, migration, ledger)
    books = {balance.unit: balance for balance in ledger.balances()}
    assert [books[unit].entered for unit in ("span", "link", "event")] == [
        len(labels.spans), len(labels.links), len(labels.events)
    ]  # fmt: skip
    # Every span is in the output as it was, or in the ledger.
    listed = Counter(entry.span for entry in ledger.entries if entry.span)
    assert Counter(labels.spans) - listed <= Counter(new.spans)
    assert len(labels.spans) - len(place) == sum(books["span"].dropped.values())
    assert sorted(set(place.values())) == list(range(len(new.spans)))
    for old, index in place.items():
        assert (labels.spans[old].start, labels.spans[old].end) == (new.spans[index].start, new.spans[index].end)
        assert new.spans[index].role == migration.fates[labels.spans[old].role].role
    triggers = [s.role in AFTER.triggers for s in new.spans]
    assert all(triggers[head] and not triggers[tail] for head, tail in new.links)
    assert all(triggers[index] for event in new.events for index in event)
    # The order in which things are written does not matter.
    assert normalise(new).links == normalise(carry(normalise(labels), migration, Ledger()).annotation).links


@given(strategies.annotations())
def test_renamed_there_and_back_is_what_it_was(labels: Annotation) -> None:
    away = scheme(2, event="P1! A1!", other="P2 D1", setting="PLACE TIME")
    there = Migration(BEFORE, away, {role: Fate(to=other) for role, other in THERE.items()})
    back = Migration(away, BEFORE, {other: Fate(to=role) for role, other in THERE.items()})
    ledger = Ledger()
    moved = carry(labels, there, ledger).annotation
    home = carry(moved, back, ledger).annotation
    assert home == msgspec.structs.replace(labels, scheme=BEFORE.fingerprint)
    assert not any(balance.dropped for balance in ledger.balances())

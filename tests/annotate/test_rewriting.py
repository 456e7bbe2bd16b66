"""Results of Label Studio from one scheme to another: read under the new one, they are the record carried over."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.migration import Fate, Migration
from rolecall.annotate.passage import carry
from rolecall.annotate.rewriting import rewrite, understood
from rolecall.annotate.tasks import read_annotation
from rolecall.annotate.wire import Json
from rolecall.core.ledger import Ledger
from rolecall.core.records import Article, normalise
from tests.annotate.test_migration import AFTER, BEFORE, NEW, OLD, TEXT, migrations

ARTICLE = Article.of(TEXT, id="a")
PLAIN = Migration(OLD, NEW, {role: Fate(to=role if role in NEW.roles else None) for role in OLD.roles} | {
    "POLICE": Fate(to="AUTHORITY"), "COURT": Fate(to="AUTHORITY"), "CLASH": Fate(to="VIOLENCE"),
    "PLACE": Fate.model_validate({"split": ("PLACE", "FACILITY"), "as": "PLACE"}),
})  # fmt: skip


def region(name: str, quote: str, label: str, layer: str, **more: Any) -> Json:
    start = TEXT.index(quote)
    value = {"start": start, "end": start + len(quote), "text": quote, "labels": [label]}
    return {"id": name, "type": "labels", "from_name": layer, "to_name": "text", "value": value, **more}


def mark(name: str) -> Json:
    return {"id": name, "type": "choices", "from_name": "unsure", "to_name": "text", "value": {"choices": ["unsure"]}}


def answer(question: str, *values: str) -> Json:
    value = {"choices": list(values)}
    return {"id": question, "type": "choices", "from_name": question, "to_name": "text", "value": value}


def related(one: str, other: str, **more: Any) -> Json:
    return {"type": "relation", "from_id": one, "to_id": other, "direction": "right", **more}


def rewritten(*results: Any, migration: Migration = PLAIN) -> tuple[list[Any], list[str]]:
    ledger = Ledger()
    found = rewrite(results, ARTICLE, migration, "ana", ledger)
    ledger.balances()
    return found, [f"{entry.outcome} {entry.item}: {entry.reason}" for entry in ledger.entries]


def test_what_goes_on_keeps_its_id_and_all_that_stands_beside() -> None:
    before = [
        region("c", "Clashes", "CLASH", "event", origin="manual", meta={"text": ["hm"]}),
        mark("p"),
        region("p", "police", "POLICE", "actor", origin="prediction", score=0.5),
        related("p", "c", labels=["why"]),
        answer("article", "come back"),
    ]
    after, said = rewritten(*before)
    assert after == [
        region("c", "Clashes", "VIOLENCE", "event", origin="manual", meta={"text": ["hm"]}),
        mark("p"),
        region("p", "police", "AUTHORITY", "people", origin="prediction", score=0.5),
        related("p", "c", labels=["why"]),
        answer("article", "come back"),
    ]
    assert said == [
        "changed 0:7 CLASH 'Clashes': role is renamed", "changed 18:24 POLICE 'police': role is renamed"
    ]  # fmt: skip


def test_what_says_the_same_comes_back_as_it_is() -> None:
    results = [region("r", "rally", "PROTEST", "event"), related("h", "r"), region("h", "held", "PROTEST", "event")]
    assert rewritten(*results) == (results, [])
    assert rewritten() == ([], [])


def test_a_dropped_label_goes_with_its_marks_and_relations() -> None:
    before = [
        region("r", "rally", "PROTEST", "event"),
        region("w", "Monday", "WHEN", "setting"),
        mark("w"),
        related("r", "w"),
        answer("tone", "calm"),
        answer("topics", "work", "rights"),
        {"id": "t", "type": "textarea", "from_name": "comment", "to_name": "text", "value": {"text": ["hm"]}},
        region("z", "heard", "SHERIFF", "actor"),
        mark("z"),
        "junk",
    ]
    after, said = rewritten(*before)
    assert after == [before[0], answer("topics", "work")]
    assert said == [
        "dropped 43:48 SHERIFF, region z: no such role in the scheme",
        "dropped comment: a textarea without a choice: no such question in the scheme",
        "dropped unsure: unsure: on no region that was kept",
        "dropped None: a None without a choice: no such question in the scheme",
        "dropped 58:64 WHEN 'Monday': role is dropped",
        "dropped 68:73 PROTEST 'rally' -> 58:64 WHEN 'Monday': one of its spans is dropped",
        "dropped tone: calm: no such question in the new scheme",
        "dropped topics: rights: no such answer in the new scheme",
    ]


def test_a_split_role_is_marked_unsure_once() -> None:
    after, _ = rewritten(region("a", "Aqtau", "PLACE", "setting"), region("c", "court", "PLACE", "setting"), mark("c"))
    assert after[:3] == [
        region("a", "Aqtau", "PLACE", "setting"), region("c", "court", "PLACE", "setting"), mark("c")
    ]  # fmt: skip
    value = {"start": 11, "end": 16, "text": "Aqtau", "choices": ["unsure"]}
    assert after[3:] == [mark("a") | {"value": value}]


def test_regions_that_come_to_the_same_are_one_and_relations_follow() -> None:
    after, _ = rewritten(
        region("p", "police", "POLICE", "actor"), mark("p"), region("q", "police", "COURT", "actor"),
        region("r", "rally", "PROTEST", "event"), related("q", "r"), related("r", "p"),
    )  # fmt: skip
    assert after == [
        region("p", "police", "AUTHORITY", "people"), region("r", "rally", "PROTEST", "event"), related("p", "r")
    ]  # fmt: skip


def test_an_event_stays_one_when_the_trigger_between_goes() -> None:
    migration = PLAIN._replace(fates=PLAIN.fates | {"CLASH": Fate(to=None)})
    names = [region("r", "rally", "PROTEST", "event"), region("c", "Clashes", "CLASH", "event"),
             region("h", "held", "PROTEST", "event")]  # fmt: skip
    after, said = rewritten(*names, related("r", "c"), related("c", "h"), migration=migration)
    assert after == [names[0], names[2], related("r", "h")]
    assert said[-1].endswith("some of its triggers are gone")


def test_a_region_with_several_labels_falls_into_one_for_each() -> None:
    both = region("x", "police", "POLICE", "actor") | {"from_name": "actor"}
    after, _ = rewritten(
        both, region("x", "police", "CROWD", "actor"), mark("x"), region("r", "rally", "PROTEST", "event")
    )
    assert after == [
        region("x", "police", "AUTHORITY", "people"), region("x-2", "police", "CROWD", "people"),
        mark("x"), mark("x-2"), region("r", "rally", "PROTEST", "event"),
    ]  # fmt: skip


def test_every_item_is_booked_once_on_reading_and_once_on_its_way() -> None:
    ledger = Ledger()
    wire = [region("p", "police ", "POLICE", "actor"), mark("p"), region("z", "heard", "SHERIFF", "actor"),
            answer("article", "no event", "come back", "rain"), answer("tone", "calm")]  # fmt: skip
    after = rewrite(wire, ARTICLE, PLAIN, "ana", ledger)
    assert after == [region("p", "police", "AUTHORITY", "people"), mark("p"),
                     answer("article", "no event", "come back")]  # fmt: skip
    books = {(book.stage, book.unit): (book.entered, book.kept, book.changed, book.dropped)
             for book in ledger.balances() if book.entered}  # fmt: skip
    assert books == {
        ("read", "span"): (2, 0, {"white space at the edge": 1}, {"no such role in the scheme": 1}),
        ("read", "choice"): (5, 4, {}, {"no such answer in the scheme": 1}),
        ("migrate", "annotation"): (1, 1, {}, {}),
        ("migrate", "span"): (1, 0, {"role is renamed": 1}, {}),
        ("migrate", "choice"): (2, 1, {}, {"no such question in the new scheme": 1}),
    }


def test_a_region_stands_where_it_was_read_to_stand_and_its_mark_with_it() -> None:
    there = {"start": 17, "end": 25, "text": " police ", "choices": ["unsure", "very"]}
    after, _ = rewritten(mark("p") | {"value": there}, region("p", " police ", "POLICE", "actor", meta={"a": 1}))
    mended = there | {"start": 18, "end": 24, "text": "police", "choices": ["unsure"]}
    assert after == [mark("p") | {"value": mended}, region("p", "police", "AUTHORITY", "people", meta={"a": 1})]
    # What says the same under both schemes is not touched for a space.
    rally = [region("r", "rally", "PROTEST", "event"), region("a", " followed", "PROTEST", "event")]
    assert rewritten(*rally)[0] == rally
    assert understood(rally, ARTICLE, NEW)


def at(start: int, end: int, one: Json) -> Json:
    return one | {"value": one["value"] | {"start": start, "end": end}}


def test_offsets_in_utf_16_are_written_in_code_points() -> None:
    article = Article.of("🎉 police at a rally 🎉🎉", id="a")
    police, rally = region("p", "police", "POLICE", "actor"), region("r", "rally", "PROTEST", "event")
    before = [at(3, 9, police), at(15, 20, rally), related("p", "r"),
              at(21, 22, region("x", "held", "CROWD", "actor")), related("x", "r")]  # fmt: skip
    after = rewrite(before, article, PLAIN, "ana", Ledger())
    assert after == [at(2, 8, region("p", "police", "AUTHORITY", "people")), at(14, 19, rally), related("p", "r")]
    # With the one gone whose quote spoke for code points, the other's may not speak for UTF-16.
    before = [at(3, 8, police), at(14, 19, region("w", "rally", "WHEN", "setting"))]
    before[0]["value"] |= {"end": 7, "text": "poli"}
    after = rewrite(before, article, PLAIN, "ana", Ledger())
    assert after == [at(3, 7, region("p", "olic", "AUTHORITY", "people"))]


def test_whose_page_can_have_written_it() -> None:
    old, new = region("p", "police", "POLICE", "actor"), region("p", "police", "AUTHORITY", "people")
    assert [understood([one], ARTICLE, scheme) for one in (old, new) for scheme in (OLD, NEW)] == [
        True, False, False, True
    ]  # fmt: skip
    assert not understood([region("p", "ten", "CROWD", "actor")], ARTICLE, NEW)  # its layer there is another
    assert not understood([answer("tone", "calm")], ARTICLE, NEW)
    assert not understood([mark("p")], ARTICLE, OLD)
    assert understood([answer("tone", "calm"), answer("article", "no event")], ARTICLE, OLD)


IDS = st.sampled_from(["a", "b", "c", "d", "e", "a-2", ""])
STRANGE = Article.of(" a🎉b  c🎉d\r\nef", id="a")
UNITS = STRANGE.text.encode("utf-16-le")


@st.composite
def values(draw: st.DrawFn) -> Json:
    """Offsets with and without a quote, which counts code points, UTF-16 code units, or nothing at all."""
    start, length = draw(st.integers(-1, 11)), draw(st.integers(-1, 5))
    units = UNITS[2 * max(start, 0) : 2 * (start + length)].decode("utf-16-le", "replace")
    quote = draw(st.sampled_from([None, STRANGE.text[start : start + length], units, "b"]))
    value: Json = {"start": start, "end": start + length}
    return value if quote is None else value | {"text": quote}


@st.composite
def wires(draw: st.DrawFn) -> list[Any]:
    """Results as people, suggestions and imports leave them: shared ids, strange labels, relations any way round."""
    items: list[Any] = []
    for _ in range(draw(st.integers(0, 8))):
        labels = draw(st.lists(st.sampled_from([*BEFORE.roles, "SHERIFF", "FACILITY"]), max_size=2))
        value, kind = draw(values()), draw(st.sampled_from(["labels", "labels", "hypertextlabels"]))
        value[draw(st.sampled_from(["labels", kind]))] = labels
        layer = draw(st.sampled_from([*BEFORE.layer_roles, "elsewhere"]))
        item: Json = {"id": draw(IDS), "type": kind, "from_name": layer, "to_name": "text", "value": value}
        items.append(item | draw(st.sampled_from([{}, {"score": 0.5}, {"score": 0.7}, {"score": "x"}])))
    for name in draw(st.lists(IDS, max_size=3)):
        items.append(mark(name) | {"value": draw(values()) | {"choices": draw(st.sampled_from([["unsure"], ["?"]]))}})
    items += [related(*ends) for ends in draw(st.lists(st.tuples(IDS, IDS), max_size=8))]
    about = [answer("article", "no event"), answer("article", "come back", "rain"), answer("who", "me"), {}, "junk"]
    items += draw(st.lists(st.sampled_from(about)))
    return draw(st.permutations(items))


@given(wires(), migrations())
def test_read_under_the_new_scheme_it_is_the_record_carried_over(wire: list[Any], migration: Migration) -> None:
    ledger = Ledger()
    after = rewrite(wire, STRANGE, migration, "ana", ledger)  # which raises where it is not exact
    ledger.balances()
    before, _ = read_annotation({"result": wire}, STRANGE, BEFORE, by="ana")
    found, reading = read_annotation({"result": after}, STRANGE, AFTER, by="ana")
    assert found == normalise(carry(before, migration, Ledger()).annotation)
    assert understood(after, STRANGE, AFTER)
    ids = [item["id"] for item in after if item.get("type") == "labels"]
    assert after == wire or (len(ids) == len(set(ids)) and not reading.losses)

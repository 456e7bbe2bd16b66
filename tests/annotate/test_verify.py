"""Comparing two annotation files."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.verify import Comparison, Row, contents, verify
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Span, normalise
from tests.strategies import TRIGGERS, annotations

SAMPLE = Path(__file__).parents[2] / "sample" / "annotations.jsonl"
PEOPLE, HELD, RALLY, MARCH, AKTAU = (
    Span(0, 6, "DETAINEE", "people"),
    Span(7, 11, "ARREST", "held"),
    Span(12, 17, "PROTEST", "rally"),
    Span(18, 23, "PROTEST", "march"),
    Span(24, 29, "PLACE", "Aktau"),
)
WHOLE = Annotation(
    article="a",
    hash="0" * 64,
    by="ana",
    kind="human",
    scheme="protest:1:0",
    spans=(PEOPLE, HELD, RALLY, MARCH, AKTAU),
    links=((1, 0), (2, 4)),
    events=((2, 3),),
)


def changed(**fields: Any) -> Annotation:
    return msgspec.structs.replace(WHOLE, **fields)


def compare(first: list[Annotation], second: list[Annotation]) -> Comparison:
    return verify(jsonl.by_article(first), jsonl.by_article(second), TRIGGERS)


def found(comparison: Comparison) -> list[str]:
    return [f"{d.side} {d.unit} {d.item}" for d in comparison.differences]


def test_the_same_in_another_order_with_other_times_is_the_same() -> None:
    other = changed(
        spans=(AKTAU, MARCH, RALLY, HELD, PEOPLE),
        links=((2, 0), (3, 4)),
        events=((3,), (1, 2)),
        status="submitted",
        created="2024-01-01",
        updated="2024-01-02",
        seconds=9.0,
        from_prediction="m",
    )
    comparison = compare([WHOLE], [other])
    assert comparison.same
    # Two events: rally with march, and the arrest that stands alone.
    assert comparison.rows == {
        "annotations": Row(1, 1, 1),
        "spans": Row(5, 5, 5),
        "links": Row(2, 2, 2),
        "events": Row(2, 2, 2),
        "choices": Row(),
    }


def test_without_links_or_groups_there_are_no_events() -> None:
    bare = changed(links=(), events=())
    assert compare([bare], [bare]).rows["events"] == Row(0, 0, 0)
    assert compare([changed(events=())], [changed(events=())]).rows["events"] == Row(3, 3, 3)
    assert compare([changed(links=(), events=((1,),))], [bare]).same


@pytest.mark.parametrize(
    ("other", "differences"),
    [
        (
            changed(spans=(PEOPLE, HELD, RALLY, MARCH, Span(24, 28, "PLACE", "Akta"))),
            [
                "missing spans 24:29 PLACE 'Aktau'",
                "extra spans 24:28 PLACE 'Akta'",
                "missing links 12:17 PROTEST 'rally' -> 24:29 PLACE 'Aktau'",
                "extra links 12:17 PROTEST 'rally' -> 24:28 PLACE 'Akta'",
            ],
        ),
        (changed(links=((1, 0),)), ["missing links 12:17 PROTEST 'rally' -> 24:29 PLACE 'Aktau'"]),
        (
            changed(events=()),
            [
                "missing events 12:17 PROTEST 'rally' + 18:23 PROTEST 'march'",
                "extra events 12:17 PROTEST 'rally'",
                "extra events 18:23 PROTEST 'march'",
            ],
        ),
        (
            changed(spans=(PEOPLE, HELD, RALLY, MARCH, msgspec.structs.replace(AKTAU, unsure=True)), links=((1, 0),)),
            [
                "missing spans 24:29 PLACE 'Aktau'",
                "extra spans 24:29 PLACE 'Aktau' unsure",
                "missing links 12:17 PROTEST 'rally' -> 24:29 PLACE 'Aktau'",
            ],
        ),
        (
            changed(kind="adjudicated", status="skipped"),
            [
                f"missing annotations human, submitted, protest:1:0, hash {'0' * 64}",
                f"extra annotations adjudicated, skipped, protest:1:0, hash {'0' * 64}",
            ],
        ),
    ],
)
def test_each_difference_is_named(other: Annotation, differences: list[str]) -> None:
    comparison = compare([WHOLE], [other])
    assert found(comparison) == differences
    assert not comparison.same
    back = compare([other], [WHOLE])
    assert (sum(r.missing for r in back.rows.values()), sum(r.extra for r in back.rows.values())) == (
        sum(r.extra for r in comparison.rows.values()),
        sum(r.missing for r in comparison.rows.values()),
    )


def test_what_stands_twice_counts_twice() -> None:
    twice = changed(spans=(*WHOLE.spans, AKTAU))
    comparison = compare([twice], [WHOLE])
    assert comparison.rows["spans"] == Row(6, 5, 5, missing=1)
    assert found(comparison) == ["missing spans 24:29 PLACE 'Aktau'"]


def test_an_annotation_that_one_side_lacks() -> None:
    comparison = compare([WHOLE, changed(by="ben")], [WHOLE, changed(article="b")])
    assert comparison.rows == {
        "annotations": Row(2, 2, 1, 1, 1),
        "spans": Row(10, 10, 5, 5, 5),
        "links": Row(4, 4, 2, 2, 2),
        "events": Row(4, 4, 2, 2, 2),
        "choices": Row(),
    }
    assert {(d.article, d.by, d.side) for d in comparison.differences} == {
        ("a", "ben", "missing"),
        ("b", "ana", "extra"),
    }


@given(annotations())
def test_an_annotation_says_what_its_normal_form_says(annotation: Annotation) -> None:
    assert contents(annotation, TRIGGERS) == contents(normalise(annotation), TRIGGERS)
    grouped = {annotation.article: {annotation.by: annotation}}
    comparison = verify(grouped, {annotation.article: {annotation.by: normalise(annotation)}}, TRIGGERS)
    assert comparison.same
    assert comparison.rows["spans"].identical == len(annotation.spans)


@given(annotations(), st.data())
def test_a_span_more_or_less_is_always_found(annotation: Annotation, data: st.DataObject) -> None:
    more = msgspec.structs.replace(
        annotation, spans=(*annotation.spans, Span(0, 1, data.draw(st.sampled_from(["PLACE", "PROTEST"])), "x"))
    )
    one, other = {"a": {"ana": annotation}}, {"a": {"ana": more}}
    assert not verify(one, other, TRIGGERS).same
    assert verify(one, other, TRIGGERS).rows["spans"].extra == 1
    assert verify(other, one, TRIGGERS).rows["spans"].missing == 1


def test_the_sample_against_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "verify", str(SAMPLE), str(SAMPLE), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["same"] is True
    # The sample's gold has 353 events and 1,528 links; the two annotators labelled spans only.
    assert shown["rows"]["events"] == {"first": 353, "second": 353, "identical": 353, "missing": 0, "extra": 0}
    assert shown["rows"]["links"]["identical"] == 1528
    assert shown["rows"]["annotations"]["identical"] == 120


def test_a_difference_is_a_finding_and_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = list(jsonl.read(SAMPLE, Annotation))
    lost = msgspec.structs.replace(records[0], spans=records[0].spans[1:], links=(), events=())
    path = tmp_path / "pulled.jsonl"
    jsonl.write(path, [lost, *records[1:]])
    assert run(["annotate", "verify", str(SAMPLE), str(path)]) == 1
    shown = capsys.readouterr()
    assert "missing span" in shown.out
    assert "0:11 PARTICIPANT 'Oil workers'" in shown.out
    assert "differ" in shown.out


def test_files_of_two_schemes_are_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.jsonl"
    jsonl.write(path, [msgspec.structs.replace(WHOLE, scheme="case:1:50765441f31a")])
    assert run(["annotate", "verify", str(SAMPLE), str(path)]) == 2
    assert "case:1:50765441f31a" in capsys.readouterr().err
    assert run(["annotate", "verify", str(SAMPLE), str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl: cannot be read" in capsys.readouterr().err


def test_the_file_that_says_a_thing_twice_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "twice.jsonl"
    first = next(jsonl.read(SAMPLE, Annotation))
    jsonl.write(path, [first, first])
    assert run(["annotate", "verify", str(SAMPLE), str(path)]) == 2
    assert f"{path}: 'ana' annotated article 's1-01' twice" in capsys.readouterr().err

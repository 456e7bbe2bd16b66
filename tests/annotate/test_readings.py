from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from rolecall.annotate.readings import Readings, choose
from rolecall.core import jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.ledger import Balance, Ledger
from rolecall.core.records import Annotation, Article, Kind, Status, quote
from rolecall.core.scheme import load_scheme

PROTEST = load_scheme("protest")
ARTICLES = {name: Article.of(f"{name} rally", id=name) for name in ("a1", "a2")}


def reading(
    article: str, by: str, kind: Kind = "human", status: Status | None = None, scheme: str = PROTEST.fingerprint
) -> Annotation:
    text = ARTICLES[article]
    spans = (quote(text, 3, 8, "PROTEST"),)
    return Annotation(article=article, hash=text.hash, by=by, kind=kind, scheme=scheme, spans=spans, status=status)


def readings(tmp_path: Path, annotations: Sequence[Annotation]) -> Readings:
    jsonl.write(tmp_path / "labels.jsonl", annotations)
    return Readings(tmp_path / "labels.jsonl", PROTEST, ARTICLES)


def test_the_adjudicated_annotation_stands_else_the_only_human_one(tmp_path: Path) -> None:
    annotations = [
        reading("a1", "ana"),
        reading("a2", "ben", status="submitted"),
        reading("a1", "gold", "adjudicated"),
        reading("a2", "bert", "model"),
        reading("a1", "ben"),
        reading("a2", "eva", status="skipped"),
        reading("a2", "ida", "adjudicated", status="draft"),
    ]
    found = readings(tmp_path, annotations)
    ledger = Ledger()
    assert choose(found, None, ledger) == {"a1": "gold", "a2": "ben"}
    assert ledger.balances() == [
        Balance(
            stage="choose",
            unit="annotation",
            entered=7,
            kept=2,
            dropped={"kept for agreement only": 2, "made by a model": 1, "skipped": 1, "draft": 1},
        )
    ]
    assert found.get("a1", "gold") == annotations[2]
    assert list(found.humans("a1")) == [annotations[0], annotations[4]]
    assert list(found.humans("a2")) == [annotations[1]]


def test_several_people_and_nobody_to_decide_is_an_error_that_names_them(tmp_path: Path) -> None:
    found = readings(tmp_path, [reading("a1", "ana"), reading("a1", "ben"), reading("a2", "ana")])
    with pytest.raises(InputError, match=r"1 articles have several annotations .*: a1 \(ana, ben\)\n.*--by NAME"):
        choose(found, None, Ledger())
    ledger = Ledger()
    assert choose(found, "ben", ledger) == {"a1": "ben"}
    assert [entry.reason for entry in ledger.entries] == ["kept for agreement only", "not by the chosen annotator"]


def test_two_adjudicated_annotations_leave_it_open(tmp_path: Path) -> None:
    found = readings(tmp_path, [reading("a1", "gold", "adjudicated"), reading("a1", "gold2", "adjudicated")])
    with pytest.raises(InputError, match=r"a1 \(gold, gold2\)"):
        choose(found, None, Ledger())
    assert choose(found, "gold2", Ledger()) == {"a1": "gold2"}


@pytest.mark.parametrize("by", [None, "eva", "bert"])
def test_no_labels_at_all_is_an_error(tmp_path: Path, by: str | None) -> None:
    found = readings(tmp_path, [reading("a1", "bert", "model"), reading("a1", "eva", status="skipped")])
    with pytest.raises(InputError, match=f"no finished annotation by {by!r}" if by else "by a person") as caught:
        choose(found, by, Ledger())
    remedy = "people who finished any: none" if by else "label some articles, or hand in what stands as a draft"
    assert caught.value.remedy == remedy


def test_a_name_that_nobody_has_is_answered_with_those_there_are(tmp_path: Path) -> None:
    found = readings(tmp_path, [reading("a1", "ben"), reading("a1", "ana"), reading("a1", "bert", "model")])
    with pytest.raises(InputError, match=r"no finished annotation by 'Ana'\n  remedy: people who .*: ana, ben$"):
        choose(found, "Ana", Ledger())


def test_what_does_not_fit_is_refused_by_line(tmp_path: Path) -> None:
    with pytest.raises(SchemeMismatchError, match=r"labels\.jsonl:2: labelled with scheme 'protest:0:0'"):
        readings(tmp_path, [reading("a1", "ana"), reading("a1", "ben", scheme="protest:0:0")])
    with pytest.raises(InputError, match="'ana' annotated article 'a1' twice"):
        readings(tmp_path, [reading("a1", "ana"), reading("a1", "ana")])
    stranger = Article.of("rally", id="a3")
    annotation = Annotation(
        article="a3", hash=stranger.hash, by="ana", kind="human", scheme=PROTEST.fingerprint, spans=()
    )
    with pytest.raises(InputError, match=r"labels\.jsonl:1: article 'a3' is not among the articles given"):
        readings(tmp_path, [annotation])


def test_labels_rest_on_suggestions_where_those_do_that_they_were_made_from(tmp_path: Path) -> None:
    def from_suggestion(annotation: Annotation) -> Annotation:
        return msgspec.structs.replace(annotation, from_prediction="m1")

    annotations = [
        reading("a1", "ana"),
        from_suggestion(reading("a1", "ben")),
        from_suggestion(reading("a1", "cy", status="skipped")),
        reading("a1", "gold", "adjudicated"),
        reading("a2", "ana"),
        from_suggestion(reading("a2", "gold", "adjudicated")),
    ]
    found = readings(tmp_path, annotations)
    assert found.anchored("a1", "gold") == ["ben"]
    assert found.anchored("a1", "ana") == []
    assert found.anchored("a1", "ben") == ["ben"]
    assert found.anchored("a2", "gold") == ["gold"]
    assert found.anchored("a2", "ana") == []

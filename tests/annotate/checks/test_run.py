from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.checks.findings import Finding, at_least
from rolecall.annotate.checks.rules import RULES
from rolecall.annotate.checks.run import Corpus, check
from rolecall.annotate.checks.settings import active
from rolecall.annotate.checks.table import Tally, findings_table
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from tests.annotate.checks.marked import SCHEME, annotate, parse
from tests.strategies import annotations, articles

A, B = "Police {detained,|ARREST} {men|DETAINEE}.", "A {rall|PROTEST}y in {Osh|PLACE}."


def texts(*marked: str) -> dict[str, Article]:
    return {str(n): Article.of(parse(one)[0], id=str(n), lang="en") for n, one in enumerate(marked)}


def write(path: Path, *records: Annotation) -> Path:
    jsonl.write(path, records)
    return path


def test_findings_come_by_article_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        annotate(B, article="1"),
        annotate(A, article="0"),
        annotate(B, article="1", by="ben"),
        annotate(A, article="0", by="ben", status="skipped"),
        annotate(A, article="0", by="m", kind="model"),
    )
    corpus = Corpus(path, texts(A, B), SCHEME)
    assert (corpus.people, corpus.skipped, corpus.models, len(corpus)) == ({"ana": 2, "ben": 1}, 1, 1, 2)
    rules = active(SCHEME, without=("rare-role",))
    found = list(check(corpus, rules, link=lambda annotation: f"at {annotation.article}"))
    assert [(f.article, f.by, f.rule, f.severity) for f in found] == [
        ("1", "ana", "half-word", "error"),
        ("1", "ben", "half-word", "error"),
        ("0", "ana", "edge-punctuation", "warning"),
    ]
    assert found[0] == Finding(
        rule="half-word",
        severity="error",
        message="ends inside 'rally'",
        article="1",
        by="ana",
        start=2,
        end=6,
        role="PROTEST",
        text="rall",
        link="at 1",
    )
    assert [f.by for f in check(corpus, rules, by=["ben"])] == ["ben"]
    named = Corpus(path, texts(A, B), SCHEME, named=["m"])
    assert [(f.article, f.by) for f in check(named, rules, by=["m"])] == [("0", "m")]


def test_what_concerns_the_corpus_has_no_article_and_is_not_about_one_person(tmp_path: Path) -> None:
    corpus = Corpus(write(tmp_path / "a.jsonl", annotate(B)), texts(A, B), SCHEME)
    rules = active(SCHEME, only=("rare-role",))
    found = list(check(corpus, rules))
    assert len(found) == 19
    assert found[0] == Finding(
        rule="rare-role", severity="hint", message="has 1 span in 1 article, fewer than 20", role="PROTEST"
    )
    assert list(check(corpus, rules, by=["ana"])) == []


def test_an_empty_reading_beside_a_full_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", annotate(parse(B)[0], article="1"), annotate(B, article="1", by="ben"))
    (found,) = check(Corpus(path, texts(A, B), SCHEME), active(SCHEME, only=("no-spans",)))
    assert (found.by, found.message, found.start) == ("ana", "marks nothing where others do: ben 2 spans", None)


def test_words_are_learnt_only_for_readings_that_nobody_stands_beside(tmp_path: Path) -> None:
    alone = [annotate(parse(B)[0], article="1"), annotate(A, article="0")]
    path = write(tmp_path / "a.jsonl", *alone)
    assert Corpus(path, texts(A, B), SCHEME).facts().expectation is not None
    assert Corpus(path, texts(A, B), SCHEME).facts(expect=False).expectation is None
    write(path, *alone, annotate(B, article="1", by="ben"))
    assert Corpus(path, texts(A, B), SCHEME).facts().expectation is None


def test_a_scheme_s_severity_goes_before_the_rule_s_own(tmp_path: Path) -> None:
    made = Scheme.model_validate(SCHEME.model_dump() | {"checks": {"half-word": "warning"}})
    corpus = Corpus(write(tmp_path / "a.jsonl", annotate(B, article="1")), texts(A, B), made)
    (found,) = check(corpus, active(made, only=("half-word",)))
    assert found.severity == "warning"
    assert [at_least(found.severity, least) for least in ("error", "warning", "hint")] == [False, True, True]


def test_two_readings_by_one_person_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", annotate(B, article="1"), annotate(B, article="1"))
    with pytest.raises(InputError, match=r"a\.jsonl:2: 'ana' annotated article '1' twice"):
        list(check(Corpus(path, texts(A, B), SCHEME), active(SCHEME)))


def test_labels_of_another_text_are_refused_before_anything_is_checked(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", annotate(B, article="1"), annotate(A, article="0"))
    with pytest.raises(InputError, match=r"a\.jsonl:2: article '0' has changed since it was labelled"):
        Corpus(path, texts("other", B), SCHEME)


@given(st.data())
def test_whatever_is_labelled_gets_findings_that_point_into_the_text(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    article = data.draw(articles())
    made = data.draw(annotations(article))
    made = msgspec.structs.replace(made, scheme=SCHEME.fingerprint, kind="human")
    path = write(tmp_path_factory.mktemp("any") / "a.jsonl", made)
    scheme = Scheme.model_validate(SCHEME.model_dump() | {"checks": dict.fromkeys(RULES, True)})
    tally = Tally()
    for finding in tally.watch(check(Corpus(path, {article.id: article}, scheme), active(scheme))):
        if finding.start is not None:
            assert article.text[finding.start : finding.end] == finding.text
        assert msgspec.json.decode(msgspec.json.encode(finding), type=Finding) == finding
    assert findings_table(tally).row_count >= len(tally.counts)

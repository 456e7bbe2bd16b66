import os
from pathlib import Path

import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger
from rolecall.core.records import Annotation, Article, Span
from rolecall.evaluate import card, files
from rolecall.evaluate.agreement_files import agree_file
from tests.evaluate.material import SAMPLE, SCHEME, TEXT, annotation

CORPORA = os.environ.get("ROLECALL_CORPORA")


def test_agreement_of_the_sample_corpus() -> None:
    found = agree_file(SAMPLE / "annotations.jsonl", articles=SAMPLE / "articles.jsonl")
    derived = card.derive_agreement(found)
    scores = {(pair.gold, pair.predicted): pair.scores for pair in derived.human.pairs}
    assert {names: round(each.micro.f1.value or 0, 3) for names, each in scores.items()} == {
        ("ana", "ben"): 0.919,
        ("gold", "ana"): 0.946,
        ("gold", "ben"): 0.951,
    }
    assert {(each.articles, each.groups) for each in scores.values()} == {(40, 28)}
    assert found.dissent is not None
    assert found.dissent.kinds == {
        "boundary": 51,
        "role": 4,
        "role and boundary": 2,
        "layer": 6,
        "missed": 149,
        "split": 8,
    }
    assert found.overruled is not None
    assert [(group.roles, group.number) for group in found.overruled.groups] == [
        (("PARTICIPANT",), 37),
        (("AUTHORITY",), 3),
        (("TIME",), 2),
    ]
    assert derived.warnings == ("links and events: made by gold only, so there are none to compare",)
    assert f"|articles:40|spans:{1871 + 1798 + 1885}|groups:28|" in derived.signature


@pytest.mark.skipif(CORPORA is None, reason="ROLECALL_CORPORA does not name the folder of corpora")
def test_agreement_on_real_articles(tmp_path: Path) -> None:
    folder = Path(CORPORA or "") / "articles"
    texts = {path.stem: path.read_bytes().decode() for path in folder.glob("*.txt")}
    articles, labels = tmp_path / "articles.jsonl", tmp_path / "labels.jsonl"
    jsonl.write(articles, [Article.of(text, id=name) for name, text in texts.items()])
    old = jsonl.read(folder / "annotations.jsonl", Annotation)
    jsonl.write(labels, [msgspec.structs.replace(each, scheme=SCHEME.fingerprint) for each in old])
    found = agree_file(labels, articles=articles)
    assert found.dissent is not None
    assert found.dissent.kinds == {"boundary": 3, "missed": 12, "split": 1}
    derived = card.derive_agreement(found)
    scores = {(pair.gold, pair.predicted): pair.scores.micro for pair in derived.human.pairs}
    assert {names: (line.correct, line.predicted, line.gold) for names, line in scores.items()} == {
        ("a", "b"): (273, 279, 288),
        ("gold", "a"): (281, 288, 281),
        ("gold", "b"): (273, 279, 281),
    }
    assert derived.warnings == ("3 groups of articles: below 20 the intervals are unreliable",)


def test_an_annotator_is_scored_like_a_model() -> None:
    labels = SAMPLE / "annotations.jsonl"
    found = files.score_files(
        labels,
        labels,
        articles=SAMPLE / "articles.jsonl",
        annotators=labels,
        gold_by="gold",
        predictions_by="ana",
        resamples=0,
    )
    scores = card.derive(found).scores
    assert (scores.micro.correct, scores.micro.predicted, scores.micro.gold) == (1776, 1871, 1885)
    assert found.sources["gold"].by == "gold"
    assert found.sources["predictions"].by == "ana"
    assert {*found.sources} == {"gold", "predictions", "articles", "annotators"}
    assert found.human is not None
    assert found.human.labelled == {"ana": 40, "ben": 40}


class Case:
    """Files of two articles: gold and a model's predictions."""

    def __init__(self, folder: Path) -> None:
        self.gold, self.predictions, self.articles = (folder / f"{n}.jsonl" for n in ("gold", "pred", "articles"))
        jsonl.write(self.gold, [annotation("a", (0, 2, "PLACE")), annotation("b", (0, 2, "PLACE"))])
        self.predict(annotation("a", (0, 2, "PLACE"), by="m"), annotation("b", by="m"))
        jsonl.write(self.articles, [Article.of(TEXT, id=name, story="s") for name in "abc"])

    def predict(self, *annotations: Annotation) -> None:
        jsonl.write(self.predictions, annotations)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_stories_are_the_groups(case: Case) -> None:
    plain = files.score_files(case.gold, case.predictions)
    assert {row.group for row in plain.tally.rows} == {"a", "b"}
    assert (
        "no articles file: texts were not looked at, and each article is its own group" in card.derive(plain).warnings
    )
    found = files.score_files(case.gold, case.predictions, articles=case.articles)
    assert {row.group for row in found.tally.rows} == {"s"}


def test_a_duplicate_is_counted_with_the_story_of_its_original(case: Case) -> None:
    """Also where what joins the labelled articles is not labelled itself."""
    texts = {name: Article.of(TEXT if name in "ab" else name, id=name) for name in "abc"}
    fields = {"a": {}, "b": {"duplicate_of": "c"}, "c": {"story": "s"}}  # a and b have one text
    jsonl.write(case.articles, [msgspec.structs.replace(texts[name], **own) for name, own in fields.items()])
    found = files.score_files(case.gold, case.predictions, articles=case.articles)
    assert {row.article: row.group for row in found.tally.rows} == {"a": "s", "b": "s"}


def test_missing_and_extra_predictions(case: Case) -> None:
    case.predict(annotation("a", (0, 2, "PLACE"), by="m"), annotation("z", by="m"))
    with pytest.raises(InputError, match="no prediction for 1 of the 2"):
        files.score_files(case.gold, case.predictions, allow_extra=True)
    with pytest.raises(InputError, match="articles that gold does not have"):
        files.score_files(case.gold, case.predictions, allow_missing=True)
    found = files.score_files(case.gold, case.predictions, articles=case.articles, allow_missing=True, allow_extra=True)
    assert (found.missing, found.extra) == (1, 1)


def test_another_text_is_refused(case: Case) -> None:
    other = Article.of("y" * 100, id="b")
    moved = msgspec.structs.replace(annotation("b", by="m"), hash=other.hash)
    case.predict(annotation("a", by="m"), moved)
    with pytest.raises(InputError, match="'m' read another text of article 'b' than gold") as caught:
        files.score_files(case.gold, case.predictions)
    assert str(case.predictions) in str(caught.value)
    with pytest.raises(InputError, match="article 'b' has changed"):
        files.score_files(case.gold, case.predictions, articles=case.articles)


def test_a_quote_that_the_text_does_not_have_is_refused(case: Case) -> None:
    wrong = msgspec.structs.replace(annotation("b", by="m"), spans=(Span(3, 6, "PLACE", "abc"),))
    case.predict(annotation("a", by="m"), wrong)
    with pytest.raises(InputError, match="article 'b', 3:6") as caught:
        files.score_files(case.gold, case.predictions, articles=case.articles)
    assert str(case.predictions) in str(caught.value)


def test_an_article_without_its_text_is_refused(case: Case) -> None:
    jsonl.write(case.articles, [Article.of(TEXT, id="a")])
    with pytest.raises(InputError, match="lacks article 'b'") as caught:
        files.score_files(case.gold, case.predictions, articles=case.articles)
    assert str(case.articles) in str(caught.value)


def test_gold_without_labels_is_refused(case: Case) -> None:
    jsonl.write(case.gold, [msgspec.structs.replace(annotation("a"), status="draft")])
    with pytest.raises(InputError, match="has no labelled article"):
        files.score_files(case.gold, case.predictions)


def test_no_predictions_at_all_count_as_none_when_allowed(case: Case) -> None:
    case.predict()
    with pytest.raises(InputError, match="2 of the 2"):
        files.score_files(case.gold, case.predictions)
    scores = card.derive(files.score_files(case.gold, case.predictions, allow_missing=True)).scores
    assert (scores.micro.precision.value, scores.micro.recall.value, scores.micro.f1.value) == (None, 0.0, 0.0)


def test_annotators_who_labelled_some(case: Case, tmp_path: Path) -> None:
    people = tmp_path / "people.jsonl"
    place = (0, 2, "PLACE")
    jsonl.write(
        people,
        [
            annotation("a", place, by="ana"),
            annotation("b", place, by="ana"),
            annotation("b", place, by="ben"),
            annotation("c", by="ben"),  # not scored, so it takes no part
        ],
    )
    found = files.score_files(case.gold, case.predictions, articles=case.articles, annotators=people)
    assert found.human is not None
    assert found.human.labelled == {"ana": 2, "ben": 1}
    assert [row.article for row in found.human.between[0].rows] == ["b"]
    assert "ben labelled 1 of the 2 articles" in card.derive(found).warnings


def test_agreement_takes_two_readers(case: Case) -> None:
    with pytest.raises(InputError, match="labels by gold only"):
        agree_file(case.gold)


def test_gold_of_an_agreement(case: Case) -> None:
    def labels(*kinds: str) -> None:
        readers = [annotation("a", (0, 2, "PLACE"), by=f"r{n}") for n in range(len(kinds))]
        jsonl.write(case.gold, [msgspec.structs.replace(r, kind=kind) for r, kind in zip(readers, kinds, strict=True)])

    labels("human", "human", "adjudicated")
    agreement = agree_file(case.gold, resamples=0).agreement
    assert [(pair.gold, pair.predicted) for pair in agreement.between] == [("r0", "r1")]
    assert [(pair.gold, pair.predicted) for pair in agreement.with_gold] == [("r2", "r0"), ("r2", "r1")]
    chosen = agree_file(case.gold, gold_by="r0", resamples=0).agreement
    assert [(pair.gold, pair.predicted) for pair in chosen.with_gold] == [("r0", "r1"), ("r0", "r2")]
    labels("human", "human", "adjudicated", "adjudicated")
    with pytest.raises(InputError, match="adjudicated by 'r2' and 'r3': which one is gold"):
        agree_file(case.gold)
    with pytest.raises(InputError, match="no annotation by 'cy'"):
        agree_file(case.gold, gold_by="cy")


def test_pairs_without_a_common_article_are_named(case: Case) -> None:
    jsonl.write(case.gold, [annotation("a", by="ana"), annotation("b", by="ben")])
    derived = card.derive_agreement(agree_file(case.gold, resamples=0))
    assert derived.human.pairs == ()
    assert "1 pair of annotators without a common article: not compared" in derived.warnings


def test_only_what_people_did_on_their_own_and_handed_in_is_compared(case: Case) -> None:
    place = (0, 2, "PLACE")
    alone = [annotation(name, place, by=by) for name in "ab" for by in ("ana", "ben")]
    jsonl.write(case.gold, alone)
    before = agree_file(case.gold, articles=case.articles, tokens=True, resamples=0)
    other = [
        annotation("c", place, (4, 6, "PLACE"), by="ana"),
        annotation("c", place, by="ben", suggestion="m1"),
        annotation("c", by="gold", kind="adjudicated", suggestion="m1"),
        msgspec.structs.replace(annotation("a", by="cy"), status="draft"),
        msgspec.structs.replace(annotation("b", by="cy"), status="skipped"),
    ]
    jsonl.write(case.gold, [*alone, *other])
    found = agree_file(case.gold, articles=case.articles, tokens=True, resamples=0)
    assert found.agreement.between == before.agreement.between
    assert found.agreement.labelled == {"ana": 3, "ben": 3}
    assert found.agreement.suggested == {"ben": {"c": "m1"}}
    assert (found.unlabelled, found.agreement.anchored) == (2, 1)
    assert (before.spans, found.spans) == (4, 6)  # ana's two of c are held against gold, ben's one is not
    assert found.kappa["setting"].cohen[0].articles == before.kappa["setting"].cohen[0].articles == 2
    chosen = agree_file(case.gold, gold_by="ben", resamples=0)
    assert [row.article for row in chosen.agreement.with_gold[0].rows] == ["a", "b"]
    assert chosen.agreement.suggested == {"ben": {"c": "m1"}, "gold": {"c": "m1"}}


def test_a_suggestion_hides_nobody_from_the_signature(case: Case) -> None:
    """What is not compared is not in the hash of the labels: the same numbers carry the same signature."""
    alone = [annotation("a", (0, 2, "PLACE"), by=by) for by in ("ana", "ben")]
    jsonl.write(case.gold, [*alone, annotation("a", by="cy", suggestion="m1")])
    found = agree_file(case.gold, resamples=0)
    jsonl.write(case.gold, alone)
    assert found.terms == agree_file(case.gold, resamples=0).terms


def test_agreement_beside_a_model_counts_no_suggestions(case: Case, tmp_path: Path) -> None:
    people = [annotation(name, (0, 2, "PLACE"), by=by) for name in "ab" for by in ("ana", "ben")]
    people[3] = annotation("b", (0, 2, "PLACE"), by="ben", suggestion="m1")
    jsonl.write(tmp_path / "people.jsonl", people)
    found = files.score_files(
        case.gold,
        case.predictions,
        articles=case.articles,
        annotators=tmp_path / "people.jsonl",
        tokens=True,
        resamples=0,
    )
    assert found.human is not None
    assert [row.article for row in found.human.between[0].rows] == ["a"]
    assert [[row.article for row in each.rows] for each in found.human.with_gold] == [["a", "b"], ["a"]]
    assert found.kappa["setting"].cohen[0].articles == 1
    derived = card.derive(found)
    assert "agreement leaves out 1 annotation made from a model's suggestion: ben 1 (b)" in derived.warnings
    assert card.decode(card.encode(found, derived).encode(), card.Scorecard) == found


def test_every_file_that_was_read_is_named(tmp_path: Path, case: Case) -> None:
    ledger = tmp_path / "ledger.jsonl"
    Ledger().write(ledger)
    asked = files.score_files(case.gold, case.predictions, train=case.gold, ledgers=[ledger, ledger])
    assert {*asked.sources} == {"gold", "predictions", "train", "ledger", "ledger 2"}
    assert asked.sources["train"].sha256 == asked.sources["gold"].sha256
    through = files.score_files(case.gold, case.predictions, projection="protest-to-case")
    assert through.sources["projection"].file == "protest-to-case.yaml"

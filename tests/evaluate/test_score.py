import msgspec
import pytest
from hypothesis import given

from rolecall.evaluate.card import derive
from rolecall.evaluate.match import Key
from rolecall.evaluate.score import score
from tests.evaluate.material import SCHEME, annotation, corpora, sides


def test_what_each_side_brought_is_counted() -> None:
    suggested = msgspec.structs.replace(
        annotation("a", (0, 2, "PLACE"), (0, 2, "PLACE"), (1, 3, "TIME")), from_prediction="v1"
    )
    gold = {"a": suggested, "b": annotation("b", (0, 2, "PLACE"))}
    predictions = {"a": annotation("a", (0, 2, "PLACE"), by="m"), "z": annotation("z", (0, 9, "PLACE"), by="m")}
    card = score(gold, predictions, SCHEME, resamples=0)
    assert (card.gold.annotations, card.gold.spans, card.gold.duplicates, card.gold.overlaps) == (2, 3, 1, 1)
    assert card.gold.suggested == 1
    assert (card.predictions.annotations, card.predictions.spans) == (1, 1)
    assert (card.missing, card.extra) == (1, 1)
    derived = derive(card)
    assert derived.scores.micro.recall.value == 1 / 3  # of the three distinct spans of gold, b's counts as missed
    assert derived.warnings == (
        "2 groups of articles: below 20 the intervals are unreliable",
        "1 article of gold without a prediction: counted as no spans",
        "1 prediction without gold: not scored",
        "gold: 1 span standing twice in one annotation counted once",
        "gold: 1 span overlapping another of the same layer; all are counted",
        "gold: 1 annotation made from a model's suggestion, which favours that model",
    )


def test_only_people_count_as_human() -> None:
    gold = {"a": annotation("a", (0, 2, "PLACE"), kind="adjudicated")}
    readings = {
        "a": {
            "ana": annotation("a", (0, 2, "PLACE"), by="ana"),
            "ben": annotation("a", by="ben"),
            "gold": gold["a"],
            "model": annotation("a", (0, 2, "PLACE"), by="model", kind="model"),
        }
    }
    card = score(gold, gold, SCHEME, annotators=readings, resamples=0)
    assert card.human is not None
    assert card.human.labelled == {"ana": 1, "ben": 1}
    human = derive(card).human
    assert human is not None
    assert human.yardstick is human.between
    assert [(pair.gold, pair.predicted) for pair in human.pairs] == [("ana", "ben"), ("gold", "ana"), ("gold", "ben")]


def test_one_annotator_is_held_against_gold() -> None:
    gold = {"a": annotation("a", (0, 2, "PLACE"))}
    card = score(gold, gold, SCHEME, annotators={"a": {"ana": annotation("a", by="ana")}}, resamples=0)
    human = derive(card).human
    assert human is not None
    assert human.between is None
    assert human.yardstick is human.with_gold


def test_nobody_to_compare_is_said() -> None:
    gold = {"a": annotation("a", (0, 2, "PLACE"), by="ana")}
    card = score(gold, gold, SCHEME, annotators={"a": {"ana": gold["a"]}}, resamples=0)
    assert "no two people's labels of these articles to compare" in derive(card).warnings


def test_a_role_that_the_scheme_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="article 'a': no such role: WEATHER"):
        score({"a": annotation("a", (0, 2, "WEATHER"))}, {}, SCHEME)


@given(corpora)
def test_a_reader_against_itself_is_perfect(corpus: dict[str, tuple[list[Key], list[Key]]]) -> None:
    gold, _ = sides(corpus)
    scores = derive(score(gold, gold, SCHEME, resamples=20)).scores
    assert scores.micro.f1.value == (1.0 if scores.micro.gold else None)
    assert scores.macro.f1.value == (1.0 if scores.micro.gold else None)


@given(corpora)
def test_a_perfect_article_never_lowers_the_score(corpus: dict[str, tuple[list[Key], list[Key]]]) -> None:
    perfect = [(0, 1, "PLACE"), (5, 9, "ARREST")]
    before = derive(score(*sides(corpus), SCHEME, resamples=0)).scores.micro
    after = derive(score(*sides(corpus | {"z": (perfect, perfect)}), SCHEME, resamples=0)).scores.micro
    assert (after.f1.value or 0) >= (before.f1.value or 0)

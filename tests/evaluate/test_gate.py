import json
from collections.abc import Sequence

import pytest

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.evidence import Evidence
from rolecall.evaluate.gate import Judgement, encode, gate
from rolecall.evaluate.leaks import Leak
from rolecall.evaluate.losses import Loss
from rolecall.evaluate.rules import read_rules
from rolecall.evaluate.score import score
from tests.evaluate.material import SAMPLE, SCHEME
from tests.evaluate.verdict_material import found, places, rules

NOTHING = Evidence()
FULL = {"minimum": {"micro.f1": 0.5}, "baseline": {"lines": ["micro"]}, "max_loss": 0, "leaks": "forbid"}
LOSS = Loss(ledger="l", step="tokens", entered=30, reasons={"holds no token": 1})


def verdicts(judgement: Judgement) -> list[tuple[str, str]]:
    return [(check.rule, check.verdict) for check in judgement.checks]


def everything(
    old: Sequence[int], *, losses: Sequence[Loss] = (), leaks: Sequence[Leak] = (), new: Scorecard | None = None
) -> Judgement:
    """Judge 4 of 5 places found in each of 6 articles, by all kinds of rules."""
    whole = Loss(ledger="l", step="overlap", entered=30, reasons={})
    return gate(new or places([4] * 6), rules(**FULL), Evidence(places(old), [whole, *losses], leaks))


def test_a_gate_that_passes() -> None:
    judgement = everything([4] * 6)
    assert verdicts(judgement) == [("minimum", "pass"), ("baseline", "pass"), ("max_loss", "pass"), ("leaks", "pass")]
    assert (judgement.verdict, judgement.passed) == ("pass", True)


def test_a_gate_that_fails_by_any_rule() -> None:
    leak = Leak(train="t", test="a00", reason="same story")
    for judgement, rule in (
        (everything([5] * 6), "baseline"),
        (everything([4] * 6, losses=[LOSS]), "max_loss"),
        (everything([4] * 6, leaks=[leak]), "leaks"),
        (everything([2] * 6, new=places([2] * 6)), "minimum"),
    ):
        assert [check.rule for check in judgement.checks if check.verdict != "pass"] == [rule]
        assert (judgement.verdict, judgement.passed) == ("fail", False)


def test_a_gate_that_lacks_evidence_comes_to_what_its_rules_say() -> None:
    for insufficient, passed in (("fail", False), ("pass", True)):
        asked = rules(**FULL, insufficient=insufficient)
        judgement = gate(places([4] * 6), asked, NOTHING)
        assert verdicts(judgement) == [
            ("minimum", "pass"),
            ("baseline", "insufficient evidence"),
            ("max_loss", "insufficient evidence"),
            ("leaks", "insufficient evidence"),
        ]
        assert (judgement.verdict, judgement.passed) == ("insufficient evidence", passed)
        failing = gate(places([0] * 6), asked, NOTHING)  # a fail weighs more than what is lacking
        assert (failing.verdict, failing.passed) == ("fail", False)


def test_the_signature_says_what_was_held_against_what() -> None:
    alone, compared = gate(places([4] * 6), rules(minimum={"articles": 1}), NOTHING), everything([4] * 6)
    assert "|articles:6|spans:30|groups:6|" in alone.signature
    assert "|swaps:all 1|alpha:0.05" in compared.signature
    assert alone.warnings == ()  # no resamples, so no interval to warn of
    assert any("the two do not differ" in warning for warning in compared.warnings)
    few = gate(found(*[{"PLACE": 4}] * 6, resamples=10), rules(minimum={"articles": 1}), NOTHING)
    assert few.warnings == ("6 groups of articles: below 20 the intervals are unreliable",)


def test_a_baseline_on_other_gold_is_refused() -> None:
    with pytest.raises(InputError, match="different gold labels"):
        gate(places([4] * 6), rules(**FULL), Evidence(baseline=places([4] * 7)))


def test_json_has_every_number() -> None:
    document = json.loads(encode(everything([5] * 6)))
    assert (document["verdict"], document["passed"], document["insufficient"]) == ("fail", False, "fail")
    baseline = document["checks"][1]
    assert baseline.pop("reason").startswith("F1 1.000 to 0.800")
    assert baseline.pop("value") == pytest.approx(-0.2)
    assert baseline == {
        "rule": "baseline",
        "key": "baseline.micro",
        "verdict": "fail",
        "threshold": 0,
        "low": None,
        "high": None,
        "p": 2 / 64,
        "spans": 30,
        "groups": 6,
    }


def test_shipped_rules_on_the_sample() -> None:
    groups = {article.id: article.group for article in jsonl.read(SAMPLE / "articles.jsonl", Article)}
    labels = jsonl.by_article(jsonl.read_annotations(SAMPLE / "annotations.jsonl"))
    gold, *people = ({name: by[who] for name, by in labels.items()} for who in ("gold", "ana", "ben"))
    ana, ben = (score(gold, each, SCHEME, groups=groups, resamples=0) for each in people)
    assert gate(ana, read_rules(ana, "default"), NOTHING).verdict == "pass"
    asked = read_rules(ben, "regression")
    assert gate(ben, asked, NOTHING).passed
    assert gate(ben, asked, Evidence(ben)).verdict == "insufficient evidence"
    whole = Loss(ledger="l", step="overlap", entered=30, reasons={})
    worse = gate(ana, asked, Evidence(ben, [whole], []))
    assert worse.verdict == "fail"
    assert [check.key for check in worse.checks if check.verdict == "fail"] == ["baseline.layers.response"]

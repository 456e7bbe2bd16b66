from pathlib import Path

import pytest

from rolecall.core.errors import ConfigError, InputError
from rolecall.core.shipped import shipped
from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.files import score_files
from rolecall.evaluate.gate import Check, gate, read_minimum
from rolecall.evaluate.score import score
from tests.evaluate.material import SAMPLE, SCHEME, annotation


@pytest.fixture
def card() -> Scorecard:
    """PLACE: 1 of 2 found, 1 of 1 right. ARREST: 1 spurious. All: 1 correct, 2 predicted, 2 gold."""
    gold = {"a": annotation("a", (0, 2, "PLACE"), (4, 6, "PLACE"))}
    return score(gold, {"a": annotation("a", (0, 2, "PLACE"), (8, 9, "ARREST"), by="m")}, SCHEME, resamples=0)


def test_checks_by_hand(card: Scorecard) -> None:
    minimum = read_minimum(
        card,
        None,
        ["articles=1", "spans=3", "micro.f1=0.5", "micro.recall=0.51", "roles.PLACE.precision=1", "layers.event.f1=0"],
    )
    found = [(check.key, check.value, check.passed) for check in gate(card, minimum)]
    assert found == [
        ("articles", 1, True),
        ("spans", 2, False),
        ("micro.f1", 0.5, True),
        ("micro.recall", 0.5, False),
        ("roles.PLACE.precision", 1.0, True),
        ("layers.event.f1", 0.0, True),
    ]


def test_what_is_undefined_does_not_pass(card: Scorecard) -> None:
    checks = gate(card, {"roles.ARREST.recall": 0.0, "roles.TIME.f1": 0.0, "roles.TIME.precision": 0.0})
    assert [(check.passed, check.value, check.reason) for check in checks] == [
        (False, None, "undefined: no gold"),
        (False, None, "undefined: neither gold nor prediction"),
        (False, None, "undefined: no prediction"),
    ]


def test_everything_wrong_is_told_at_once(card: Scorecard, tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text("minimun: 1\nminimum:\n  micro.f2: 0.1\n  roles.RAIN.f1: 0.1\n  macro.f1: 1.5\n  spans: 0.5\n")
    with pytest.raises(ConfigError) as caught:
        read_minimum(card, path, ["micro.recall=nan", "layers.sky.f1=0", "articles", "articles=true", "micro.f1=x"])
    text = str(caught.value)
    assert len(caught.value.problems) == 10
    for says in (
        "minimun: unknown key (did you mean minimum?)",
        "minimum.micro.f2: unknown key",
        "minimum.roles.RAIN.f1: the card has no such role (roles: PROTEST",
        "minimum.macro.f1: must be a number from 0 to 1, not 1.5",
        "minimum.spans: must be a whole number, not 0.5",
        "minimum.micro.recall: must be a number from 0 to 1, not nan",
        "minimum.layers.sky.f1: the card has no such layer (layers: event, protest",
        "--min articles: is no threshold",
        "minimum.articles: must be a whole number, not 'true'",
        "minimum.micro.f1: must be a number from 0 to 1, not 'x'",
    ):
        assert says in text


def test_a_gate_without_thresholds_is_no_gate(card: Scorecard, tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text("minimum: {}\n")
    with pytest.raises(ConfigError, match="holds no threshold"):
        read_minimum(card, path, [])
    path.write_text("")
    with pytest.raises(ConfigError, match="minimum: missing"):
        read_minimum(card, path, [])
    with pytest.raises(InputError, match="not among the shipped evaluate"):
        read_minimum(card, "nosuch", [])


def test_a_threshold_is_a_number_as_it_is_typed(card: Scorecard) -> None:
    assert read_minimum(card, None, ["micro.f1=1e-1", "spans=3"]) == {"micro.f1": 0.1, "spans": 3}
    with pytest.raises(ConfigError, match=r"minimum\.micro\.f1: must be a number from 0 to 1, not '2024-13-45'"):
        read_minimum(card, None, ["micro.f1=2024-13-45"])


def test_an_override_takes_the_place_of_the_config(card: Scorecard) -> None:
    assert read_minimum(card, "default", ["micro.f1=0.75"])["micro.f1"] == 0.75


@pytest.mark.parametrize("name", shipped("evaluate"))
def test_shipped_gates_load_and_open_with_purpose_and_command(name: str) -> None:
    labels = SAMPLE / "annotations.jsonl"
    card = score_files(labels, labels, gold_by="gold", by="ana", resamples=0)
    minimum = read_minimum(card, name, [])
    assert all(check.passed for check in gate(card, minimum))
    lines = shipped("evaluate")[name].read_text().splitlines()
    assert lines[0].startswith("# ")
    assert any(f"rolecall evaluate gate scorecard.json --config {name}" in line for line in lines[:5])


def test_a_comparison_in_words_shows_how_it_went() -> None:
    assert Check("micro.f1", 0.2, 0.476439790575, True, "").words == "0.47644 >= 0.2"
    assert Check("micro.f1", 0.47644, 0.476439790575, False, "").words == "0.476439790575 < 0.47644"
    assert Check("spans", 100, 1_234_567, True, "").words == "1234567 >= 100"

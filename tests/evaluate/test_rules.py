from pathlib import Path

import pytest

from rolecall.core import config
from rolecall.core.errors import ConfigError, InputError
from rolecall.core.shipped import shipped
from rolecall.evaluate.rules import Rules, read_rules
from tests.evaluate.verdict_material import places

CARD = places([1])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.yaml"


def test_everything_wrong_is_told_at_once(path: Path) -> None:
    path.write_text(
        "minimun: 1\n"
        "minimum:\n  micro.f2: 0.1\n  roles.RAIN.f1: 0.1\n  macro.f1: 1.5\n  spans: 0.5\n"
        "support: {spans: -1, group: 2}\n"
        "baseline: {lines: [weighted, roles.RAIN, layers.sky, layers.*, roles.PLACE], alpha: 0, tolerance: '0'}\n"
        "max_loss: 2\nleaks: true\ninsufficient: maybe\n"
    )
    with pytest.raises(ConfigError) as caught:
        read_rules(CARD, path, ["micro.recall=nan", "layers.sky.f1=0", "articles", "articles=true", "micro.f1=x"])
    text = str(caught.value)
    for says in (
        "minimun: unknown key (did you mean minimum?)",
        "minimum.micro.f2: unknown key",
        "minimum.roles.RAIN.f1: the card has no such role (roles: PROTEST",
        "minimum.macro.f1: must be a number from 0 to 1, not 1.5",
        "minimum.spans: must be a whole number, not 0.5",
        "support.spans: Input should be greater than or equal to 0; found -1",
        "support.group: unknown key (did you mean groups?)",
        "baseline.lines: weighted: unknown line (lines: micro, macro, layers.NAME",
        "baseline.lines: roles.RAIN: the card has no such role",
        "baseline.lines: layers.sky: the card has no such layer",
        "baseline.alpha: Input should be greater than 0; found 0",
        "baseline.tolerance: Input should be a valid number; found '0' (A drop of F1 up to this is none)",
        "max_loss: Input should be less than or equal to 1; found 2",
        "leaks: Input should be 'forbid' or 'ignore'; found True",
        "insufficient: Input should be 'pass' or 'fail'; found 'maybe'",
        "minimum.micro.recall: must be a number from 0 to 1, not nan",
        "minimum.layers.sky.f1: the card has no such layer (layers: event, protest",
        "--min articles: is no threshold",
        "minimum.articles: must be a whole number, not 'true'",
        "minimum.micro.f1: must be a number from 0 to 1, not 'x'",
    ):
        assert says in text
    assert len(caught.value.problems) == 20


def test_rules_of_another_form_are_told_once(path: Path) -> None:
    path.write_text("minimum: 5\nbaseline: [micro]\nsupport: 3\n")
    with pytest.raises(ConfigError) as caught:
        read_rules(CARD, path)
    assert [problem.key for problem in caught.value.problems] == ["minimum", "support", "baseline"]
    path.write_text("baseline: {lines: micro}\n")
    with pytest.raises(ConfigError, match=r"baseline\.lines: Input should be a valid (tuple|array)"):
        read_rules(CARD, path)
    path.write_text("baseline: {lines: []}\n")
    with pytest.raises(ConfigError, match=r"baseline\.lines"):
        read_rules(CARD, path)


@pytest.mark.parametrize("text", ["minimum: {}\n", "", "support: {spans: 1}\ninsufficient: pass\n"])
def test_a_gate_without_rules_is_no_gate(text: str, path: Path) -> None:
    path.write_text(text)
    with pytest.raises(ConfigError, match="holds no threshold, and no other rule is set"):
        read_rules(CARD, path)


def test_a_config_that_there_is_not() -> None:
    with pytest.raises(InputError, match="not among the shipped evaluate"):
        read_rules(CARD, "nosuch")


def test_a_threshold_is_a_number_as_it_is_typed() -> None:
    assert read_rules(CARD, None, ["micro.f1=1e-1", "spans=3"]).minimum == {"micro.f1": 0.1, "spans": 3}
    with pytest.raises(ConfigError, match=r"minimum\.micro\.f1: must be a number from 0 to 1, not '2024-13-45'"):
        read_rules(CARD, None, ["micro.f1=2024-13-45"])


def test_an_override_takes_the_place_of_the_config() -> None:
    assert read_rules(CARD, "default", ["micro.f1=0.75"]).minimum["micro.f1"] == 0.75


def test_options_that_no_rule_asks_for_are_named_with_the_remedy(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_rules(CARD, "default", given=["--baseline", "--ledger", "--train", "--articles"])
    assert [(problem.key, problem.remedy) for problem in caught.value.problems] == [
        ("--baseline", "add to the config: baseline: {lines: [micro]}; or leave --baseline out"),
        ("--ledger", "add to the config: max_loss: 0; or leave --ledger out"),
        ("--train", "add to the config: leaks: forbid; or leave --train out"),
        ("--articles", "add to the config: leaks: forbid; or leave --articles out"),
    ]
    read_rules(CARD, "regression", given=["--baseline", "--ledger", "--train", "--articles"])
    path.write_text("leaks: forbid\n")
    with pytest.raises(ConfigError, match="--train: says nothing without --articles"):
        read_rules(CARD, path, given=["--train"])
    with pytest.raises(ConfigError, match="--articles: says nothing without --train"):
        read_rules(CARD, path, given=["--articles"])


@pytest.mark.parametrize("name", shipped("evaluate"))
def test_shipped_rules_show_every_value_and_open_with_purpose_and_command(name: str) -> None:
    path = shipped("evaluate")[name]
    assert isinstance(read_rules(CARD, name), Rules)
    assert [*config.read_yaml(path)] == [*Rules.model_fields]
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert any(f"rolecall evaluate gate scorecard.json --config {name}" in line for line in lines[:5])

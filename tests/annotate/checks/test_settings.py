from typing import Any

import pytest

from rolecall.annotate.checks.census import RareRoleOptions
from rolecall.annotate.checks.rules import RULES
from rolecall.annotate.checks.settings import active
from rolecall.core.config import dump
from rolecall.core.errors import ConfigError, InputError
from rolecall.core.scheme import Scheme
from tests.annotate.checks.marked import SCHEME


def scheme(**checks: Any) -> Scheme:
    names = {name.replace("_", "-"): setting for name, setting in checks.items()}
    return Scheme.model_validate(SCHEME.model_dump() | {"checks": names})


def test_without_a_word_the_defaults_run() -> None:
    assert [*active(scheme())] == [name for name, rule in RULES.items() if rule.on]
    assert {name for name, rule in RULES.items() if not rule.on} == {
        "edge-article", "edge-preposition", "pronoun", "missing-link", "unsure"
    }  # fmt: skip


def test_the_protest_scheme_asks_for_what_its_guidelines_say() -> None:
    assert RULES.keys() - active(SCHEME).keys() == {"missing-link", "unsure"}
    assert active(SCHEME)["pattern"].options.roles.keys() == {
        "TIME", "ORGANIZER", "CROWD_SIZE", "DETAINED_COUNT", "CASUALTY_COUNT"
    }  # fmt: skip


def test_a_scheme_switches_rules_and_sets_options() -> None:
    found = active(scheme(unsure=True, drift=False, no_trigger="hint", rare_role={"minimum": 7}))
    assert "unsure" in found
    assert "drift" not in found
    assert found["no-trigger"].options.severity == "hint"
    assert found["rare-role"].options == RareRoleOptions(minimum=7)


def test_options_switch_a_rule_on() -> None:
    assert "edge-article" in active(scheme(edge_article={"assume": "en"}))


def test_the_command_line_has_the_last_word() -> None:
    made = scheme(drift=False, overlap=False)
    assert [*active(made, only=("overlap", "half-word"))] == ["half-word", "overlap"]
    assert "half-word" not in active(made, without=("half-word",))
    assert [*active(made, only=("unsure", "overlap"), without=("overlap",))] == ["unsure"]


def test_checks_do_not_touch_the_fingerprint() -> None:
    assert scheme(unsure=True, rare_role={"minimum": 1}).fingerprint == scheme().fingerprint == SCHEME.fingerprint
    assert "edge-article: true" in dump(SCHEME)


def test_all_that_is_wrong_with_a_scheme_is_told_at_once() -> None:
    made = scheme(
        edge_artikle=False, drift="often", rare_role={"minimum": "ten"}, unsure={"severe": 1}, odd_role={"share": 2.0}
    )
    with pytest.raises(ConfigError) as caught:
        active(made)
    keys = [problem.key for problem in caught.value.problems]
    assert keys == [
        "checks.edge-artikle",
        "checks.odd-role.share",
        "checks.rare-role.minimum",
        "checks.drift",
        "checks.unsure.severe",
    ]
    said = str(caught.value)
    assert "checks.edge-artikle: no such rule (rules: half-word, edge-space, " in said
    assert "checks.drift: 'often' is no setting (write on, off, error, warning or hint, or its options)" in said
    assert "checks.unsure.severe: no such option (options: severity)" in said


@pytest.mark.parametrize("option", ["only", "without"])
def test_unknown_names_on_the_command_line_are_told_with_the_known_ones(option: str) -> None:
    with pytest.raises(InputError, match=f"--{option}: no rule is called spelling\n  remedy: rules: half-word, "):
        active(SCHEME, **{option: ("spelling", "overlap")})


def test_patterns_must_be_of_the_scheme_s_roles_and_regular_expressions() -> None:
    with pytest.raises(ConfigError, match=r"checks\.pattern: role 'MUSIC' is not in the scheme"):
        active(scheme(pattern={"roles": {"MUSIC": {"a": "is wrong"}}}))
    with pytest.raises(ConfigError, match=r"checks.pattern.roles: .*TIME: '\(' is no regular expression: missing \)"):
        active(scheme(pattern={"roles": {"TIME": {"(": "is wrong"}}}))

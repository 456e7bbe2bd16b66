"""The rules of a gate: what people write down, and all that is wrong with it, told at once."""

import math
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from rolecall.core import config, shipped
from rolecall.core.config import Config
from rolecall.core.errors import ConfigError, Problem
from rolecall.evaluate.card import Scorecard

RATES = ("precision", "recall", "f1")
SIZES = ("articles", "spans")
LINES = "micro, macro, layers.NAME, layers.*, roles.NAME, roles.*"

BASELINE, LEDGER, TRAIN, ARTICLES = "--baseline", "--ledger", "--train", "--articles"
"""The options that bring what rules need beside the scorecard."""


class Support(Config):
    """How much gold a number must rest on before a rule says anything about it but insufficient evidence.

    It is gold that counts, also for precision: so predicting less gets round no rule.
    """

    spans: int = Field(default=30, ge=0)
    """Gold spans of the line (role, layer, all) that the number is about. Of 30, one is 3 points of recall."""
    groups: int = Field(default=6, ge=0)
    """Groups (stories) that such spans lie in. Fewer than 6 can never show a difference at 0.05."""


class Baseline(Config):
    """Which lines must not fall below an older scorecard on the same gold."""

    lines: tuple[str, ...] = Field(default=("micro",), min_length=1)
    """Whose F1: micro, macro, layers.NAME, roles.NAME; layers.* and roles.* are all those that gold has."""
    alpha: float = Field(default=0.05, gt=0, lt=1)
    """A drop is significant where p is at most this, corrected among the layers and among the roles that are tested."""
    tolerance: float = Field(default=0.0, ge=0, lt=1)
    """A drop of F1 up to this is none."""
    trials: int = Field(default=10_000, ge=1)
    """Random swaps for p, where more than 12 groups differ; with fewer, every swap is gone through."""


class Rules(Config):
    """What a scorecard has to bear out."""

    minimum: dict[str, Any] = Field(default={})
    """Thresholds by key: articles, spans, micro.RATE, macro.RATE, layers.NAME.RATE, roles.NAME.RATE,
    where RATE is precision, recall or f1."""
    support: Support = Support()
    """How much gold a number must rest on."""
    baseline: Baseline | None = None
    """What must not fall below the scorecard given with --baseline; null for no such rule."""
    max_loss: float | None = Field(default=None, ge=0, le=1)
    """The share of spans that any step in a ledger given with --ledger may change or drop; null for no such rule."""
    leaks: Literal["forbid", "ignore"] = "ignore"
    """Whether the articles given with --train may give away any that are scored (--articles)."""
    insufficient: Literal["pass", "fail"] = "fail"
    """What a gate that lacks evidence comes to, where no rule fails."""


def read_rules(
    card: Scorecard, name: str | Path | None, overrides: Sequence[str] = (), given: Collection[str] = ()
) -> Rules:
    """Read the rules of a config (by name or path), with `key=value` thresholds added or put in place.

    Without a config there are those thresholds, and the defaults. `given` are the options that bring evidence. Raises
    ConfigError with everything that is wrong: unknown keys, layers and roles that the card does not have, values that
    no score can be held against, options that no rule asks for.
    """
    path = Path("--min") if name is None else shipped.find("evaluate", name)
    rules, problems = Rules(), list[Problem]()
    raw: dict[str, Any] = {}
    if name is not None:
        raw = config.read_yaml(path)
        try:
            rules = config.load(Rules, path)
        except ConfigError as error:
            problems += error.problems
    found = raw.get("minimum")
    minimum = dict(found) if isinstance(found, dict) else {}
    problems += _override(minimum, overrides)
    problems += [problem for key, value in minimum.items() if (problem := _threshold_problem(card, str(key), value))]
    problems += [problem for line in _raw_lines(raw) if (problem := _line_problem(card, line))]
    if not problems:
        rules = rules.model_copy(update={"minimum": minimum})
        problems += _unused(rules, given)
        if not (minimum or rules.baseline or rules.max_loss is not None or rules.leaks == "forbid"):
            problems.append(Problem("minimum", "holds no threshold, and no other rule is set", "add micro.f1: 0.5"))
    if problems:
        raise ConfigError(path, problems)
    return rules


def _override(minimum: dict[str, Any], overrides: Sequence[str]) -> list[Problem]:
    """Put the thresholds of the command line in place, and say which are none."""
    problems = []
    for item in overrides:
        key, equals, value = item.partition("=")
        if equals:
            minimum[key] = _number(value)
        else:
            problems.append(Problem(f"--min {item}", "is no threshold", "write key=value, such as micro.f1=0.5"))
    return problems


def _number(value: str) -> float | str:
    """Read a number, whole where it can be; leave what is none for `_threshold_problem` to name."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(value)
    return value


def _threshold_problem(card: Scorecard, key: str, value: Any) -> Problem | None:
    """Say what is wrong with one threshold."""
    where = f"minimum.{key}"
    if key in SIZES:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return Problem(where, f"must be a whole number, not {value!r}")
        return None
    line, _, rate = key.rpartition(".")
    kind, _, name = line.partition(".")
    if rate not in RATES or not (line in {"micro", "macro"} or (kind in {"layers", "roles"} and name)):
        forms = "articles, spans, micro.RATE, macro.RATE, layers.NAME.RATE, roles.NAME.RATE"
        return Problem(where, "unknown key", f"keys: {forms}; RATE is one of {', '.join(RATES)}")
    if name and (problem := _unknown(card, kind, name, where)):
        return problem
    if isinstance(value, bool) or not isinstance(value, int | float) or not (0 <= value <= 1) or math.isnan(value):
        return Problem(where, f"must be a number from 0 to 1, not {value!r}")
    return None


def _raw_lines(raw: dict[str, Any]) -> list[str]:
    """The lines of a baseline as they were typed, whatever else is wrong."""
    baseline = raw.get("baseline")
    lines = baseline.get("lines") if isinstance(baseline, dict) else None
    return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []


def _line_problem(card: Scorecard, line: str) -> Problem | None:
    """Say what is wrong with one line of a baseline."""
    kind, _, name = line.partition(".")
    if line in {"micro", "macro", "layers.*", "roles.*"}:
        return None
    if kind not in {"layers", "roles"} or not name:
        return Problem(f"baseline.lines: {line}", "unknown line", f"lines: {LINES}")
    return _unknown(card, kind, name, f"baseline.lines: {line}")


def _unknown(card: Scorecard, kind: str, name: str, where: str) -> Problem | None:
    """Refuse a layer or role that the card does not have."""
    known = [*card.layers] if kind == "layers" else [role for roles in card.layers.values() for role in roles]
    if name in known:
        return None
    return Problem(where, f"the card has no such {kind[:-1]}", f"{kind}: {', '.join(known)}")


def _unused(rules: Rules, given: Collection[str]) -> list[Problem]:
    """Refuse options that no rule asks for, and half a pair: who gives evidence expects it to be weighed."""
    asked = {
        BASELINE: (rules.baseline is not None, "baseline: {lines: [micro]}"),
        LEDGER: (rules.max_loss is not None, "max_loss: 0"),
        TRAIN: (rules.leaks == "forbid", "leaks: forbid"),
        ARTICLES: (rules.leaks == "forbid", "leaks: forbid"),
    }
    problems = [
        Problem(option, "is given, but no rule asks for it", f"add to the config: {remedy}; or leave {option} out")
        for option, (wanted, remedy) in asked.items()
        if option in given and not wanted
    ]
    for one, other in ((TRAIN, ARTICLES), (ARTICLES, TRAIN)):
        if one in given and other not in given and rules.leaks == "forbid":
            problems.append(Problem(one, f"says nothing without {other}", f"give both {TRAIN} and {ARTICLES}"))
    return problems

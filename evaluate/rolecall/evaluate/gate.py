"""The gate: thresholds that a scorecard has to reach."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from rolecall.core import config, shipped
from rolecall.core.config import Config
from rolecall.core.errors import ConfigError, Problem
from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.summary import Estimate, Line, Mean, Summary, summarise

RATES = ("precision", "recall", "f1")
SIZES = ("articles", "spans")


class Gate(Config):
    """What a scorecard has to reach."""

    minimum: dict[str, Any]
    """Thresholds by key: articles, spans, micro.RATE, macro.RATE, layers.NAME.RATE, roles.NAME.RATE,
    where RATE is precision, recall or f1."""


class Check(NamedTuple):
    """One threshold and what became of it; `value` is None where the number is undefined, and `reason` says why."""

    key: str
    minimum: float
    value: float | None
    passed: bool
    reason: str

    @property
    def words(self) -> str:
        """Write the comparison with six digits, or with all where six would hide how it went."""
        if self.value is None:
            return f"undefined < {self.minimum}"
        short = self.value if isinstance(self.value, int) else float(f"{self.value:.6g}")
        shown = short if (short >= self.minimum) == self.passed else self.value
        return f"{shown} {'>=' if self.passed else '<'} {self.minimum}"


def gate(card: Scorecard, minimum: Mapping[str, float]) -> list[Check]:
    """Hold a scorecard against thresholds that `read_minimum` has checked; an undefined number does not pass."""
    scores = summarise(card.tally.rows, card.layers, resamples=0, seed=0)
    checks = []
    for key, threshold in minimum.items():
        value, reason = _value(scores, key)
        passed = value is not None and value >= threshold
        checks.append(Check(key, threshold, value, passed, reason))
    return checks


def read_minimum(card: Scorecard, name: str | Path | None, overrides: Sequence[str]) -> dict[str, float]:
    """Read the thresholds of a config (by name or path), with `key=value` added or put in place.

    Without a config there are only those given. Raises ConfigError with everything that is wrong in both: unknown
    keys, layers and roles that the card does not have, values that no score can be held against.
    """
    problems: list[Problem] = []
    minimum: dict[str, Any] = {}
    path = Path("--min")
    if name is not None:
        path = shipped.find("evaluate", name)
        try:
            minimum = dict(config.load(Gate, path).minimum)
        except ConfigError as error:
            problems += error.problems
            found = config.read_yaml(path).get("minimum")
            minimum = found if isinstance(found, dict) else {}
    for item in overrides:
        key, equals, value = item.partition("=")
        if not equals:
            problems.append(Problem(f"--min {item}", "is no threshold", "write key=value, such as micro.f1=0.5"))
        else:
            minimum[key] = _number(value)
    problems += [problem for key, value in minimum.items() if (problem := _problem(card, str(key), value))]
    if not problems and not minimum:
        problems.append(Problem("minimum", "holds no threshold", "add one, such as micro.f1: 0.5"))
    if problems:
        raise ConfigError(path, problems)
    return minimum


def _number(value: str) -> float | str:
    """Read a number, whole where it can be; leave what is none for `_problem` to name."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(value)
    return value


def _problem(card: Scorecard, key: str, value: Any) -> Problem | None:
    """Say what is wrong with one threshold."""
    where = f"minimum.{key}"
    if key in SIZES:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return Problem(where, f"must be a whole number, not {value!r}")
        return None
    known = {"layers": [*card.layers], "roles": [role for roles in card.layers.values() for role in roles]}
    match key.split("."):
        case ["micro" | "macro", rate] if rate in RATES:
            pass
        case ["layers" | "roles" as kind, name, rate] if rate in RATES:
            if name not in known[kind]:
                return Problem(where, f"the card has no such {kind[:-1]}", f"{kind}: {', '.join(known[kind])}")
        case _:
            forms = "articles, spans, micro.RATE, macro.RATE, layers.NAME.RATE, roles.NAME.RATE"
            return Problem(where, "unknown key", f"keys: {forms}; RATE is one of {', '.join(RATES)}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not (0 <= value <= 1) or math.isnan(value):
        return Problem(where, f"must be a number from 0 to 1, not {value!r}")
    return None


def _value(scores: Summary, key: str) -> tuple[float | None, str]:
    """Look a number up, and say why where it is undefined."""
    match key.split("."):
        case ["articles"]:
            return scores.articles, ""
        case ["spans"]:
            return scores.micro.gold, ""
        case [kind, name, rate]:
            line: Line | Mean = getattr(scores, kind)[name]
        case [kind, rate]:
            line = getattr(scores, kind)
    estimate: Estimate = getattr(line, rate)
    if estimate.value is not None:
        return estimate.value, ""
    lacking = {"precision": "no prediction", "recall": "no gold", "f1": "neither gold nor prediction"}[rate]
    return None, "undefined: " + ("no role has gold" if isinstance(line, Mean) else lacking)

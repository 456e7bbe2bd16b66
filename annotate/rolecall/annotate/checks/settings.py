"""Which rules run, with which options: by default, as the scheme says, and as the command line says."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, cast, get_args

import pydantic

from rolecall.annotate.checks.findings import Severity
from rolecall.annotate.checks.reading import Options
from rolecall.annotate.checks.rules import RULES, Rule
from rolecall.core.errors import ConfigError, InputError, Problem
from rolecall.core.scheme import Scheme, Setting


class Active(NamedTuple):
    """A rule that runs, and its options."""

    rule: Rule
    options: Any


def active(scheme: Scheme, only: Collection[str] = (), without: Collection[str] = ()) -> dict[str, Active]:
    """Return the rules that run, by name.

    `only` runs just these, also those that are off. Raises ConfigError for all that is wrong with the scheme's
    `checks`, InputError for an unknown name in `only` or `without`.
    """
    problems: list[Problem] = [
        Problem(f"checks.{name}", "no such rule", f"rules: {', '.join(RULES)}")
        for name in scheme.checks
        if name not in RULES
    ]
    found = {}
    for rule in RULES.values():
        options = _options(rule, scheme.checks.get(rule.name), problems)
        if options is not None:
            problems += [Problem(f"checks.{rule.name}", what) for what in options.problems(scheme)]
        if options is not None or rule.name in only:
            found[rule.name] = Active(rule, options or rule.options())
    if problems:
        raise ConfigError(f"scheme {scheme.name}", problems)
    for option, names in (("--only", only), ("--without", without)):
        if unknown := sorted(set(names) - RULES.keys()):
            raise InputError(f"{option}: no rule is called {', '.join(unknown)}", remedy=f"rules: {', '.join(RULES)}")
    return {name: one for name, one in found.items() if (name in only or not only) and name not in without}


def _options(rule: Rule, setting: Setting | None, problems: list[Problem]) -> Options | None:
    """Read what a scheme says about a rule; None where it does not run. Options switch a rule on."""
    if setting is None or isinstance(setting, bool):
        return rule.options() if (rule.on if setting is None else setting) else None
    if isinstance(setting, str):
        if setting not in get_args(Severity):
            problems.append(Problem(f"checks.{rule.name}", f"{setting!r} is no setting", _HOW))
            return None
        return rule.options(severity=cast(Severity, setting))
    try:
        return rule.options.model_validate_json(json.dumps(setting, default=str))
    except pydantic.ValidationError as error:
        problems += [_problem(rule, detail) for detail in error.errors()]
        return None


_HOW = "write on, off, error, warning or hint, or its options"


def _problem(rule: Rule, detail: Mapping[str, Any]) -> Problem:
    key = ".".join(["checks", rule.name, *map(str, detail["loc"])])
    if detail["type"] == "extra_forbidden":
        return Problem(key, "no such option", f"options: {', '.join(rule.options.model_fields)}")
    return Problem(key, f"{detail['msg']}; found {detail['input']!r}")

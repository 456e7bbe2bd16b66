"""The gate: a scorecard held against rules, and what it comes to."""

from typing import Literal

import msgspec

from rolecall.core import jsonl
from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.checks import (
    LACKING,
    Check,
    Gold,
    Verdict,
    check_leaks,
    check_losses,
    check_minimum,
)
from rolecall.evaluate.compare import Comparison, compare
from rolecall.evaluate.drops import check_baseline
from rolecall.evaluate.evidence import Evidence
from rolecall.evaluate.resample import MIN_GROUPS
from rolecall.evaluate.rules import Rules
from rolecall.evaluate.signature import Size, signature
from rolecall.evaluate.summary import Summary, summarise
from rolecall.evaluate.table import some


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of a gate, fail before insufficient evidence before pass.

    `passed` is what it comes to where evidence that is lacking counts as the rules say (`insufficient`).
    """

    verdict: Verdict
    passed: bool
    insufficient: Literal["pass", "fail"]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    signature: str


def gate(card: Scorecard, rules: Rules, evidence: Evidence) -> Judgement:
    """Hold a scorecard against rules that `read_rules` has checked.

    Raises InputError for a baseline that does not compare.
    """
    terms = card.terms
    scores = summarise(card.tally.rows, card.layers, resamples=terms.resamples, seed=terms.seed)
    gold = Gold(card)
    checks = check_minimum(scores, gold, rules.minimum, rules.support)
    compared: Comparison | None = None
    if (asked := rules.baseline) is not None:
        if (older := evidence.baseline) is not None:
            compared = compare(
                older, card, resamples=terms.resamples, trials=asked.trials, seed=terms.seed, alpha=asked.alpha
            )
        checks += check_baseline(gold, asked, rules.support, compared)
    if rules.max_loss is not None:
        checks += check_losses(rules.max_loss, evidence.losses)
    if rules.leaks == "forbid":
        checks.append(check_leaks(evidence.leaks))
    verdicts = {check.verdict for check in checks}
    verdict: Verdict = "fail" if "fail" in verdicts else LACKING if LACKING in verdicts else "pass"
    return Judgement(
        verdict=verdict,
        passed=verdict == "pass" or (verdict == LACKING and rules.insufficient == "pass"),
        insufficient=rules.insufficient,
        checks=tuple(checks),
        warnings=_few_groups(scores) if compared is None else compared.warnings,
        signature=signature(terms, Size(scores.articles, card.gold.spans, scores.groups))
        if compared is None
        else compared.signature,
    )


def encode(judgement: Judgement) -> str:
    """Write a judgement as indented JSON."""
    return jsonl.to_json(judgement)


def _few_groups(scores: Summary) -> tuple[str, ...]:
    """Say how far intervals can be trusted, where there are any."""
    if scores.groups >= MIN_GROUPS or scores.micro.f1.low is None:
        return ()
    return (f"{some(scores.groups, 'group')} of articles: below {MIN_GROUPS} the intervals are unreliable",)

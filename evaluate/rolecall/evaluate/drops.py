"""The check of a gate against a baseline: which lines dropped, and is it shown?

A drop fails where it is larger than the tolerance and significant. One that is larger but not significant may be
chance, or may be real with too few articles to show it: insufficient evidence. All else passes, given the support.
"""

from collections.abc import Mapping

import numpy as np

from rolecall.evaluate.checks import LACKING, Check, Extent, Gold, Verdict, lacking_check
from rolecall.evaluate.compare import Comparison, Difference
from rolecall.evaluate.compare_table import chance, signed
from rolecall.evaluate.randomise import holm
from rolecall.evaluate.rules import BASELINE, Baseline, Support
from rolecall.evaluate.table import number

_TIE = 1e-12  # a drop that equals the tolerance but for rounding


def check_baseline(gold: Gold, rule: Baseline, support: Support, compared: Comparison | None) -> list[Check]:
    """Look for drops; Holm's correction is made among the layers, and among the roles, that have the support."""
    if compared is None:
        return [lacking_check("baseline", f"not compared: give an older scorecard with {BASELINE}")]
    found = {line: _difference(compared, line) for line in gold.expand(rule.lines)}
    enough = {line: each for line, each in found.items() if each and not gold.extent(line).lacks(support)}
    adjusted = _correct(enough)
    checks = []
    for line, difference in found.items():
        key, extent = f"baseline.{line}", gold.extent(line)
        if difference is None or difference.value is None:
            checks.append(lacking_check("baseline", "undefined: no gold", key))
            continue
        p = adjusted.get(line)
        verdict, reason = _judge(difference, p, rule) if p is not None else (LACKING, extent.lacks(support))
        checks.append(
            Check(
                rule="baseline",
                key=key,
                verdict=verdict,
                reason=_describe(difference, p, extent, reason),
                value=difference.value,
                threshold=0.0 - rule.tolerance,
                low=difference.low,
                high=difference.high,
                p=p,
                **extent._asdict(),
            )
        )
    return checks


def _difference(compared: Comparison, line: str) -> Difference | None:
    """Find the numbers of a line; None for a * that nothing in gold fits."""
    kind, _, name = line.partition(".")
    found: Difference | None = getattr(compared, kind).get(name) if name else getattr(compared, kind)
    return found


def _correct(differences: Mapping[str, Difference]) -> dict[str, float]:
    """Correct p among the lines of a kind that have one."""
    kinds: dict[str, dict[str, float]] = {}
    for line, each in differences.items():
        if each.p is not None:
            kinds.setdefault(line.partition(".")[0], {})[line] = each.p
    return {
        line: float(p)
        for lines in kinds.values()
        for line, p in zip(lines, holm(np.array([*lines.values()])), strict=True)
    }


def _judge(difference: Difference, p: float, rule: Baseline) -> tuple[Verdict, str]:
    """Judge one drop that has the support."""
    value = difference.value or 0.0
    if -value <= rule.tolerance + _TIE:
        return "pass", f"within the tolerance of {rule.tolerance:g}" if value < 0 else ""
    if p <= rule.alpha:
        return "fail", f"a drop: p is at most {rule.alpha:g}"
    if 2 / 2**difference.differing > rule.alpha:
        return LACKING, f"too few groups differ to tell from chance: {difference.differing}"
    return LACKING, f"may be chance: p is above {rule.alpha:g}"


def _describe(difference: Difference, p: float | None, extent: Extent, reason: str) -> str:
    """Write a difference with its numbers, and what follows from them."""
    shown = [str(extent)]
    if p is not None:
        shown.insert(0, f"p {chance(p)}")
    if difference.low is not None:
        doubt = ", doubtful" * difference.doubtful
        shown.insert(0, f"95% {signed(difference.low)} to {signed(difference.high)}{doubt}")
    words = f"F1 {number(difference.first)} to {number(difference.second)}, {signed(difference.value)}"
    return f"{words} ({'; '.join(shown)})" + (f": {reason}" if reason else "")

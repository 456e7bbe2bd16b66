"""The checks of a gate: thresholds, losses, leaks. Each says pass, fail or insufficient evidence, with its numbers.

A threshold is held against the number itself; its interval is shown beside. Below the support that the rules ask for,
no number passes or fails, however good or bad it looks: intervals of few groups are too narrow to decide it instead.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from rolecall.core.wording import few
from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.leaks import Leak
from rolecall.evaluate.losses import Loss
from rolecall.evaluate.resample import MIN_GROUPS
from rolecall.evaluate.rules import ARTICLES, LEDGER, SIZES, TRAIN, Support
from rolecall.evaluate.summary import Estimate, Line, Mean, Summary
from rolecall.evaluate.table import number, some

Verdict = Literal["pass", "fail", "insufficient evidence"]
Rule = Literal["minimum", "baseline", "max_loss", "leaks"]
LACKING: Verdict = "insufficient evidence"
NAMED = 3
"""How many leaks a check names."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule, with its numbers; those that it does not have are None.

    `value` is the number itself, the difference of F1 (new minus old), the share lost, or how many leaks there are;
    `low` and `high` are its 95% interval, `p` is corrected, `spans` and `groups` are the gold that it rests on.
    """

    rule: Rule
    key: str
    verdict: Verdict
    reason: str
    value: float | None = None
    threshold: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    spans: int | None = None
    groups: int | None = None


def lacking_check(rule: Rule, reason: str, key: str | None = None) -> Check:
    """Make the check of a rule that has nothing to go by."""
    return Check(rule=rule, key=key or rule, verdict=LACKING, reason=reason)


class Extent(NamedTuple):
    """The gold that a number rests on."""

    spans: int
    groups: int

    def __str__(self) -> str:
        return f"{some(self.spans, 'gold span')} in {some(self.groups, 'group')}"

    def lacks(self, support: Support) -> str:
        """Say of what there is too little, or nothing where there is enough."""
        short = [
            f"{some(have, noun)}, below the support of {least:,}"
            for have, least, noun in (
                (self.spans, support.spans, "gold span"),
                (self.groups, support.groups, "group"),
            )
            if have < least
        ]
        return f"rests on {' and '.join(short)}" if short else ""


class Gold:
    """The gold of a scorecard, counted once, so that the extent of any line is a sum."""

    def __init__(self, card: Scorecard) -> None:
        self._layers = card.layers
        self._spans: dict[str, Counter[str]] = {role: Counter() for roles in card.layers.values() for role in roles}
        for row in card.tally.rows:
            for role, counts in row.counts.items():
                if counts.gold:
                    self._spans[role][row.group] += counts.gold

    def extent(self, line: str) -> Extent:
        """Count what a line rests on: macro on all gold, as micro does; a * that no gold fits, on nothing."""
        kind, _, name = line.partition(".")
        roles = {"roles": [name], "layers": self._layers.get(name, ())}.get(kind, self._spans)
        counted = [self._spans[role] for role in roles if role in self._spans]
        return Extent(sum(groups.total() for groups in counted), len(set[str]().union(*counted)))

    def expand(self, lines: Iterable[str]) -> list[str]:
        """Put the layers or roles that gold has in the place of layers.* or roles.*, each line once."""
        names = {"layers.*": [*self._layers], "roles.*": [*self._spans]}
        found: dict[str, None] = {}
        for line in lines:
            every = [f"{line[:-1]}{name}" for name in names.get(line, ())]
            found |= dict.fromkeys([each for each in every if self.extent(each).spans] or [line])
        return [*found]


def check_minimum(scores: Summary, gold: Gold, minimum: Mapping[str, float], support: Support) -> list[Check]:
    """Hold numbers against thresholds, by key; the numbers of articles and spans need no support."""
    return [
        _check_size(scores, key, int(least)) if key in SIZES else _check_rate(scores, gold, key, least, support)
        for key, least in minimum.items()
    ]


def _check_size(scores: Summary, key: str, least: int) -> Check:
    value = scores.articles if key == "articles" else scores.micro.gold
    return Check(
        rule="minimum",
        key=key,
        verdict="pass" if value >= least else "fail",
        reason=_comparison(value, least),
        value=value,
        threshold=least,
    )


def _check_rate(scores: Summary, gold: Gold, key: str, least: float, support: Support) -> Check:
    name, _, rate = key.rpartition(".")
    kind, _, part = name.partition(".")
    line: Line | Mean = getattr(scores, kind)[part] if part else getattr(scores, kind)
    estimate: Estimate = getattr(line, rate)
    extent = gold.extent(name)
    verdict, reason = _weigh(estimate, extent, least, support)
    return Check(
        rule="minimum",
        key=key,
        verdict=verdict,
        reason=reason,
        value=estimate.value,
        threshold=least,
        low=estimate.low,
        high=estimate.high,
        **extent._asdict(),
    )


def _weigh(estimate: Estimate, extent: Extent, least: float, support: Support) -> tuple[Verdict, str]:
    """Judge a rate; what is undefined for lack of predictions fails, so that predicting nothing gets round no rule."""
    value, lacking = estimate.value, extent.lacks(support)
    if value is None:
        words = "undefined: no prediction" if extent.spans else "undefined: no gold"
        if lacking:
            return LACKING, f"{words}; {lacking}"
        return "fail" if extent.spans else LACKING, words
    if lacking:
        return LACKING, f"{value:.6g}{_between(estimate, extent)}: {lacking}"
    return "pass" if value >= least else "fail", f"{_comparison(value, least)}{_between(estimate, extent)}"


def _between(estimate: Estimate, extent: Extent) -> str:
    """Write the interval, where there is one, and what the number rests on."""
    if estimate.low is None:
        return f" ({extent})"
    doubt = ", doubtful" * (extent.groups < MIN_GROUPS or estimate.low == estimate.high)
    return f" (95% {number(estimate.low)}–{number(estimate.high)}{doubt}; {extent})"


def _comparison(value: float, least: float) -> str:
    """Write a comparison with six digits, or with all where six would hide how it went."""
    reached = value >= least
    short = value if isinstance(value, int) else float(f"{value:.6g}")
    shown = short if (short >= least) == reached else value
    return f"{shown} {'>=' if reached else '<'} {least}"


def check_losses(most: float, losses: Sequence[Loss] | None) -> list[Check]:
    """Hold what each step lost against the most it may; every span is known, so no support is needed but one span."""
    if losses is None:
        return [lacking_check("max_loss", f"no books to look into: give a ledger with {LEDGER}")]
    return [_check_loss(most, loss) for loss in losses]


def _check_loss(most: float, loss: Loss) -> Check:
    key = f"max_loss {loss.ledger}, {loss.step}"
    if not loss.entered:
        return lacking_check("max_loss", "no span entered", key)
    share = loss.lost / loss.entered
    detail = ", ".join(f"{reason} {count:,}" for reason, count in loss.reasons.items())
    return Check(
        rule="max_loss",
        key=key,
        verdict="pass" if share <= most else "fail",
        reason=f"{loss.lost:,} of {some(loss.entered, 'span')} changed or dropped, {'<=' if share <= most else '>'} "
        f"{most:g}" + (f": {detail}" if detail else ""),
        value=share,
        threshold=most,
        spans=loss.entered,
    )


def check_leaks(leaks: Sequence[Leak] | None) -> Check:
    """Allow no leak, and name the first few."""
    if leaks is None:
        return lacking_check("leaks", f"not searched: give {TRAIN} and {ARTICLES}")
    each = (f"{leak.train!r} gives away {leak.test!r} ({leak.reason})" for leak in leaks)
    named = ", ".join(few(each, NAMED, more="and {} more"))
    return Check(
        rule="leaks",
        key="leaks",
        verdict="fail" if leaks else "pass",
        reason=f"{some(len(leaks), 'leak')}: {named}" if leaks else "none found",
        value=len(leaks),
        threshold=0,
    )

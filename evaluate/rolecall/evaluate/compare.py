"""Compare two scorecards on the same gold: is the second system better than the first, or may it be chance?

For every F1: the difference, its interval, and a p-value. The interval resamples groups for both systems at once, so
what makes a story hard for both cancels out. The verdict rests on p alone: randomisation is valid however few groups
there are, where a percentile interval below `MIN_GROUPS` is too narrow. Few groups cost it power, not validity: where
m groups differ, no p is below 2 / 2**m, so with fewer than 6 nothing can be found at 0.05.

Each of micro and macro is one question, asked without correction. Roles are many questions, and so are layers: Holm's
correction is made among the roles, and among the layers.
"""

from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rolecall.core import __version__, jsonl
from rolecall.core.errors import InputError
from rolecall.evaluate.card import Scorecard, Source
from rolecall.evaluate.randomise import Swaps, holm, p_values, randomise
from rolecall.evaluate.resample import MIN_GROUPS, generator, interval, resample
from rolecall.evaluate.signature import Size, Terms, signature
from rolecall.evaluate.summary import Layers, N, by_group, statistics, with_sums
from rolecall.evaluate.tally import Row

Verdict = Literal["better", "worse", "not enough evidence"]


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Whose predictions were scored, and the file they came from, if any."""

    by: str
    source: Source | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """F1 of both, the second minus the first (`value`) with its 95% interval, and whether it may be chance.

    `p` is two-sided, `adjusted` is p after correction for the other lines of its kind, and `verdict` is on the second.
    `groups` is how many have such a span on any side, `differing` in how many of them the counts are not the same.
    """

    first: float | None
    second: float | None
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    adjusted: float | None
    groups: int
    differing: int
    verdict: Verdict

    @property
    def doubtful(self) -> bool:
        """Whether the interval says less than it seems: few groups, or no resample with another outcome."""
        return self.low is not None and (self.groups < MIN_GROUPS or self.low == self.high)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two systems side by side; `exact` where all swaps were gone through, which is then what `trials` counts."""

    signature: str
    warnings: tuple[str, ...]
    terms: Terms
    trials: int
    exact: bool
    alpha: float
    first: Reader
    second: Reader
    micro: Difference
    macro: Difference
    layers: dict[str, Difference]
    roles: dict[str, Difference]
    layer_roles: dict[str, tuple[str, ...]]


def compare(first: Scorecard, second: Scorecard, *, resamples: int, trials: int, seed: int, alpha: float) -> Comparison:
    """Compare the F1 of two scorecards, the second minus the first; with 0 resamples there are no intervals.

    `trials` is the number of random swaps; p cannot be below 1 / (1 + trials). Intervals are at 95% whatever `alpha`,
    which is the level of the verdicts. Raises InputError for cards that do not compare.
    """
    refuse(first, second)
    layers = first.layers
    roles = [role for names in layers.values() for role in names]
    table = np.stack([by_group(card.tally.rows, roles) for card in (first, second)], axis=1)
    swaps = randomise(table, trials, generator(seed).spawn(1)[0])
    found = _differences(_measure(table, swaps, layers, resamples, seed), alpha)
    terms = msgspec.structs.replace(first.terms, resamples=resamples, seed=seed, version=__version__)
    size = Size(len(first.tally.rows), first.gold.spans, len(table))
    return Comparison(
        signature=f"{signature(terms, size)}|swaps:{'all ' * swaps.exact}{len(swaps.sums)}|alpha:{alpha:g}",
        warnings=_warnings(first, second, table, alpha),
        terms=terms,
        trials=len(swaps.sums),
        exact=swaps.exact,
        alpha=alpha,
        first=Reader(by=first.tally.predicted, source=first.sources.get("predictions")),
        second=Reader(by=second.tally.predicted, source=second.sources.get("predictions")),
        micro=found[-2],
        macro=found[-1],
        layers=dict(zip(layers, found[len(roles) : -2], strict=True)),
        roles=dict(zip(roles, found[: len(roles)], strict=True)),
        layer_roles=layers,
    )


def encode(comparison: Comparison) -> str:
    """Write a comparison as indented JSON."""
    return jsonl.to_json(comparison)


def write(path: Path, comparison: Comparison) -> None:
    """Write a comparison file, atomically."""
    jsonl.write_json(path, comparison)


def refuse(first: Scorecard, second: Scorecard) -> None:
    """Raise InputError unless the cards measure two systems by one rule on the same gold, articles and groups."""
    again = "score both anew: rolecall evaluate score GOLD PREDICTIONS --out CARD, with the same GOLD"
    for name, one, other, remedy in (
        ("match rules", first.terms.match, second.terms.match, "score both by the same rule"),
        ("schemes", first.terms.scheme, second.terms.scheme, f"{again} and the same --scheme"),
        ("gold labels", first.terms.labels, second.terms.labels, again),
    ):
        if one != other:
            raise InputError(f"the two scorecards have different {name}: {one} and {other}", remedy=remedy)
    if dict(first.layers) != dict(second.layers):
        raise InputError("the two scorecards have different layers or roles", remedy=f"{again} and the same --scheme")
    rows, others = ({row.article: row for row in card.tally.rows} for card in (first, second))
    if strange := sorted(rows.keys() ^ others.keys()):
        raise InputError(f"only one of the two scorecards has {_some(strange)}", remedy=again)
    if torn := [article for article, row in rows.items() if row.group != others[article].group]:
        raise InputError(
            f"the two scorecards put {_some(torn)} into different groups",
            remedy="score both with the same --articles file, whose stories are the groups, or both without",
        )
    if edited := [article for article, row in rows.items() if _gold(row) != _gold(others[article])]:
        raise InputError(f"the two scorecards count other gold spans in {_some(edited)}", remedy=again)


def _gold(row: Row) -> dict[str, int]:
    return {role: counts.gold for role, counts in row.counts.items() if counts.gold}


def _some(articles: list[str]) -> str:
    """Name a few articles."""
    more = f" and {len(articles) - 3:,} more" if len(articles) > 3 else ""
    return f"article{'s' * (len(articles) > 1)} {', '.join(map(repr, articles[:3]))}{more}"


class _Evidence(NamedTuple):
    """What bears on each line, in the order roles, layers, micro, macro; NaN where F1 is undefined."""

    f1: NDArray[np.float64]  # (2, lines)
    samples: NDArray[np.float64] | None  # (resamples, lines), differences
    p: NDArray[np.float64]
    adjusted: NDArray[np.float64]
    groups: NDArray[np.int64]
    differing: NDArray[np.int64]


def _measure(table: NDArray[np.int64], swaps: Swaps, layers: Layers, resamples: int, seed: int) -> _Evidence:
    """Weigh a table of (groups, 2, roles, 3); both sides of it share the resampled groups."""
    f1 = _f1(table.sum(axis=0), layers)
    samples = None
    if resamples and len(table) > 1:
        samples = _gap(_f1(resample(table, resamples, generator(seed)), layers))
    p = p_values(_gap(f1), _gap(_f1(swaps.sums, layers)), exact=swaps.exact)
    roles = table.shape[2]
    lines = with_sums(table, layers)
    supported = table[:, 0, :, 2].sum(axis=0) > 0
    return _Evidence(
        f1=f1,
        samples=samples,
        p=p,
        adjusted=np.concatenate([holm(p[:roles]), holm(p[roles:-2]), p[-2:]]),
        groups=_extent(lines.sum(axis=(1, 3)) > 0, supported),
        differing=_extent((lines[:, 0] != lines[:, 1]).sum(axis=-1) > 0, supported),
    )


def _f1(counts: NDArray[N], layers: Layers) -> NDArray[np.float64]:
    """Turn counts of roles into F1 of roles, layers, micro and macro: (..., roles, 3) to (..., roles + layers + 2)."""
    return statistics(with_sums(counts, layers), layers)[..., 2]


def _gap(f1: NDArray[np.float64]) -> NDArray[np.float64]:
    """Subtract the first side from the second: (..., 2, lines) to (..., lines); NaN where either is undefined."""
    return f1[..., 1, :] - f1[..., 0, :]


def _extent(where: NDArray[np.bool_], supported: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the groups of each line in (groups, lines), and append macro's: those of any role that gold has."""
    macro = where[:, : len(supported)][:, supported].any(axis=1)
    return np.append(where.sum(axis=0), macro.sum())


def _differences(evidence: _Evidence, alpha: float) -> list[Difference]:
    """Put the lines together; one whose spans lie in a single group has no interval, as in a score."""
    found = []
    for index, value in enumerate(_gap(evidence.f1)):
        groups = int(evidence.groups[index])
        bounds = None
        if evidence.samples is not None and groups > 1 and not np.isnan(value):
            bounds = interval(evidence.samples[:, index])
        low, high = bounds or (None, None)
        found.append(
            Difference(
                first=_defined(evidence.f1[0, index]),
                second=_defined(evidence.f1[1, index]),
                value=_defined(value),
                low=low,
                high=high,
                p=_defined(evidence.p[index]),
                adjusted=_defined(evidence.adjusted[index]),
                groups=groups,
                differing=int(evidence.differing[index]),
                verdict=_verdict(value, evidence.adjusted[index], alpha),
            )
        )
    return found


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _verdict(value: float, adjusted: float, alpha: float) -> Verdict:
    """Judge one line; what is undefined, and no difference at all, are no evidence."""
    if np.isnan(adjusted) or adjusted > alpha or value == 0:
        return "not enough evidence"
    return "better" if value > 0 else "worse"


def _warnings(first: Scorecard, second: Scorecard, table: NDArray[np.int64], alpha: float) -> tuple[str, ...]:
    """Say in words what a reader of the comparison should know."""
    notes = []
    if (groups := len(table)) < MIN_GROUPS:
        few = f"{groups} group{'s' * (groups != 1)} of articles: below {MIN_GROUPS}"
        notes.append(f"{few} the intervals are unreliable; the p-values hold, but small differences go unseen")
    differing = int((table[:, 0] != table[:, 1]).any(axis=(1, 2)).sum())
    if not differing:
        notes.append("the two do not differ in any group")
    elif (least := 2 / 2**differing) > alpha:
        notes.append(f"groups in which the two differ: {differing}; p is {least:g} at least, too much for a verdict")
    if any(card.sources and "articles" not in card.sources for card in (first, second)):
        notes.append("no articles file: each article is its own group")
    for name, card in (("first", first), ("second", second)):
        if card.missing:
            notes.append(f"{name}: articles of gold without a prediction, counted as no spans: {card.missing:,}")
    if first.gold.suggested:
        notes.append(f"gold: annotations made from a model's suggestion, which favours it: {first.gold.suggested:,}")
    return tuple(notes)

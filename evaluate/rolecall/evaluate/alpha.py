"""Krippendorff's alpha: agreement corrected for chance where not everybody labelled everything.

Krippendorff 2018, Content Analysis (4th edition), chapter 12, nominal data. Units are tokens; one that a single reader
labelled says nothing and is left out. With two readers who labelled the same it is Cohen's kappa for large samples, but
for chance, which is the share of a role with both together.
"""

from collections import Counter
from collections.abc import Mapping


def alpha(units: Mapping[tuple[str, ...], int]) -> float | None:
    """Return 1 - Do / De; None where fewer than two values occur, so that chance agreement is 1.

    `units` counts the units that were given these values, one for each reader who labelled the unit.
    Do is the share of unlike pairs of values within units, each unit weighing as many values as it has; De that share
    among all pairs of values, whatever their unit.
    """
    totals: Counter[str] = Counter()
    unlike = 0.0
    for values, number in units.items():
        if len(values) < 2:
            continue
        said = Counter(values)
        like = sum(count * (count - 1) for count in said.values())
        unlike += number * (len(values) * (len(values) - 1) - like) / (len(values) - 1)
        for value, count in said.items():
            totals[value] += number * count
    size = totals.total()
    expected = size * size - sum(count * count for count in totals.values())
    return 1 - unlike * (size - 1) / expected if expected else None

"""Folds for cross-validation: every article in one of them, and no story in two."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rolecall.core.errors import InputError
from rolecall.evaluate.resample import generator


def draw(group_of: Mapping[str, str], count: int, seed: int) -> dict[str, int]:
    """Return the fold of each article by id, from 1 on, the folds about even in articles and no group torn apart.

    Groups are shuffled by the seed, and the largest go first, each to the fold with fewest articles: two folds differ
    by no more than the largest group. The same groups, count and seed give the same folds, in whatever order they
    come. Raises InputError where there are fewer groups than folds.
    """
    # Not scikit-learn's GroupKFold: shuffled it does not even the folds out, and else it takes no seed.
    sizes = Counter(group_of.values())
    if len(sizes) < count:
        raise InputError(
            f"{len(group_of):,} articles make {len(sizes)} groups by story, too few for {count} folds",
            remedy="ask for fewer folds, pool more splits, or label more stories",
        )
    names = sorted(sizes)
    shuffled = [names[index] for index in generator(seed).permutation(len(names)).tolist()]
    loads = [(0, 0, fold) for fold in range(1, count + 1)]  # articles, groups, number
    fold_of: dict[str, int] = {}
    for name in sorted(shuffled, key=lambda group: -sizes[group]):
        articles, groups, fold = least = min(loads)
        loads[loads.index(least)] = (articles + sizes[name], groups + 1, fold)
        fold_of[name] = fold
    return {article: fold_of[group] for article, group in group_of.items()}


def settled(fold_of: Mapping[str, int | None], group_of: Mapping[str, str], dataset: Path) -> dict[str, int] | None:
    """Return the folds that a dataset has of its own, as it numbers them, or None where it has some article in none.

    Raises InputError where they tear a group apart, or are one fold only.
    """
    found = {article: fold for article, fold in fold_of.items() if fold is not None}
    if not found or len(found) < len(fold_of):
        return None
    first: dict[str, str] = {}
    for article, fold in found.items():
        other = first.setdefault(group_of[article], article)
        if found[other] != fold:
            raise InputError(
                f"its folds tear a story apart: {other!r} is in fold {found[other]}, {article!r} in fold {fold}",
                path=dataset,
                remedy="have folds drawn: --folds N; or build the dataset anew: rolecall annotate dataset --folds N",
            )
    if len(set(found.values())) < 2:
        raise InputError(
            "all of its articles are in one fold, which leaves none to learn from",
            path=dataset,
            remedy="have folds drawn: --folds N",
        )
    return found

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from rolecall.annotate import linkage as linkage_module
from rolecall.annotate.linkage import NAMELESS, Limits, Texts, link
from rolecall.annotate.vectors import UNDATED, Pairs


def linked(
    vectors: "np.typing.NDArray[np.float64]",
    *,
    threshold: float,
    days: Sequence[int] = (),
    groups: Sequence[int] = (),
    names: dict[int, int] | None = None,
    window: int = 30,
) -> list[int]:
    """Link texts by their vectors, which are made as long as 1."""
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = rows @ rows.T
    one, other = np.nonzero(np.triu(likeness >= threshold, 1))
    count = len(rows)
    number = np.full(count, NAMELESS)
    for group, name in (names or {}).items():
        number[group] = name
    found: list[int] = link(
        Texts(sparse.csr_matrix(rows), np.array(days or [UNDATED] * count)),
        Pairs(one, other, likeness[one, other]),
        np.array(groups or range(count)),
        number,
        Limits(threshold, window),
    ).tolist()
    return found


def angles(*degrees: float) -> "np.typing.NDArray[np.float64]":
    return np.array([[np.cos(np.radians(d)), np.sin(np.radians(d))] for d in degrees])


def test_a_bridge_does_not_chain_two_stories() -> None:
    # 0 and 10 degrees, 70 and 80, and 38 between: it joins whom it is nearer to, which are then too far from the rest.
    assert linked(angles(0, 10, 38, 70, 80), threshold=0.75) == [0, 0, 0, 3, 3]


def test_reports_that_are_far_apart_in_time_are_not_joined() -> None:
    same = angles(0, 0, 0, 0)
    assert linked(same, threshold=0.5, days=[1, 2, 40, 41], window=30) == [0, 0, 2, 2]
    assert linked(same, threshold=0.5, days=[1, 2, 40, UNDATED], window=39) == [0, 0, 0, 0]
    assert linked(same, threshold=0.5, window=0) == [0, 0, 0, 0]


def test_names_are_never_joined_but_take_in_who_is_like_them() -> None:
    close = angles(0, 1, 2, 3)
    assert linked(close, threshold=0.5) == [0, 0, 0, 0]
    found = linked(close, threshold=0.5, names={0: 7, 3: 8})
    assert found[0] == found[1] != found[2] == found[3]
    assert linked(close, threshold=0.5, names={0: 7, 3: 7}) == [0, 0, 0, 0]


def test_groups_that_are_there_are_weighed_as_a_whole() -> None:
    # 0 and 60 degrees are one group already; cos 30 is their likeness to 30, and (1 + 0.5) / 2 that to another 0.
    assert linked(angles(0, 60, 0), groups=[0, 0, 2], threshold=0.74) == [0, 0, 0]
    assert linked(angles(0, 60, 0), groups=[0, 0, 2], threshold=0.76) == [0, 0, 2]


@pytest.mark.parametrize(("count", "seed", "threshold"), [(60, 0, 0.5), (60, 1, 0.65), (60, 2, 0.8), (300, 3, 0.5)])
def test_as_scipy_links_all_pairs(count: int, seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.random((count, 8)) ** 4 + 1e-3
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    distances = np.clip(1 - rows @ rows.T, 0, None)
    np.fill_diagonal(distances, 0)
    theirs = fcluster(linkage(squareform(distances, checks=False), "average"), 1 - threshold, "distance")
    found = linked(vectors, threshold=threshold)
    assert len(set(found)) > 1
    assert len(set(zip(found, theirs.tolist(), strict=True))) == len(set(found)) == len(set(theirs.tolist()))
    assert count < 300 or max(map(found.count, found)) > linkage_module._LARGE

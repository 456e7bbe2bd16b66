"""What goes together when it is read once: like lengths, so that little is filled up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def packed(lengths: Sequence[int], limit: int) -> list[list[int]]:
    """Return batches of indices, like lengths together, the shortest first.

    A batch filled up to its longest has at most `limit` of what `lengths` count, or a single index.
    """
    made: list[list[int]] = []
    for index in np.argsort(np.asarray(lengths, dtype=np.int64), kind="stable").tolist():
        if made and (len(made[-1]) + 1) * lengths[index] <= limit:
            made[-1].append(index)
        else:
            made.append([index])
    return made


def filled(ids: Sequence[NDArray[np.int32]], padding: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Stack token ids, filled up on the right, and the mask that says which are real; each (rows, longest)."""
    length = max(map(len, ids))
    rows = np.full((len(ids), length), padding, dtype=np.int64)
    mask = np.zeros((len(ids), length), dtype=np.int64)
    for index, own in enumerate(ids):
        rows[index, : len(own)] = own
        mask[index, : len(own)] = 1
    return rows, mask

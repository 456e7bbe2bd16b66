"""What goes together when it is read once: like lengths, so that little is filled up."""

from collections.abc import Sequence

import numpy as np


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

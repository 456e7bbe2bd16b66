"""The units that are labelled: the finest cut of a text that rolecall's tokens and an encoder's sub-tokens share.

A unit is a token of `rolecall.core.tokens`, or several that one sub-token straddles. Its label sits on its first
sub-token. What the encoder drops (control characters, stray marks) belongs to no unit and cannot be labelled.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rolecall.core import bio
from rolecall.core.tokens import tokenize

Integers = NDArray[np.int64]


class Units(NamedTuple):
    """Units in text order, half-open in code points, and the index of each one's first sub-token."""

    bounds: list[bio.Unit]
    first: Integers


def units(text: str, pieces: Integers) -> Units:
    """Cut a text into units; `pieces` are the sub-tokens' half-open offsets, shape [sub-tokens, 2]."""
    tokens = np.array(tokenize(text), dtype=np.int64).reshape(-1, 2)
    low = np.searchsorted(tokens[:, 1], pieces[:, 0], side="right")
    high = np.searchsorted(tokens[:, 0], pieces[:, 1], side="left")
    seen = np.flatnonzero((low < high) & (pieces[:, 0] < pieces[:, 1]))
    low, high = low[seen], high[seen]

    # Between tokens t and t + 1 lies no bound when some sub-token holds both: +1 where it begins, -1 where it ends.
    straddled = np.zeros(len(tokens) + 1, dtype=np.int64)
    np.add.at(straddled, low, 1)
    np.add.at(straddled, high - 1, -1)
    opens = np.ones(len(tokens), dtype=bool)
    opens[1:] = np.cumsum(straddled)[: max(len(tokens) - 1, 0)] == 0
    group = np.cumsum(opens) - 1

    starts = np.flatnonzero(opens)
    ends = np.append(starts[1:], len(tokens)) - 1
    first = np.full(len(starts), len(pieces), dtype=np.int64)
    np.minimum.at(first, group[low], seen)
    reached = first < len(pieces)
    bounds = zip(tokens[starts[reached], 0].tolist(), tokens[ends[reached], 1].tolist(), strict=True)
    return Units(list(bounds), first[reached])

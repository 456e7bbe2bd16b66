"""How tags follow each other in the training articles: what a classifier of single tokens cannot know.

The network gives each unit a distribution of its own, so where it wavers between B-X and I-X in the middle of a long
span, the span breaks in two. Training tags know how seldom two spans of a role touch. Of each pair of neighbouring
tags (a, b) that follows each other validly, the decoder adds SCALE times their pointwise mutual information, in nats,

    log P(b | a) - log P(b),   P(b | a) = (count(a, b) + PRIOR * P(b)) / (count(a) + PRIOR)

to the log-probability of a sequence. SCALE is below 1 since the network, which reads the context, knows a part of it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.train.labels import TagSet

Floats = NDArray[np.float64]
SCALE = 0.5
PRIOR = 20.0
"""Neighbours that every tag is taken to have had beforehand, in the proportion of all tags: few counts say little."""
FILE = "transitions.json"


def valid(tags: int) -> Floats:
    """Return log-weights [before, after] of a BIO tag set that only say what is valid: 0, or -inf before a wrong I-."""
    weights = np.zeros((tags, tags))
    weights[:, 2::2] = -np.inf
    for inside in range(2, tags, 2):
        weights[inside - 1 : inside + 1, inside] = 0
    return weights


def count(sequences: Iterable[NDArray[np.int16]], tags: int) -> Floats:
    """Return log-weights [before, after] from the tags of neighbouring units; `sequences` are valid BIO, as numbers."""
    pairs, totals = np.zeros((tags, tags)), np.zeros(tags)
    for own in sequences:
        np.add.at(pairs, (own[:-1], own[1:]), 1)
        totals += np.bincount(own, minlength=tags)
    share = (totals + 1) / (totals + 1).sum()
    following = (pairs + PRIOR * share) / (pairs.sum(axis=1, keepdims=True) + PRIOR)
    return np.asarray(valid(tags) + SCALE * np.log(following / share))


def write(folder: Path, tags: Sequence[TagSet], weights: Sequence[Floats]) -> None:
    """Write the weights of each layer; a pair that is not valid is null."""
    layers = {
        each.layer: [[float(cell) if np.isfinite(cell) else None for cell in row] for row in own]
        for each, own in zip(tags, weights, strict=True)
    }
    jsonl.write_json(folder / FILE, layers, indent=0)


def read(folder: Path, tags: Sequence[TagSet]) -> tuple[Floats, ...]:
    """Read the weights of each layer; raise InputError where they are absent, or not those of these tags."""
    path, remedy = folder / FILE, "train the run again"
    try:
        layers = msgspec.json.decode(path.read_bytes(), type=dict[str, list[list[float | None]]])
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, remedy=remedy) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be understood: {error}", path=path, remedy=remedy) from error
    found = []
    for each in tags:
        rows = [[-np.inf if cell is None else cell for cell in row] for row in layers.get(each.layer, [])]
        legal = valid(1 + 2 * len(each.roles))
        if [len(row) for row in rows] != [len(legal)] * len(legal) or not (
            np.isfinite(own := np.array(rows, dtype=np.float64)) == np.isfinite(legal)
        ).all():
            raise InputError(f"does not fit the tags of layer {each.layer}", path=path, remedy=remedy)
        found.append(own)
    return tuple(found)

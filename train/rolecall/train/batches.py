"""Batches of windows: like lengths together, padded only to their own longest."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Sampler

from rolecall.train.packing import filled

# How far lengths are blurred before sorting: batches differ between passes, and padding stays at a few percent.
BLUR = 0.1


class ByTokens(Sampler[list[int]]):
    """Draws an epoch's batches of about `tokens` sub-tokens of like lengths, in random order; seeded by seed and epoch.

    `lengths` are in sub-tokens. Every epoch has the same number of batches; an epoch of several `passes` has every
    index that many times. A batch holds one index at least, however long.
    """

    def __init__(self, lengths: Sequence[int], tokens: int, seed: int, *, passes: int = 1) -> None:
        self._lengths, self._passes, self._seed, self._epoch = np.asarray(lengths), passes, seed, 0
        self._count = count(lengths, tokens)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches come next."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._count * self._passes

    def __iter__(self) -> Iterator[list[int]]:
        for number in range(self._passes):
            rng = np.random.default_rng([self._seed, self._epoch, number])
            blurred = self._lengths * rng.uniform(1 - BLUR, 1 + BLUR, len(self._lengths))
            batches = _parts(np.argsort(blurred, kind="stable"), self._lengths, self._count)
            yield from (batches[index].tolist() for index in rng.permutation(len(batches)))

    def cut(self, batch: Sequence[int], number: int) -> list[list[int]]:
        """Cut a batch into so many of about equal length in sub-tokens, the last ones empty where it is too small."""
        parts = _parts(np.asarray(batch), self._lengths, min(number, len(batch)))
        return [part.tolist() for part in parts] + [[] for _ in range(number - len(parts))]


class Shares(Sampler[list[int]]):
    """Serves one of `processes` its share of each of a step's batches, as `parts` batches of about equal length.

    All processes together have every index of the step once. A batch is empty where a step has fewer indices than there
    are parts in all.
    """

    def __init__(self, steps: ByTokens, *, process: int = 0, processes: int = 1, parts: int = 1) -> None:
        self.batch_sampler = steps  # where the Trainer looks for something that is told of epochs
        self._process, self._processes, self._parts = process, processes, parts

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches come next."""
        self.batch_sampler.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.batch_sampler) * self._parts

    def __iter__(self) -> Iterator[list[int]]:
        for step in self.batch_sampler:
            yield from self.batch_sampler.cut(step, self._processes * self._parts)[self._process :: self._processes]


def count(lengths: Sequence[int], tokens: int) -> int:
    """Return into how many batches of about `tokens` sub-tokens a pass is cut."""
    return min(len(lengths), math.ceil(sum(lengths) / tokens))


def _parts(order: NDArray[np.int64], lengths: NDArray[np.int64], number: int) -> list[NDArray[np.int64]]:
    """Cut an order of indices into so many parts of about equal length in sub-tokens, none of them empty."""
    sums = lengths[order].cumsum()
    bounds = np.searchsorted(sums - lengths[order] / 2, np.arange(1, number) * sums[-1] / number)
    parts = np.arange(1, number)
    bounds = np.maximum.accumulate(np.maximum(bounds, parts) - parts) + parts  # one at least in each part before ...
    bounds = np.minimum(bounds, len(order) - number + parts)  # ... and in each part behind
    return np.split(order, bounds)


def collate(ids: Sequence[NDArray[np.int32]], padding: int) -> dict[str, torch.Tensor]:
    """Stack token ids, filled up on the right: `input_ids` and `attention_mask`, each (rows, longest)."""
    rows, mask = filled(ids, padding)
    return {"input_ids": torch.from_numpy(rows), "attention_mask": torch.from_numpy(mask)}

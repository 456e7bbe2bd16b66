"""Batches of windows: like lengths together, padded only to their own longest."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Sampler

# How far lengths are blurred before sorting: batches differ between epochs, and padding stays at a few percent.
BLUR = 0.1


class ByLength(Sampler[list[int]]):
    """Draws each epoch's batches of `size` indices with like lengths, in random order; seeded by seed and epoch."""

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        self.batch_size, self.drop_last = size, False  # accelerate asks for them when it shares batches out
        self._lengths, self._seed, self._epoch = np.asarray(lengths), seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches come next."""
        self._epoch = epoch

    def __len__(self) -> int:
        return math.ceil(len(self._lengths) / self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng([self._seed, self._epoch])
        blurred = self._lengths * rng.uniform(1 - BLUR, 1 + BLUR, len(self._lengths))
        order = np.argsort(blurred, kind="stable").tolist()
        batches = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        yield from (batches[index] for index in rng.permutation(len(batches)))


def collate(ids: Sequence[NDArray[np.int32]], padding: int) -> dict[str, torch.Tensor]:
    """Stack token ids, filled up on the right: `input_ids` and `attention_mask`, each (rows, longest)."""
    length = max(map(len, ids))
    rows = np.full((len(ids), length), padding, dtype=np.int64)
    mask = np.zeros((len(ids), length), dtype=np.int64)
    for index, own in enumerate(ids):
        rows[index, : len(own)] = own
        mask[index, : len(own)] = 1
    return {"input_ids": torch.from_numpy(rows), "attention_mask": torch.from_numpy(mask)}

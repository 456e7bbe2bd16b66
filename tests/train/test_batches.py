import numpy as np
import pytest

from rolecall.train.batches import ByLength, collate


def test_every_epoch_has_every_window_once_with_like_lengths_together() -> None:
    lengths = np.random.default_rng(0).integers(5, 500, 203).tolist()
    batches = ByLength(lengths, 8, seed=1)
    assert len(batches) == 26
    orders = []
    for epoch in (0, 1):
        batches.set_epoch(epoch)
        drawn = list(batches)
        assert len(drawn) == len(batches)
        assert sorted(index for batch in drawn for index in batch) == list(range(203))
        padded = sum(len(batch) * max(lengths[index] for index in batch) for batch in drawn)
        assert padded / sum(lengths) < 1.2  # random batches of 8 of these lengths hold 70% more
        orders.append(drawn)
    assert orders[0] != orders[1]


def test_the_seed_and_the_epoch_alone_decide() -> None:
    first, second = ByLength([3, 1, 4, 1, 5, 9, 2, 6], 2, seed=7), ByLength([3, 1, 4, 1, 5, 9, 2, 6], 2, seed=7)
    first.set_epoch(3)
    list(second)
    second.set_epoch(3)
    assert list(first) == list(second)
    assert list(first) != list(ByLength([3, 1, 4, 1, 5, 9, 2, 6], 2, seed=8))


def test_collate_fills_up_on_the_right() -> None:
    stacked = collate([np.array([7, 8, 9], dtype=np.int32), np.array([5], dtype=np.int32)], padding=1)
    assert stacked["input_ids"].tolist() == [[7, 8, 9], [5, 1, 1]]
    assert stacked["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    with pytest.raises(ValueError, match="empty"):
        collate([], padding=0)

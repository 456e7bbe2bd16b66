"""Batches for reading once: everything in one of them, like lengths together."""

from hypothesis import given
from hypothesis import strategies as st

from rolecall.train.packing import packed


def test_batches_for_reading_hold_like_lengths_within_their_limit() -> None:
    assert packed([5, 30, 4, 5, 9, 2], 15) == [[5, 2, 0], [3], [4], [1]]  # 3 x 5; 5 and 9: 2 x 9; 30 alone
    assert packed([], 15) == []


@given(st.lists(st.integers(1, 512), max_size=60), st.integers(1, 4096))
def test_every_window_is_read_once(lengths: list[int], tokens: int) -> None:
    batches = packed(lengths, tokens)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[at] for at in batch) <= tokens for batch in batches)

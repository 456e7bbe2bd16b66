import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.train.batches import ByTokens, Shares, collate, count


def test_every_epoch_has_every_window_once_with_like_lengths_together() -> None:
    lengths = np.random.default_rng(0).integers(5, 500, 203).tolist()
    batches = ByTokens(lengths, 2048, seed=1)
    assert len(batches) == -(-sum(lengths) // 2048) > 20
    orders = []
    for epoch in (0, 1):
        batches.set_epoch(epoch)
        drawn = list(batches)
        assert len(drawn) == len(batches)
        assert sorted(index for batch in drawn for index in batch) == list(range(203))
        assert max(sum(lengths[index] for index in batch) for batch in drawn) < 1.3 * 2048
        padded = sum(len(batch) * max(lengths[index] for index in batch) for batch in drawn)
        assert padded / sum(lengths) < 1.2  # random batches of as many windows hold 70% more
        orders.append(drawn)
    assert orders[0] != orders[1]


def test_the_seed_and_the_epoch_alone_decide() -> None:
    lengths = [3, 1, 4, 1, 5, 9, 2, 6]
    first, second = ByTokens(lengths, 6, seed=7), ByTokens(lengths, 6, seed=7)
    first.set_epoch(3)
    list(second)
    second.set_epoch(3)
    assert list(first) == list(second)
    assert list(first) != list(ByTokens(lengths, 6, seed=8))


def test_an_epoch_of_several_passes_has_every_window_so_often_in_other_company() -> None:
    batches = ByTokens([5] * 12, 20, seed=0, passes=4)
    drawn = list(batches)
    assert len(drawn) == len(batches) == 12
    passes = [drawn[start : start + 3] for start in range(0, 12, 3)]
    assert all(sorted(index for batch in own for index in batch) == list(range(12)) for own in passes)
    assert len({tuple(sorted(tuple(sorted(batch)) for batch in own)) for own in passes}) > 1


@given(st.lists(st.integers(1, 600), min_size=1, max_size=40), st.integers(1, 2000))
def test_no_batch_is_empty_and_their_number_never_changes(lengths: list[int], tokens: int) -> None:
    batches = ByTokens(lengths, tokens, seed=0)
    for epoch in range(3):
        batches.set_epoch(epoch)
        drawn = list(batches)
        assert len(drawn) == len(batches) == count(lengths, tokens)
        assert all(drawn)
        assert sorted(index for batch in drawn for index in batch) == list(range(len(lengths)))


def test_collate_fills_up_on_the_right() -> None:
    stacked = collate([np.array([7, 8, 9], dtype=np.int32), np.array([5], dtype=np.int32)], padding=1)
    assert stacked["input_ids"].tolist() == [[7, 8, 9], [5, 1, 1]]
    assert stacked["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    with pytest.raises(ValueError, match="empty"):
        collate([], padding=0)


@given(st.lists(st.integers(1, 600), min_size=1, max_size=40), st.integers(1, 4), st.integers(1, 3))
def test_processes_and_parts_share_each_step_out(lengths: list[int], processes: int, parts: int) -> None:
    steps = list(ByTokens(lengths, 700, seed=3))
    shares = [
        list(Shares(ByTokens(lengths, 700, seed=3), process=process, processes=processes, parts=parts))
        for process in range(processes)
    ]
    assert {len(share) for share in shares} == {len(steps) * parts}
    for number, step in enumerate(steps):
        own = [batch for share in shares for batch in share[number * parts : (number + 1) * parts]]
        assert sorted(index for batch in own for index in batch) == sorted(step)
        assert sum(map(bool, own)) == min(len(step), processes * parts)


def test_parts_of_a_step_are_of_about_equal_length() -> None:
    lengths = np.random.default_rng(0).integers(5, 60, 400).tolist()
    for step in ByTokens(lengths, 2000, seed=0):
        sizes = [sum(lengths[index] for index in part) for part in ByTokens(lengths, 2000, seed=0).cut(step, 4)]
        assert max(sizes) - min(sizes) <= 120


def test_shares_follow_the_epoch() -> None:
    steps = ByTokens([5] * 12, 20, seed=0)
    shares = Shares(steps)
    first = list(shares)
    shares.set_epoch(1)
    assert list(shares) == list(steps) != first

"""The number of threads holds for the block alone."""

from collections.abc import Iterator

import pytest
import torch
from threadpoolctl import threadpool_info

from rolecall.train.threads import limited


@pytest.fixture(autouse=True)
def two() -> Iterator[None]:
    """Begin with two threads in torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def numbers() -> tuple[int, set[int]]:
    return torch.get_num_threads(), {pool["num_threads"] for pool in threadpool_info()}


def fail_alone() -> None:
    with limited(1):
        assert numbers() == (1, {1})
        raise RuntimeError


def test_a_number_holds_for_all_libraries_until_the_end() -> None:
    before = numbers()
    assert before[0] == 2
    with pytest.raises(RuntimeError):
        fail_alone()
    assert numbers() == before


def test_none_leaves_the_choice_to_them() -> None:
    before = numbers()
    with limited(None):
        assert numbers() == before

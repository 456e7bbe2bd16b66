"""CPU threads, the same number for all libraries that count."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def limited(number: int | None) -> Iterator[None]:
    """Hold torch, BLAS and OpenMP to a number of threads; None leaves the choice to them."""
    before = torch.get_num_threads()
    try:
        if number is None:
            yield
            return
        with threadpool_limits(number):
            torch.set_num_threads(number)  # it takes a number of its own when it first works
            yield
    finally:
        torch.set_num_threads(before)


def count() -> int:
    """Return how many threads torch computes with."""
    return torch.get_num_threads()

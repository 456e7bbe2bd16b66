"""CPU threads, the same number for all libraries that count."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import joblib
from threadpoolctl import threadpool_limits


def sensible() -> int:
    """Return how many threads to compute with: OMP_NUM_THREADS, else one a core that this process may use.

    A container's share of a machine counts (cgroup limits), which torch does not see.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) else int(joblib.cpu_count(only_physical_cores=True))


def hold_tokenizers(number: int) -> None:
    """Have `tokenizers` cut with a number of threads; it heeds this when it first works in a process."""
    os.environ["RAYON_NUM_THREADS"] = str(number)


@contextmanager
def limited(number: int | None) -> Iterator[None]:
    """Hold torch, BLAS and OpenMP to a number of threads; None leaves the choice to them."""
    if number is None:
        yield
        return
    torch: Any = sys.modules.get("torch")  # what has not been imported does not compute
    before = torch.get_num_threads() if torch else 0
    try:
        with threadpool_limits(number):
            if torch:
                torch.set_num_threads(number)  # it takes a number of its own when it first works
            yield
    finally:
        if torch:
            torch.set_num_threads(before)

"""The processes that train one run together, as torchrun or accelerate launched them: one leads, and writes alone.

What they tell each other goes over gloo, also where gradients go over nccl: it waits as long as it must, and keeps no
GPU busy meanwhile.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import torch
from torch import distributed

LONG = timedelta(days=7)
"""How long a process waits for the others. One that died ends them sooner: its launcher sees to that."""


class LeaderFailedError(Exception):
    """End a process that follows: the leader has failed, and says itself why."""


class Team:
    """One process among `count` that work together; number 0 leads."""

    def __init__(self, index: int = 0, count: int = 1, group: Any = None) -> None:
        self.index, self.count, self._group = index, count, group

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.index == 0

    @contextmanager
    def first(self) -> Iterator[None]:
        """Let the leader go through the block before all others.

        Raises LeaderFailedError in the others where the leader leaves it by an error.
        """
        if not self.leads:
            if not self._flag(False):
                raise LeaderFailedError
            yield
            return
        try:
            yield
        except BaseException:
            with suppress(RuntimeError):  # the others may be gone
                self._flag(False)
            raise
        self._flag(True)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Have all processes go through the block, where bad input makes the same trouble for all.

        Raises LeaderFailedError in the others, in place of their own error, where the leader leaves it by one.
        """
        try:
            yield
        except BaseException as error:
            with suppress(RuntimeError):
                if not self._flag(False) and not self.leads:
                    raise LeaderFailedError from error
            raise
        if not self._flag(True):
            raise LeaderFailedError

    def sum(self, numbers: Sequence[int]) -> list[int]:
        """Add up the numbers of all processes, each by its place."""
        if self.count == 1:
            return list(numbers)
        sums = torch.tensor(numbers, dtype=torch.int64)
        distributed.all_reduce(sums, group=self._group)
        return [int(number) for number in sums]

    def gather(self, number: int) -> list[int]:
        """Return the numbers of all processes, in their order."""
        return self.sum([number if at == self.index else 0 for at in range(self.count)])

    def wait(self) -> None:
        """Go on when all processes are here."""
        self.sum([0])

    def _flag(self, value: bool) -> bool:
        """Return the leader's value."""
        if self.count == 1:
            return value
        flag = torch.tensor([int(value)], dtype=torch.int64)
        distributed.broadcast(flag, 0, group=self._group)
        return bool(flag.item())


def launched() -> int:
    """Return how many processes a launcher has started, this one among them."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1


def follows() -> bool:
    """Whether a launcher has started this process to follow another; needs no look at the others."""
    return launched() > 1 and os.environ["RANK"] != "0"


def join(device: str) -> Team:
    """Meet the processes that a launcher has started, to train on "cpu" or on GPUs; without a launcher there is one."""
    if launched() == 1:
        return Team()
    from accelerate import PartialState

    state = PartialState(cpu=device == "cpu")
    own = distributed.new_group(backend="gloo", timeout=LONG)
    return Team(state.process_index, state.num_processes, own)


def leave() -> None:
    """Part from the other processes, at the end of a command."""
    if launched() > 1 and distributed.is_initialized():
        distributed.destroy_process_group()

"""The mean of a network's weights over the last part of training (Izmailov et al. 2018, UAI: weight averaging).

Weights of neighbouring steps make different slips; their mean makes fewer and costs no training time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from rolecall.train.checkpoints import number_of

NAME, STEPS = "average-{}.safetensors", "steps"
Weights = dict[str, torch.Tensor]


class Average:
    """A running mean of the trained weights of one network, each step counting the same."""

    def __init__(self, network: torch.nn.Module) -> None:
        self._network = network
        self._mean: Weights = {}
        self._steps = 0

    @torch.no_grad()
    def add(self) -> None:
        """Take the network's weights in as they are now."""
        self._steps += 1
        own = trained(self._network)  # asked for anew: what prepares a network for several processes may replace them
        if not self._mean:
            self._mean = {name: weight.clone() for name, weight in own.items()}
        else:
            for name, weight in own.items():
                self._mean[name].lerp_(weight, 1 / self._steps)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the mean into the network while a block runs; where nothing was added it keeps its own weights."""
        before = {name: weight.clone() for name, weight in trained(self._network).items()} if self._mean else {}
        self._put(self._mean)
        try:
            yield
        finally:
            self._put(before)

    def settle(self) -> None:
        """Put the mean into the network for good."""
        self._put(self._mean)

    @torch.no_grad()
    def _put(self, weights: Weights) -> None:
        own = trained(self._network)
        for name, weight in weights.items():
            own[name].copy_(weight)

    def save(self, folder: Path, step: int) -> None:
        """Write what was added up to a step, and remove what was written at steps before the last two."""
        if self._mean:
            write(folder / NAME.format(step), {**self._mean, STEPS: torch.tensor(self._steps)})
        kept = sorted(folder.glob(NAME.format("*")), key=number_of)
        for path in kept[:-2]:
            path.unlink()

    def load(self, folder: Path, step: int) -> None:
        """Go on from what was written at a step."""
        weights = load_file(folder / NAME.format(step))
        self._steps = int(weights.pop(STEPS))
        self._mean = {name: weights[name].to(own.device) for name, own in trained(self._network).items()}


def forget(folder: Path, step: int) -> None:
    """Remove what was written behind a step, from where training goes on: their checkpoints were never finished.

    However often it is killed, the mean that this step's checkpoint needs is then among the last two.
    """
    for path in folder.glob(NAME.format("*")):
        if number_of(path) > step:
            path.unlink(missing_ok=True)


def write(path: Path, weights: Weights) -> None:
    """Write weights to a file that is there whole or not at all."""
    unfinished = path.with_name(f".{path.name}")
    save_file({name: weight.contiguous() for name, weight in weights.items()}, unfinished)
    unfinished.replace(path)


def read(path: Path, network: Any) -> None:
    """Put weights that `write` wrote into their network."""
    network.load_state_dict(load_file(path), strict=False)


def trained(network: Any) -> Weights:
    """Return a network's trained weights."""
    return {name: weight.detach() for name, weight in network.named_parameters() if weight.requires_grad}

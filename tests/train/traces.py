"""What runs leave behind, to be compared."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def same(first: Path, second: Path) -> bool:
    """Whether two runs have the same weights, to the bit."""
    one, two = (load_file(run / "model.safetensors") for run in (first, second))
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def logged(run: Path, name: str = "loss") -> dict[int, float]:
    """Read what TensorBoard shows for each step of a run, none of which it may show twice."""
    events: Any = EventAccumulator(str(run / "logs"), size_guidance={"scalars": 0})
    events.Reload()
    found = [(event.step, event.value) for event in events.Scalars(f"train/{name}")]
    assert len({step for step, _ in found}) == len(found)
    return dict(found)

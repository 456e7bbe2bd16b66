"""A network in torch."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rolecall.core.errors import InputError
from rolecall.train.device import find_device
from rolecall.train.network import Integers
from rolecall.train.precision import halve


class TorchNetwork:
    """A token classifier of transformers, read in evaluation mode."""

    def __init__(self, model: Any, *, half: bool = False) -> None:
        self.model = model
        self._half = half

    @property
    def device(self) -> str:
        """The device that the model is on."""
        return str(self.model.device)

    @property
    def threads(self) -> int:
        """The number that torch has for all it does."""
        return torch.get_num_threads()

    @property
    def precision(self) -> str:
        """What goes into its matrix products."""
        return "bfloat16" if self._half else "float32"

    def __call__(self, ids: Integers, mask: Integers) -> NDArray[np.float32]:
        """Run one batch."""
        with torch.autocast(self.model.device.type, torch.bfloat16) if self._half else nullcontext():
            return run(self.model, {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)})


def run(model: Any, inputs: dict[str, torch.Tensor]) -> NDArray[np.float32]:
    """Run one batch in evaluation mode and return its logits, (windows, tokens, columns)."""
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            output = model(**{name: value.to(model.device) for name, value in inputs.items()})
        return np.asarray(output.logits.float().cpu().numpy())
    finally:
        model.train(training)


def moved(model: Any, device: str, *, half: bool = False) -> TorchNetwork:
    """Put a model onto a device, `half` with matrices in bfloat16; raise InputError where there is no such device."""
    try:
        model.to(find_device(device))
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device {device!r}: {str(error).splitlines()[0]}", remedy="use --device auto") from error
    if half:
        halve(model)
    return TorchNetwork(model.eval(), half=half)

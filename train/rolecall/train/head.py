"""The classifier's new head: starts out with the tags' frequencies, and learns faster than the encoder below it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from rolecall.train.examples import Example
from rolecall.train.labels import TagSet


def parameters(model: Any) -> list[torch.nn.Parameter]:
    """Return the parameters above the encoder."""
    encoder = {id(weight) for weight in model.base_model.parameters()}
    return [weight for weight in model.parameters() if id(weight) not in encoder]


def start_from_frequencies(model: Any, examples: Sequence[Example], tags: Sequence[TagSet]) -> None:
    """Set the last bias to the log of each tag's frequency in its layer, one added to every count.

    Nearly all units are O; without this a small dataset's few hundred steps are spent on learning that.
    """
    bias = next((weight for weight in reversed(parameters(model)) if weight.shape == (model.config.num_labels,)), None)
    if bias is None:
        return
    labels = np.concatenate([example.tags for example in examples])
    with torch.no_grad():
        for layer, each in enumerate(tags):
            counts = np.bincount(labels[:, layer], minlength=1 + 2 * len(each.roles)) + 1
            bias[each.columns] = torch.from_numpy(np.log(counts / counts.sum())).to(bias)

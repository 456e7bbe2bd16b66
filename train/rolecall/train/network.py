"""What a tagger asks of a network, whatever computes it."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Network(Protocol):
    """Turns sub-tokens into logits.

    `model` is what computes, `packages` are those whose versions the result depends on.
    """

    model: Any
    packages: tuple[str, ...]

    @property
    def device(self) -> str:
        """Where it computes: cpu, cuda:0, ..."""
        ...

    def __call__(self, ids: Integers, mask: Integers) -> NDArray[np.float32]:
        """Return logits, (windows, tokens, columns), of token ids and their mask, each (windows, tokens)."""
        ...

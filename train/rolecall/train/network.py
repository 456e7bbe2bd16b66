"""What a tagger asks of a network, whatever computes it."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Network(Protocol):
    """Turns sub-tokens into logits; `model` is what computes."""

    model: Any

    @property
    def device(self) -> str:
        """Where it computes: cpu, cuda:0, ..."""
        ...

    @property
    def threads(self) -> int:
        """How many CPU threads it computes with."""
        ...

    @property
    def precision(self) -> str:
        """What its matrix products are made of: float32, bfloat16, int8."""
        ...

    def __call__(self, ids: Integers, mask: Integers) -> NDArray[np.float32]:
        """Return logits, (windows, tokens, columns), of token ids and their mask, each (windows, tokens)."""
        ...

"""Dropout as torch has it, with random bits that a CPU draws several times faster.

On CPUs torch may draw a float for each value, one after another: over a quarter of a bfloat16 training step on those
that this was measured on (docs/speed.md). Here 64 bits decide on four values. They come from torch's own generator,
whose state checkpoints hold. What is dropped is the probability asked for, rounded to a multiple of 1/65,536; what is
kept is scaled up by just that, as exactly as the values' own numbers can say.
"""

from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

CHANCES = 2**16
"""How many values 16 bits have."""
DROPPING = ("attention_probs_dropout_prob", "attention_dropout", "attn_pdrop", "attn_dropout")
"""What encoders call the probability with which attention is dropped."""


class QuickDropout(TorchFunctionMode):
    """While it is entered, torch.nn.functional.dropout is the function below."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Stand in for one function, and call the others."""
        return (dropout if func is functional.dropout else func)(*args, **(kwargs or {}))


def dropout(
    input: torch.Tensor,  # noqa: A002
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
) -> torch.Tensor:
    """Zero values with a probability of `p` and scale the others up, as torch.nn.functional.dropout does."""
    dropped = round(p * CHANCES)
    if not training or not 0 < dropped < CHANCES or input.device.type != "cpu":
        return functional.dropout(input, p, training, inplace)
    count = input.numel()
    bits = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
    kept = bits[:count].view(input.shape) >= dropped - CHANCES // 2
    factors = kept.to(input.dtype).mul_(CHANCES / (CHANCES - dropped))
    return input.mul_(factors) if inplace else input * factors


def drops_attention(network: Any) -> bool:
    """Whether a network drops attention in training, as far as its config says so."""
    return any(getattr(network.config, name, 0) for name in DROPPING)

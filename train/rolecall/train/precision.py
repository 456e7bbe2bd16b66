"""In what numbers a network computes.

It is trained in bfloat16 where the machine multiplies them faster, else in float32; weights, loss and optimizer stay
float32, and autocast rounds what goes into matrix products. It labels in float32 unless told otherwise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from rolecall.train.settings import Precision


def is_half(precision: Precision, device: str) -> bool:
    """Say whether to train in bfloat16 on a device ("cpu", "cuda", ...)."""
    if precision != "auto":
        return precision == "bfloat16"
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()  # older versions of torch cannot say
    return device == "cpu" and bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def halve(network: Any) -> None:
    """Round the matrices of a network that only labels, so that autocast need not do it for each batch."""
    for layer in network.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.to(torch.bfloat16)


@contextmanager
def full(network: Any) -> Iterator[None]:
    """Compute in the network's own numbers while a block runs: what trains it in bfloat16 has wrapped its `forward`."""
    wrapped = unwrap(network)
    try:
        yield
    finally:
        if wrapped is not None:
            network.forward = wrapped


def unwrap(network: Any) -> Any:
    """Give a network its class's `forward` back, and return what stood in its place, if anything did.

    accelerate has a function for this, which takes the class's own decorators away too.
    """
    return vars(network).pop("forward", None)


@contextmanager
def plain_attention(network: Any, *, wanted: bool) -> Iterator[None]:
    """Use attention as matrix products while a block runs.

    On CPUs torch's fused one has a slow bfloat16 gradient, and a slow dropout that is its own.
    """
    before = network.config._attn_implementation
    if wanted:
        network.set_attn_implementation("eager")
    try:
        yield
    finally:
        if wanted:
            network.set_attn_implementation(before)

"""Where torch computes."""

import torch


def find_device(name: str) -> str:
    """Resolve "auto" to the best device there is."""
    if name != "auto":
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"

"""What an epoch came to: its loss, and strict counts on the validation articles."""

from collections.abc import Iterable, Mapping

import msgspec

from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.evaluate import match
from rolecall.evaluate.counts import Counts


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """One line of metrics.jsonl.

    `loss` is the negative log-likelihood of each layer's chain of tags, a unit, added over layers (see `Loss`);
    `counts` are strict, by layer, against the whole articles' gold, and `f1` follows from their sum (None without
    validation articles or spans on either side).
    """

    epoch: int
    step: int
    loss: float
    f1: float | None = None
    counts: dict[str, Counts] = {}


def count(gold: Mapping[str, Annotation], found: Iterable[Annotation], scheme: Scheme) -> dict[str, Counts]:
    """Add up strict counts by layer over articles."""
    sums = {layer.name: Counts() for layer in scheme.layers}
    for annotation in found:
        roles = match.count(match.keys(gold[annotation.article].spans), match.keys(annotation.spans))
        for role, counts in roles.items():
            layer = scheme.layer_of[role]
            sums[layer] += counts
    return sums


def f1(counts: Mapping[str, Counts]) -> float | None:
    """Return micro F1 over layers."""
    return sum(counts.values(), Counts()).f1

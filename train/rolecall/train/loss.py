"""What training lowers: how improbable the gold tags of a window are as a whole, among all valid tag sequences.

The decoder weighs sequences by the network's tag probabilities and by how tags follow each other (`transitions`); the
loss is the same chain's negative log-likelihood, as of a conditional random field with fixed transitions (Lafferty,
McCallum and Pereira 2001, ICML). The network so learns what the transitions do not know already. The two chains differ
in how they begin: the decoder has an O before the first unit of an article, and the loss nothing before that of a
window, as a window may begin inside a span.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rolecall.train.examples import IGNORED
from rolecall.train.labels import TagSet


class Loss:
    """The negative log-likelihood of each layer's gold tags, added over layers: no layer drowns another.

    `weights` are log-weights [before, after] of each layer's tags; without them a unit's tags do not depend on its
    neighbours', and the loss is the cross-entropy. A window may begin and end inside a span. `items` is how many
    labels the whole step has over all layers, also where it is cut into several batches; the result is a mean over
    units. A batch without labels has a loss of 0, with a gradient of 0 for every weight.
    """

    def __init__(self, tags: Sequence[TagSet], weights: Sequence[NDArray[np.float64]] | None = None) -> None:
        widths = [each.columns.stop - each.columns.start for each in tags]
        padding = tags[-1].columns.stop  # a column of -inf, for layers with fewer tags than the widest
        self._columns = torch.full((len(tags), max(widths)), padding)
        self._weights = torch.full((len(tags), max(widths), max(widths)), -torch.inf)
        for layer, (each, width) in enumerate(zip(tags, widths, strict=True)):
            self._columns[layer, :width] = torch.arange(each.columns.start, each.columns.stop)
            own = np.zeros((width, width)) if weights is None else weights[layer]
            self._weights[layer, :width, :width] = torch.from_numpy(own).float()

    def __call__(
        self, outputs: Any, labels: torch.Tensor, num_items_in_batch: torch.Tensor | int | None = None
    ) -> torch.Tensor:
        """Return the loss of one batch as its part in the step's mean; labels are (windows, tokens, layers)."""
        items = labels.ne(IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
        own = labels.movedim(-1, 0)
        length = int(own.ne(IGNORED).sum(dim=-1).max())
        if not length:
            return torch.as_tensor(outputs.logits.sum() * 0)
        places = own.eq(IGNORED).int().argsort(dim=-1, stable=True)[..., :length]  # units first, in their order
        gold = own.gather(-1, places)
        scores = self._scores(outputs.logits.float(), places)
        weights = self._weights.to(scores.device)
        total: torch.Tensor = _Improbability.apply(scores, gold, weights)  # type: ignore[no-untyped-call]
        return total * len(self._columns) / items

    def _scores(self, logits: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Return the logits of each layer's tags at some places, (layers, windows, places, tags)."""
        padded = torch.nn.functional.pad(logits, (0, 1), value=-torch.inf)
        layers = padded[..., self._columns.to(logits.device)].movedim(2, 0)
        return layers.gather(2, places[..., None].expand(*places.shape, layers.shape[-1]))


class _Improbability(torch.autograd.Function):
    """The chains' negative log-likelihood, summed; its gradient is each tag's probability less what gold has.

    Takes scores (layers, windows, units, tags), gold tags (layers, windows, units), IGNORED behind the last one, and
    weights (layers, before, after). Forward and backward pass are those of Rabiner 1989, scaled at each unit.
    """

    @staticmethod
    def forward(ctx: Any, scores: torch.Tensor, gold: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        there, links = gold.ne(IGNORED), weights.exp()
        peaks = scores.amax(dim=-1, keepdim=True)
        probs, real = (scores - peaks).exp().movedim(2, 0), there.movedim(2, 0)[..., None]
        own = probs[0]
        reached: list[torch.Tensor] = []
        scales: list[torch.Tensor] = []
        for unit in range(len(probs)):
            if unit:
                own = torch.where(real[unit], torch.bmm(reached[-1], links) * probs[unit], reached[-1])
            scales.append(own.sum(dim=-1, keepdim=True))
            reached.append(own / scales[-1])
        after = torch.ones_like(own)
        chances = [reached[-1] * after]
        for unit in range(len(probs) - 1, 0, -1):
            before = torch.bmm(probs[unit] * after / scales[unit], links.mT)
            after = torch.where(real[unit], before, after)
            chances.append(reached[unit - 1] * after)
        tags = gold.clamp(min=0)
        wrong = torch.stack(chances[::-1], dim=2) - torch.nn.functional.one_hot(tags, scores.shape[-1])
        ctx.save_for_backward(wrong * there[..., None])
        logs = torch.stack(scales, dim=2).log() + peaks
        whole = logs[..., 0][there].sum()
        at = torch.arange(len(gold), device=gold.device)[:, None, None]
        pairs = weights[at, tags[..., :-1], tags[..., 1:]][there[..., 1:]].sum()
        return whole - scores.gather(-1, tags[..., None])[..., 0][there].sum() - pairs

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return ctx.saved_tensors[0] * outer[0], None, None

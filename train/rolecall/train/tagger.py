"""A model at work: texts in, spans out."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rolecall.core.records import Article, Span
from rolecall.train.decode import decode
from rolecall.train.labels import TagSet
from rolecall.train.network import Network
from rolecall.train.packing import filled, packed
from rolecall.train.windows import Encoded, Encoder


class Tagger(NamedTuple):
    """A network with what it takes to read texts and to understand its output; `transitions` has weights a layer."""

    network: Network
    encoder: Encoder
    tags: tuple[TagSet, ...]
    transitions: tuple[NDArray[np.float64], ...]

    @property
    def model(self) -> Any:
        """What the network computes with: the torch model, as far as it is one."""
        return self.network.model


def tag(tagger: Tagger, articles: Sequence[Article], encoded: Sequence[Encoded], tokens: int) -> list[tuple[Span, ...]]:
    """Return the spans of each article, in text order, each with its probability.

    `encoded` are the articles as the tagger's encoder reads them; up to `tokens` sub-tokens go through the model at
    once, filled up ones counted.
    """
    logits = _logits(tagger, encoded, tokens)
    found: list[list[Span]] = [[] for _ in articles]
    for each, weights in zip(tagger.tags, tagger.transitions, strict=True):
        layer = decode([rows[:, each.columns] for rows in logits], weights)
        for spans, article, own, units in zip(found, articles, layer, (e.units for e in encoded), strict=True):
            for first, last, role, score in own:
                start, end = units[first][0], units[last - 1][1]
                spans.append(Span(start, end, each.roles[role], article.text[start:end], score))
    return [tuple(sorted(spans, key=lambda span: span.key)) for spans in found]


def _logits(tagger: Tagger, encoded: Sequence[Encoded], tokens: int) -> list[NDArray[np.float32]]:
    """Run the model, and return (units, columns) for each article."""
    width = tagger.tags[-1].columns.stop
    logits = [np.empty((len(each.units), width), dtype=np.float32) for each in encoded]
    windows = [(index, window) for index, each in enumerate(encoded) for window in each.windows]
    for group in packed([len(window.ids) for _, window in windows], tokens):
        own = [windows[at] for at in group]
        output = tagger.network(*filled([window.ids for _, window in own], tagger.encoder.padding))
        for (index, window), rows in zip(own, output, strict=True):
            logits[index][window.units] = rows[window.places]
    return logits

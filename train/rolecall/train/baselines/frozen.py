"""The encoder as it is, and a logistic regression of each layer on top: what fine-tuning adds shows beside it.

A unit's vector is the mean of its sub-tokens' last hidden states, in the window where it has most context.
"""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from rolecall.core.bio import Unit
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Article, Span
from rolecall.core.scheme import Layer
from rolecall.core.tagging import tag
from rolecall.train.baselines.sequence import in_order
from rolecall.train.baselines.task import Label, Task, rows_of
from rolecall.train.batches import collate
from rolecall.train.decode import decode
from rolecall.train.device import find_device
from rolecall.train.job import new_tagger
from rolecall.train.labels import TagSet, tag_sets
from rolecall.train.windows import Encoder, Window

CHUNK = 64
"""Articles that go through the encoder together."""
BATCH = 16
"""Windows in a batch."""
ITERATIONS = 300
_NEVER = 1e-30  # the probability of a tag that training does not have

Floats = NDArray[np.float32]


class Reader(NamedTuple):
    """An encoder without a head, and what cuts texts for it."""

    model: Any
    encoder: Encoder

    def read(self, texts: Sequence[str]) -> list[tuple[list[Unit], Floats]]:
        """Return the units of each text and their vectors, (units, hidden size)."""
        encoded = self.encoder.encode(texts)
        sizes = [_sizes(self.encoder.tokenizer, text, each.units) for text, each in zip(texts, encoded, strict=True)]
        width = int(self.model.config.hidden_size)
        vectors = [np.zeros((len(each.units), width), dtype=np.float32) for each in encoded]
        windows = [(at, window) for at, each in enumerate(encoded) for window in each.windows]
        windows.sort(key=lambda pair: len(pair[1].ids))
        for first in range(0, len(windows), BATCH):
            batch = windows[first : first + BATCH]
            for (at, window), states in zip(batch, self._states([window for _, window in batch]), strict=True):
                vectors[at][window.units] = _means(states[: len(window.ids)], window.places, sizes[at][window.units])
        return [(each.units, own) for each, own in zip(encoded, vectors, strict=True)]

    def _states(self, windows: Sequence[Window]) -> Floats:
        """Return the last hidden states, (windows, tokens, hidden size)."""
        inputs = collate([window.ids for window in windows], self.encoder.padding)
        with torch.inference_mode():
            output = self.model(**{name: value.to(self.model.device) for name, value in inputs.items()})
        return np.asarray(output.last_hidden_state.float().cpu().numpy())


def _sizes(tokenizer: Any, text: str, units: Sequence[Unit]) -> NDArray[np.int64]:
    """Count the sub-tokens of each unit."""
    offsets = tokenizer(
        text, add_special_tokens=False, return_offsets_mapping=True, split_special_tokens=True, verbose=False
    )["offset_mapping"]
    ends = np.sort(np.array([end for start, end in offsets if start < end], dtype=np.int64))
    bounds = np.array(units, dtype=np.int64).reshape(-1, 2)
    low, high = np.searchsorted(ends, bounds.T, side="right")  # ends, since a sub-token may open with a space
    return np.asarray(np.maximum(high - low, 1))


def _means(states: Floats, places: NDArray[np.int64], sizes: NDArray[np.int64]) -> Floats:
    """Return the mean of the states of each unit, which stand side by side from its place on."""
    sums = np.concatenate([np.zeros((1, states.shape[1])), states.cumsum(axis=0, dtype=np.float64)])
    ends = np.minimum(places + sizes, len(states))
    return np.asarray((sums[ends] - sums[places]) / (ends - places)[:, None], dtype=np.float32)


def train(task: Task) -> Label:
    """Read the training articles once, then learn each layer."""
    tagger = new_tagger(task.settings, task.scheme)
    model = tagger.model.base_model.to(find_device(task.settings.device)).eval()
    reader = Reader(model, tagger.encoder)
    vectors, tags = _examples(task, reader)
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    vectors -= mean
    vectors /= spread
    heads = [_learn(vectors, tags[:, at], each) for at, each in enumerate(tag_sets(task.scheme))]

    def label(articles: Iterable[Article]) -> Iterator[tuple[Span, ...]]:
        rest = iter(articles)
        while chunk := list(islice(rest, CHUNK)):
            read = reader.read([article.text for article in chunk])
            found: list[list[Span]] = [[] for _ in chunk]
            for head in heads:
                layer = decode([head.logits((own - mean) / spread) for _, own in read])
                for spans, article, (units, _), own in zip(found, chunk, read, layer, strict=True):
                    for first, last, role, score in own:
                        start, end = units[first][0], units[last - 1][1]
                        spans.append(Span(start, end, head.roles[role], article.text[start:end], score))
            yield from map(in_order, found)

    return label


def _examples(task: Task, reader: Reader) -> tuple[Floats, NDArray[np.int16]]:
    """Return the vectors of all units, and their tags, (units, layers)."""
    vectors: list[Floats] = []
    tags: list[NDArray[np.int16]] = []
    rest = rows_of(task)
    while chunk := list(islice(rest, CHUNK)):
        for row, (units, own) in zip(chunk, reader.read([row["text"] for row in chunk]), strict=True):
            vectors.append(own)
            columns = [_tags(row, units, layer) for layer in task.scheme.layers]
            tags.append(np.array(columns, dtype=np.int16).reshape(len(columns), len(units)).T)
    return np.concatenate(vectors), np.concatenate(tags)


def _tags(row: dict[str, Any], units: Sequence[Unit], layer: Layer) -> list[int]:
    """Tag the units of one layer; what is lost is what `fit` loses, whose ledger tells of it."""
    roles = [role.name for role in layer.roles]
    own = [Span(**span) for span in row["spans"] if span["role"] in roles]
    source = Source(row["id"], "dataset")
    return tag(row["text"], units, own, roles, ledger=Ledger(), stage="baseline", source=source)


class Head(NamedTuple):
    """The regression of one layer, and which tags it knows; without one, everything is O."""

    roles: tuple[str, ...]
    model: Any
    known: NDArray[np.int64]

    def logits(self, vectors: Floats) -> Floats:
        """Return log-probabilities, (units, tags)."""
        found = np.full((len(vectors), 1 + 2 * len(self.roles)), np.log(_NEVER), dtype=np.float32)
        if self.model is None or not len(vectors):
            found[:, 0] = 0
        else:
            found[:, self.known] = np.log(np.maximum(self.model.predict_proba(vectors), _NEVER))
        return found


def _learn(vectors: Floats, tags: NDArray[np.int16], tag_set: TagSet) -> Head:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    known = np.unique(tags).astype(np.int64)
    if len(known) < 2:
        return Head(tag_set.roles, None, known)
    model = LogisticRegression(max_iter=ITERATIONS)
    with warnings.catch_warnings():  # short of the optimum it labels as well
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(vectors, tags)
    return Head(tag_set.roles, model, known)

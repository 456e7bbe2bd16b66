"""Training examples from a dataset: windows with a tag for each unit and layer."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import datasets
import numpy as np
import torch
from numpy.typing import NDArray

from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Span
from rolecall.core.scheme import Scheme
from rolecall.core.sealed import MANIFEST, Seal, check_sealed, read_seal
from rolecall.core.tagging import tag
from rolecall.train.batches import collate
from rolecall.train.windows import Encoder, Window

IGNORED = -100
"""The label of a position that is not learned from, as torch's cross-entropy takes it."""
BATCH = 64
"""Articles encoded at a time."""


class Example(NamedTuple):
    """A window and its tags, (units of the window, layers)."""

    window: Window
    tags: NDArray[np.int16]


def load(folder: Path) -> datasets.DatasetDict:
    """Open a dataset that `rolecall annotate dataset` wrote; raise InputError where it is none."""
    try:
        loaded = datasets.load_from_disk(str(folder))
    except (FileNotFoundError, ValueError) as error:
        raise InputError(
            "holds no dataset", path=folder, remedy="give the folder that rolecall annotate dataset made"
        ) from error
    if not isinstance(loaded, datasets.DatasetDict) or "train" not in loaded:
        raise InputError("has no train split", path=folder, remedy="build one: rolecall annotate dataset")
    if lacking := {"id", "text", "spans"} - set(loaded["train"].column_names):
        raise InputError(
            f"lacks columns {', '.join(sorted(lacking))}", path=folder, remedy="build one: rolecall annotate dataset"
        )
    return loaded


def load_sealed(folder: Path) -> tuple[datasets.DatasetDict, Seal]:
    """Open a dataset whose files are those of its manifest, and return its seal too; raise InputError where not."""
    if (folder / MANIFEST).is_file():
        check_sealed(folder)  # else a file that is cut short, or missing, is taken for something that is no dataset
    loaded = load(folder)
    return loaded, read_seal(folder)


def examples(
    split: str, rows: Iterable[dict[str, Any]], encoder: Encoder, scheme: Scheme, ledger: Ledger
) -> Iterator[Example]:
    """Yield the windows of every article with their tags; the ledger is told of every span, at stage "encode SPLIT"."""
    for batch in _batches(rows):
        for row, encoded in zip(batch, encoder.encode([row["text"] for row in batch]), strict=True):
            tags = _tags(row, encoded.units, scheme, ledger, f"encode {split}")
            yield from (Example(window, tags[window.units]) for window in encoded.windows)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _tags(
    row: dict[str, Any], units: Sequence[tuple[int, int]], scheme: Scheme, ledger: Ledger, stage: str
) -> NDArray[np.int16]:
    """Tag the units of one article, (units, layers)."""
    spans = [Span(**span) for span in row["spans"]]
    ledger.enter(stage, "span", len(spans))
    columns = []
    for layer in scheme.layers:
        own = [span for span in spans if scheme.layer_of[span.role] == layer.name]
        roles = [role.name for role in layer.roles]
        source = Source(row["id"], "dataset")
        columns.append(tag(row["text"], units, own, roles, ledger=ledger, stage=stage, source=source))
    return np.array(columns, dtype=np.int16).reshape(len(columns), len(units)).T


class Collator:
    """Stacks examples: `input_ids` and `attention_mask` as (windows, tokens), `labels` as (windows, tokens, layers).

    With `positions`, those that an encoder has an embedding for, each window begins at any of them that leaves it room,
    drawn by `rng`: what is learned then does not depend on where in an article it stands. Of no examples it makes one
    window of one token, without a label in any of the `layers`.
    """

    def __init__(self, padding: int, positions: range | None = None, *, layers: int = 1) -> None:
        self._padding, self._positions, self._layers = padding, positions, layers
        self.rng = np.random.default_rng()

    def __call__(self, batch: Sequence[Example]) -> dict[str, torch.Tensor]:
        """Stack a batch, filled up on the right."""
        nothing = np.array([self._padding], dtype=np.int32)
        inputs = collate([example.window.ids for example in batch] or [nothing], self._padding)
        shape = (*inputs["input_ids"].shape, batch[0].tags.shape[1] if batch else self._layers)
        labels = np.full(shape, IGNORED, dtype=np.int64)
        for row, example in zip(labels, batch, strict=False):
            row[example.window.places] = example.tags
        if self._positions is not None:
            starts = self.rng.integers(len(self._positions) - shape[1] + 1, size=(shape[0], 1)) + self._positions.start
            inputs["position_ids"] = torch.from_numpy(starts + np.arange(shape[1]))
        return {**inputs, "labels": torch.from_numpy(labels)}

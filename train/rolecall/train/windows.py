"""An article as an encoder reads it: units that can be labelled, and overlapping windows of sub-tokens.

Every unit belongs to one window, the one in which it has most context, so a long article is read whole and each unit
counts once.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rolecall.core.bio import Unit
from rolecall.core.errors import InputError
from rolecall.train.units import Integers, units


class Window(NamedTuple):
    """Sub-tokens that are read at once: `ids` with special ones, and where in `ids` the units from `first` on stand."""

    ids: NDArray[np.int32]
    first: int
    places: Integers

    @property
    def units(self) -> slice:
        """The units that belong to this window."""
        return slice(self.first, self.first + len(self.places))


class Encoded(NamedTuple):
    """An article's units, half-open in code points, and its windows; units of all windows are all units in order."""

    units: list[Unit]
    windows: list[Window]


class Encoder:
    """Turns texts into units and windows for one tokenizer: a fast one of transformers, or one of `tokenizers`.

    `window` is in sub-tokens, special ones counted; `padding` is the id that fills windows up, else the tokenizer's
    own. Raises InputError where a window leaves no room for `overlap`.
    """

    def __init__(self, tokenizer: Any, *, window: int, overlap: int, padding: int | None = None) -> None:
        self.tokenizer = tokenizer
        self.padding: int = padding or getattr(tokenizer, "pad_token_id", None) or 0
        self.window = window
        self._pieces = _plain(getattr(tokenizer, "backend_tokenizer", tokenizer))
        probe = self._pieces.encode("a")
        special = np.array(probe.special_tokens_mask, dtype=bool)
        ids = np.array(probe.ids, dtype=np.int32)
        body = np.flatnonzero(~special)
        self._head, self._tail = ids[: body[0]], ids[body[-1] + 1 :]
        self._room = self.window - len(self._head) - len(self._tail)
        self._overlap = overlap
        if self._room <= overlap:
            raise InputError(
                f"windows of {window} tokens leave no room for an overlap of {overlap}",
                remedy="lower overlap, or choose an encoder that reads more at once",
            )

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encode texts; nothing is cut off, and what looks like a special token in a text is text."""
        made = self._pieces.encode_batch(list(texts), add_special_tokens=False)
        return [
            self._encoded(text, np.array(own.ids, dtype=np.int32), own.offsets)
            for text, own in zip(texts, made, strict=True)
        ]

    def _encoded(self, text: str, ids: NDArray[np.int32], offsets: Sequence[Unit]) -> Encoded:
        found = units(text, np.array(offsets, dtype=np.int64).reshape(-1, 2))
        width, starts = placed(len(ids), self._room, self._overlap)
        owner = owners(found.first, starts, len(ids), width)
        windows = []
        for index, start in enumerate(starts):
            own = np.flatnonzero(owner == index)
            if len(own):
                body = ids[start : start + width]
                places = found.first[own] - start + len(self._head)
                windows.append(Window(np.concatenate([self._head, body, self._tail]), int(own[0]), places))
        return Encoded(found.bounds, windows)


def _plain(tokenizer: Tokenizer) -> Tokenizer:
    """Copy a tokenizer that cuts nothing off, fills nothing up, and takes special tokens in a text for text.

    Whoever else uses the original may set it as they like.
    """
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    copy.encode_special_tokens = True
    return copy


class Placed(NamedTuple):
    """Windows of the same width, and where they start."""

    width: int
    starts: list[int]


def placed(length: int, room: int, overlap: int) -> Placed:
    """Place as few windows of up to `room` sub-tokens as `length` takes, neighbours sharing at least `overlap`.

    They lie evenly, and are no wider than that asks: wider ones would read the same text again.
    """
    if length <= room:
        return Placed(length, [0])
    count = -(-(length - overlap) // (room - overlap))
    width = -(-(length + (count - 1) * overlap) // count)
    return Placed(width, [round(index * (length - width) / (count - 1)) for index in range(count)])


def owners(first: Integers, starts: Sequence[int], length: int, width: int) -> Integers:
    """Return the window of each unit, known by its first sub-token: the one with most context on its poorer side.

    The ends of the article are no edges: nothing lies beyond them.
    """
    low = np.array(starts)[:, None]
    high = np.minimum(low + width, length)
    before = np.where(low == 0, length, first - low)
    after = np.where(high == length, length, high - 1 - first)
    inside = (first >= low) & (first < high)
    return np.asarray(np.where(inside, np.minimum(before, after), -1).argmax(axis=0))

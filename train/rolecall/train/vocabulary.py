"""How well an encoder's vocabulary knows a corpus.

A word of an unknown script still has its place in the text, so every span of it can be learned and the ledger has
nothing to tell; but the encoder reads one and the same [UNK] for all of them, or spells them out letter by letter.
"""

from collections.abc import Iterable

import msgspec

from rolecall.train.windows import Encoder, Window

UNKNOWN = 0.05
"""Share of unknown units from which a vocabulary is called poor; in English news it is below 0.001."""
PIECES = 3.0
"""Sub-tokens a unit from which a vocabulary is called poor: that is spelling. English news takes 1.2."""


class Known(msgspec.Struct, frozen=True):
    """What was read: units, those that begin with an unknown sub-token, and steps of so many sub-tokens between units.

    The last unit of a window has no step.
    """

    units: int
    unknown: int
    steps: int
    pieces: int

    @property
    def share_unknown(self) -> float:
        """Share of units that the vocabulary has no piece for."""
        return self.unknown / self.units if self.units else 0.0

    @property
    def pieces_a_unit(self) -> float:
        """Mean number of sub-tokens that a unit takes."""
        return self.pieces / self.steps if self.steps else 1.0

    @property
    def poor(self) -> bool:
        """Whether another encoder should be looked for."""
        return self.share_unknown > UNKNOWN or self.pieces_a_unit > PIECES

    def __str__(self) -> str:
        return f"{100 * self.share_unknown:.1f}% of words unknown, {self.pieces_a_unit:.1f} sub-tokens a word"


def measure(encoder: Encoder, windows: Iterable[Window]) -> Known:
    """Count over windows how their units are read."""
    unit_count = unknown = steps = pieces = 0
    for window in windows:
        places = window.places
        unit_count += len(places)
        unknown += int((window.ids[places] == encoder.tokenizer.unk_token_id).sum())
        steps += max(len(places) - 1, 0)
        pieces += int(places[-1] - places[0]) if len(places) else 0
    return Known(unit_count, unknown, steps, pieces)

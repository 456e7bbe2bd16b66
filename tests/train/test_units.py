"""Units, worked by hand on sub-tokens as encoders cut them."""

import numpy as np
import pytest
from hypothesis import given

from rolecall.core.tokens import tokenize
from rolecall.train.units import units
from rolecall.train.windows import Encoder
from tests import strategies


def cut(text: str, *pieces: tuple[int, int]) -> list[tuple[str, int]]:
    found = units(text, np.array(pieces, dtype=np.int64).reshape(-1, 2))
    return [(text[start:end], first) for (start, end), first in zip(found.bounds, found.first.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("text", "pieces", "expected"),
    [
        # A word in two pieces is one unit, labelled at the first.
        ("marches on", [(0, 5), (5, 7), (8, 10)], [("marches", 0), ("on", 2)]),
        # A piece over three tokens makes them one unit.
        ("people's day", [(0, 8), (9, 12)], [("people's", 0), ("day", 1)]),
        # A piece that brings its space along is cut to its word.
        ("a rally", [(0, 1), (1, 7)], [("a", 0), ("rally", 1)]),
        # An emoji in four byte pieces with the same offsets is one unit.
        ("\U0001f389 on", [(0, 1), (0, 1), (0, 1), (0, 1), (2, 4)], [("\U0001f389", 0), ("on", 4)]),
        # What the encoder drops is no unit; what is white space to us is none either.
        ("a \u0301 b", [(0, 1), (4, 5)], [("a", 0), ("b", 1)]),
        ("a  b", [(0, 1), (1, 3), (3, 4)], [("a", 0), ("b", 2)]),
        # Pieces that chain tokens together: 0-1 and 1-2 straddle.
        ("a-b-c", [(0, 2), (2, 4), (4, 5)], [("a-", 0), ("b-", 1), ("c", 2)]),
        ("", [], []),
    ],
)
def test_units(text: str, pieces: list[tuple[int, int]], expected: list[tuple[str, int]]) -> None:
    assert cut(text, *pieces) == expected


@given(text=strategies.texts)
def test_no_unit_cuts_a_token_and_none_is_white_space(encoder: Encoder, text: str) -> None:
    [encoded] = encoder.encode([text])
    tokens = tokenize(text)
    starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
    reach = 0
    for start, end in encoded.units:
        assert reach <= start < end
        assert start in starts
        assert end in ends
        assert not text[start].isspace()
        reach = end

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core.errors import InputError
from rolecall.train.windows import Encoder, owners, placed
from tests import strategies


def test_windows_are_spread_evenly() -> None:
    assert placed(9, room=10, overlap=4) == (9, [0])
    assert placed(10, room=10, overlap=4) == (10, [0])
    assert placed(11, room=10, overlap=4) == (8, [0, 3])
    assert placed(16, room=10, overlap=4) == (10, [0, 6])
    assert placed(17, room=10, overlap=4) == (9, [0, 4, 8])


@given(length=st.integers(1, 400), room=st.integers(2, 40), data=st.data())
def test_windows_cover_everything_and_overlap_enough_but_no_more(length: int, room: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, room - 1))
    width, starts = placed(length, room, overlap)
    assert width <= room
    assert starts[0] == 0
    assert starts[-1] + width == length
    assert all(second - first <= width - overlap for first, second in itertools.pairwise(starts))
    read = len(starts) * width
    assert read < length + (len(starts) - 1) * overlap + len(starts)  # by rounding up alone
    assert len(starts) == 1 or length + (len(starts) - 2) * overlap > (len(starts) - 1) * room  # one fewer would not do


def test_a_unit_belongs_where_it_has_most_context() -> None:
    # Windows 0-9 and 6-15 of 16: sub-token 7 has 7 (or none missing) before it in the first and 2 after, 1 in the
    # second; sub-token 8 has 1 after in the first and 2 before in the second. The ends of the text are no edges.
    assert owners(np.arange(16), [0, 6], 16, width=10).tolist() == [0] * 8 + [1] * 8


@given(texts=st.lists(strategies.texts, max_size=3))
def test_every_unit_is_in_one_window_at_its_own_sub_token(encoder: Encoder, texts: list[str]) -> None:
    for text, encoded in zip(texts, encoder.encode(texts), strict=True):
        covered = [index for window in encoded.windows for index in range(window.units.start, window.units.stop)]
        assert covered == list(range(len(encoded.units)))
        whole = encoder.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, split_special_tokens=True, verbose=False
        )
        for window in encoded.windows:
            assert len(window.ids) <= encoder.window
            for (start, _), place in zip(encoded.units[window.units], window.places, strict=True):
                first = next(index for index, (_, end) in enumerate(whole["offset_mapping"]) if end > start)
                assert window.ids[place] == whole["input_ids"][first]


def test_a_long_text_is_read_whole(encoder: Encoder) -> None:
    text = " ".join(f"word{number}" for number in range(500))
    [encoded] = encoder.encode([text])
    assert [text[start:end] for start, end in encoded.units] == text.split()
    assert len(encoded.windows) > 50


def test_special_tokens_in_a_text_are_text(encoder: Encoder) -> None:
    [encoded] = encoder.encode(["march [SEP] [MASK]"])
    [window] = encoded.windows
    special = set(encoder.tokenizer.all_special_ids)
    assert special.isdisjoint(window.ids[1:-1].tolist())
    assert [window.ids[0], window.ids[-1]] == [encoder.tokenizer.cls_token_id, encoder.tokenizer.sep_token_id]
    assert [(start, end) for start, end in encoded.units][:3] == [(0, 5), (6, 7), (7, 10)]


def test_a_text_of_nothing_visible_has_no_window(encoder: Encoder) -> None:
    assert encoder.encode([" \n\u200b "]) == [([], [])]
    assert encoder.encode([]) == []


def test_a_window_without_room_is_refused(encoder: Encoder) -> None:
    with pytest.raises(InputError, match="no room for an overlap of 14"):
        Encoder(encoder.tokenizer, window=16, overlap=14)

"""How tags follow each other: counted by hand, read back as written, and refused where they are not a run's own."""

import json
from math import log
from pathlib import Path

import numpy as np
import pytest

from rolecall.core.errors import InputError
from rolecall.train import transitions
from rolecall.train.decode import decode
from rolecall.train.labels import TagSet

ONE = (TagSet("layer", ("X",), 0),)
O, B, I = 0, 1, 2  # noqa: E741


def test_counted_by_hand() -> None:
    # Twice O B I O O, once O: 11 units, of which 7 O, 2 B and 2 I; one is added to each.
    weights = transitions.count([np.array([O, B, I, O, O], np.int16)] * 2 + [np.array([O], np.int16)], 3)
    share = {O: 8 / 14, B: 3 / 14, I: 3 / 14}
    # O is followed 4 times: by B twice, by O twice. 20 neighbours are taken as given.
    assert weights[O, B] == pytest.approx(0.5 * log((2 + 20 * share[B]) / 24 / share[B]))
    assert weights[B, I] == pytest.approx(0.5 * log((2 + 20 * share[I]) / 22 / share[I]))
    assert weights[B, B] == pytest.approx(0.5 * log(20 / 22))
    assert weights[O, I] == -np.inf


def test_a_role_that_never_stood_there_is_neither_favoured_nor_held_back() -> None:
    weights = transitions.count([np.array([O, 3, 4, O] * 50, np.int16)], 5)
    assert weights[1, 2] == 0
    assert weights[3, 4] > 0.5


def test_a_span_that_wavers_in_its_middle_stays_whole() -> None:
    long = np.array([O, O, B, I, I, O, O], np.int16)
    weights = transitions.count([long] * 40, 3)
    rows = np.log(np.array([[0.05, 0.9, 0.05], [0.05, 0.55, 0.4], [0.9, 0.05, 0.05]], dtype=np.float32))
    assert [span[:3] for span in decode([rows])[0]] == [(0, 1, 0), (1, 2, 0)]
    assert [span[:3] for span in decode([rows], weights)[0]] == [(0, 2, 0)]


def test_read_is_what_was_written(tmp_path: Path) -> None:
    weights = transitions.count([np.array([O, B, I, O], np.int16)], 3)
    transitions.write(tmp_path, ONE, [weights])
    [read] = transitions.read(tmp_path, ONE)
    assert (read == weights).all()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"layer": [[0]]}',
        '{"layer": [[0, 0, 0], [0, 0, 0], [0, 0, 0]]}',
        '{"layer": [[0], [0, 0], []]}',
    ],
)
def test_weights_of_something_else_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / transitions.FILE).write_text(content)
    with pytest.raises(InputError, match="train the run again"):
        transitions.read(tmp_path, ONE)


def test_a_pair_that_cannot_be_is_null_in_the_file(tmp_path: Path) -> None:
    transitions.write(tmp_path, ONE, [transitions.valid(3)])
    assert json.loads((tmp_path / transitions.FILE).read_text()) == {"layer": [[0, 0, None], [0, 0, 0], [0, 0, 0]]}

from pathlib import Path

import pytest

from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Span
from rolecall.evaluate.losses import Loss, read_losses

WHERE = Source("a", "ana")
SPAN = Span(0, 1, "PLACE", "x")


def write(path: Path) -> Path:
    ledger = Ledger()
    ledger.enter("overlap", "span", 4)
    ledger.keep("overlap", "span", 1)
    ledger.dropped("overlap", "span", WHERE, SPAN, reason="shorter")
    ledger.dropped("overlap", "span", WHERE, SPAN, reason="shorter")
    ledger.changed("overlap", "span", WHERE, SPAN, became="0:2", reason="grown")
    ledger.enter("overlap", "link", 1)
    ledger.dropped("overlap", "link", WHERE, "0 1", reason="one of its spans was dropped")
    ledger.enter("tokens", "span", 2)
    ledger.keep("tokens", "span", 2)
    ledger.write(path)
    return path


def test_changed_and_dropped_spans_of_each_step(tmp_path: Path) -> None:
    path = write(tmp_path / "o'ne\n.jsonl")
    name = f"{tmp_path.as_posix()}/o'ne\\n.jsonl"
    losses = read_losses(path)
    assert losses == [
        Loss(ledger=name, step="overlap", entered=4, reasons={"shorter": 2, "grown": 1}),
        Loss(ledger=name, step="tokens", entered=2, reasons={}),
    ]
    assert [loss.lost for loss in losses] == [3, 0]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"entered":4', '"entered":5', "does not balance"),
        ('"reason":"grown"', '"reason":"grown', ":3: not a record of kind"),
        ('"unit":"span","article"', '"unit":"event","article"', "lists other spans than its books count"),
    ],
)
def test_books_that_cannot_be_right(old: str, new: str, says: str, tmp_path: Path) -> None:
    path = write(tmp_path / "ledger.jsonl")
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=says):
        read_losses(path)


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    path = write(tmp_path / "ledger.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:4]))
    with pytest.raises(InputError, match="holds no books of spans"):
        read_losses(path)
    path.write_text("")
    with pytest.raises(InputError, match="holds no books of spans"):
        read_losses(path)

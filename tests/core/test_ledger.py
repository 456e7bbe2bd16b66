from pathlib import Path

import pytest

from rolecall.core.errors import LedgerError
from rolecall.core.ledger import Balance, Entry, Ledger, Source, read_ledger
from rolecall.core.records import Span

SOURCE = Source("a1", "ana")
SPAN = Span(0, 4, "PLACE", "Aqto")


def books() -> Ledger:
    ledger = Ledger()
    ledger.enter("tokens", "span", 4)
    ledger.keep("tokens", "span", 2)
    ledger.changed("tokens", "span", SOURCE, SPAN, became="0:5", reason="half a word")
    ledger.dropped("tokens", "span", SOURCE, SPAN, reason="no token")
    return ledger


def test_a_balance_counts_by_reason() -> None:
    assert books().balances() == [
        Balance(stage="tokens", unit="span", entered=4, kept=2, changed={"half a word": 1}, dropped={"no token": 1})
    ]
    assert str(books().balances()[0]) == (
        "tokens: 4 spans in = 2 kept + 1 changed (half a word 1) + 1 dropped (no token 1)"
    )


def test_books_that_do_not_balance_are_an_error(tmp_path: Path) -> None:
    ledger = books()
    ledger.enter("tokens", "span", 1)
    with pytest.raises(LedgerError, match="5 spans in = 2 kept"):
        ledger.write(tmp_path / "ledger.jsonl")
    assert not (tmp_path / "ledger.jsonl").exists()


def test_what_never_entered_is_an_error() -> None:
    ledger = Ledger()
    ledger.dropped("pull", "link", SOURCE, "r1 -> r2", reason="dangling")
    with pytest.raises(LedgerError, match="0 links in"):
        ledger.balances()


def test_the_file_reads_back(tmp_path: Path) -> None:
    ledger = books()
    ledger.write(tmp_path / "ledger.jsonl")
    assert read_ledger(tmp_path / "ledger.jsonl") == [*ledger.entries, *ledger.balances()]
    assert ledger.entries[0].item == "0:4 PLACE 'Aqto'"


def test_what_gives_way_names_the_winner(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.enter("overlap", "span", 1)
    ledger.dropped("overlap", "span", SOURCE, SPAN, reason="overlap", winner=Span(0, 7, "PLACE", "Aqtobe "))
    ledger.write(tmp_path / "ledger.jsonl")
    entry, _ = read_ledger(tmp_path / "ledger.jsonl")
    assert isinstance(entry, Entry)
    assert entry.winner == "0:7 PLACE 'Aqtobe '"

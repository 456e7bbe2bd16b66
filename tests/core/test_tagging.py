"""Spans on units: what is kept, what changes, what is dropped, and for which reason."""

from rolecall.core.bio import tag_names
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Span
from rolecall.core.tagging import tag
from rolecall.core.tokens import tokenize

ROLES = ("PLACE", "TIME")


def tagged(text: str, *bounds: tuple[int, int, str]) -> tuple[list[str], list[tuple[str, str, str | None]]]:
    """Return the tags, and (outcome, reason, became) of what was not kept."""
    ledger = Ledger()
    spans = [Span(start, end, role, text[start:end]) for start, end, role in bounds]
    ledger.enter("tokens", "span", len(spans))
    numbers = tag(text, tokenize(text), spans, ROLES, ledger=ledger, stage="tokens", source=Source("a", "ana"))
    [balance] = ledger.balances()
    assert balance.kept == len(spans) - len(ledger.entries)
    names = tag_names(ROLES)
    return [names[number] for number in numbers], [(e.outcome, e.reason, e.became) for e in ledger.entries]


def test_spans_that_end_where_tokens_do_are_kept() -> None:
    tags, lost = tagged("In west Mangyrtau, May 10", (3, 17, "PLACE"), (19, 25, "TIME"))
    assert tags == ["O", "B-PLACE", "I-PLACE", "O", "B-TIME", "I-TIME"]
    assert lost == []


def test_half_words_are_widened_and_blank_edges_trimmed() -> None:
    tags, lost = tagged("May 10 ", (1, 2, "TIME"), (4, 7, "TIME"))
    assert tags == ["B-TIME", "B-TIME"]
    assert lost == [
        ("changed", "widened to whole tokens", "0:3 TIME 'May'"),
        ("changed", "edges without a token", "4:6 TIME '10'"),
    ]


def test_of_two_spans_that_claim_one_token_one_stays_and_the_other_is_told() -> None:
    for spans in ([(0, 3, "TIME"), (3, 9, "PLACE")], [(3, 9, "PLACE"), (0, 3, "TIME")]):
        tags, lost = tagged("Mangyrtau", *spans)
        assert tags == ["B-PLACE"]
        assert sorted(lost, key=lambda entry: entry[1]) == [
            ("dropped", "shares a token with another span of its layer", None),
            ("changed", "widened to whole tokens", "0:9 PLACE 'Mangyrtau'"),
        ]


def test_a_span_without_a_token_is_dropped() -> None:
    assert tagged("a \u200b b", (2, 3, "PLACE")) == (["O", "O"], [("dropped", "holds no token", None)])

import unicodedata

import pytest
from hypothesis import given

from rolecall.core.tokens import tokenize
from tests.strategies import texts


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anti-government rally", ["anti", "-", "government", "rally"]),
        ("people's 1,250", ["people", "'", "s", "1", ",", "250"]),
        ("Қызылорда\r\nқаласы", ["Қызылорда", "қаласы"]),
        ("cafe\u0301 now", ["cafe\u0301", "now"]),
        ("fire 👩‍🚒🏽!", ["fire", "👩‍🚒🏽", "!"]),
        ("北京2019年", ["北", "京", "2019", "年"]),
        ("ม็อบ", ["ม็", "อ", "บ"]),
        ("می\u200cروند", ["می\u200cروند"]),
        ("a\u200bb", ["a", "b"]),
        (" \n\t", []),
    ],
)
def test_words_and_marks(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(texts)
def test_tokens_are_in_order_and_leave_out_only_what_nobody_sees(text: str) -> None:
    at = 0
    for start, end in tokenize(text):
        assert at <= start < end
        assert all(char.isspace() or unicodedata.category(char) in {"Cc", "Cf"} for char in text[at:start])
        assert not any(char.isspace() for char in text[start:end])
        at = end
    assert all(char.isspace() or unicodedata.category(char) in {"Cc", "Cf"} for char in text[at:])

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core.wording import few, names_in


@pytest.mark.parametrize(
    ("words", "options", "says"),
    [
        ("", {}, ""),
        ("abc", {"most": 3}, "a, b, c"),
        ("abcd", {"most": 3}, "a, b, c, ..."),
        ("abcde", {"most": 3, "more": "and {} more"}, "a, b, c, and 2 more"),
        ("abc", {"most": 3, "more": "and {} more", "among": 3}, "a, b, c"),
        ("abc", {"most": 2, "more": "and {} more", "among": 1002}, "a, b, and 1,000 more"),
        ("abcdefghijk", {}, "a, b, c, d, e, f, g, h, i, j, ..."),
    ],
)
def test_the_first_are_named_and_how_many_there_are_besides(words: str, options: dict[str, Any], says: str) -> None:
    assert ", ".join(few(words, **options)) == says


@pytest.mark.parametrize(
    ("words", "names"),
    [(None, []), ("", []), (" , ", []), ("ana", ["ana"]), (" ana,ben m ,,ana", ["ana", "ben m", "ana"])],
)
def test_names_are_parted_at_commas(words: str | None, names: list[str]) -> None:
    assert names_in(words) == names


@given(st.lists(st.text()), st.integers(0, 5))
def test_nothing_is_lost_in_silence(words: list[str], most: int) -> None:
    said = few(iter(words), most, more="{}")
    assert said[:most] == words[:most]
    assert sum(map(int, said[most:])) == max(0, len(words) - most)

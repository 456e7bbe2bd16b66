import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rolecall.core.quantities import Quantity, agree, parse
from tests.strategies import texts

SAMPLE = Path(__file__).parents[2] / "sample"
CORPORA = os.environ.get("ROLECALL_CORPORA")
EXACT = {
    "three": 3,
    "twenty-three": 23,
    "Eighty-eight": 88,
    "a hundred and fifty": 150,
    "twelve hundred": 1_200,
    "three hundred thousand and five": 300_005,
    "10,000": 10_000,
    "1 200": 1_200,
    "1\u00a0200": 1_200,
    "1'200": 1_200,
    "1.500": 1_500,
    "1.234.567": 1_234_567,
    "1,00,000": 100_000,
    "two lakh": 200_000,
    "1.5 million": 1_500_000,
    "1.500 million": 1_500_000,
    "1.5m": 1_500_000,
    "12 thousand": 12_000,
    "50k": 50_000,
    "two and a half million": 2_500_000,
    "half a million": 500_000,
    "half-a-million": 500_000,
    "three-quarters of a million": 750_000,
    "a dozen": 12,
    "half a dozen": 6,
    "two dozen": 24,
    "all 40": 40,
    "a total of 53": 53,
    "5,000-strong": 5_000,
    "50 people": 50,
    "“seven”,": 7,
    "both": 2,
    "a single": 1,
    "no": 0,
    "nobody": 0,
    "no one": 0,
    "none": 0,
    "none of the 12": 0,
    "five of the 12": 5,
    "two dozen of the 100": 24,
    "٥٠": 50,
    "۱٬۲۰۰": 1_200,
    "१,००,०००": 100_000,
    "５０": 50,
}
ABOUT = {
    "around 50": 50,
    "some 300": 300,
    "some 12\u00a0000": 12_000,
    "some three dozen": 36,
    "nearly half a million": 500_000,
    "an estimated 30,000": 30_000,
    "perhaps 2,000": 2_000,
    "~50": 50,
    "50-odd": 50,
    "a dozen or so": 12,
    "just over 100": 100,
    "a couple": 2,
    "a couple of hundred": 200,
}
BOUNDED = {
    "at least 2,000": (2_000, None),
    "at least a dozen": (12, None),
    "no fewer than 12": (12, None),
    "two or more": (2, None),
    "200+": (200, None),
    "more than 1,000": (1_001, None),
    "over a hundred": (101, None),
    "up to 5,000": (None, 5_000),
    "no more than 350": (None, 350),
    "as many as 500": (None, 500),
    "fewer than ten": (None, 9),
    "less than 3000": (None, 2_999),
    "between 200 and 300": (200, 300),
    "Between 15,000 and 20,000": (15_000, 20_000),
    "between one hundred and fifty and two hundred": (150, 200),
    "from 200 to 300": (200, 300),
    "200 to 300": (200, 300),
    "200-300": (200, 300),
    "200 – 300": (200, 300),
    "10,000-15,000": (10_000, 15_000),
    "two or three": (2, 3),
    "two to three hundred": (200, 300),
    "three or four dozen": (36, 48),
    "2-3 million": (2_000_000, 3_000_000),
    "fifty to a hundred": (50, 100),
    "500 to two thousand": (500, 2_000),
}
VAGUE = {
    "a few": (3, 5),
    "Several": (3, 9),
    "a few hundred": (300, 599),
    "Several hundred": (300, 999),
    "several dozen": (36, 119),
    "dozens": (24, 99),
    "dozens of people": (24, 99),
    "scores": (40, 99),
    "hundreds": (200, 999),
    "Thousands": (2_000, 9_999),
    "Tens of thousands": (20_000, 99_999),
    "hundreds of thousands": (200_000, 999_999),
    "multiple": (2, None),
    "at least around 50": (50, None),
    "at least dozens": (24, None),
    "up to several thousand": (None, 9_999),
    "around 200 to 300": (200, 300),
    "dozens to hundreds": (24, 999),
}
NONE = [
    *("", " ", "a", "some", "the", "all", "about", "many", "numerous", "people", "first", "Twitter", "hundreds if not"),
    *("91\u00a0per cent", "50%", "half", "half of the 12", "a third", "one in five", "two out of three"),
    *("-5", "2.5", "1,5", "1,2345", "1,234,56", "0,500", ".5 million", "50²", "1" * 16, "9" * 5000, "10-15-20"),
    *("threes", "zero ten", "five six", "ten of thousand", "thousands of", "fifty and two hundred"),
    *("300 to 200", "10-15,000", "2-3,000", "up to at least 50", "fewer than none", "at most multiple"),
]
PHRASES = st.sampled_from([*EXACT, *ABOUT, *BOUNDED, *VAGUE])
GLUE = ["to", "and", "of", "the", "a", "-", ",", "1", "m", "hundred"]
GROUPINGS = st.sampled_from([*", '’.\u066c\u00a0\u2009\u202f", ""])
ZEROS = st.sampled_from("0\u0660\u06f0\u0966\u09e6\u0e50\uff10")


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    bounds = st.none() | st.integers(0, 20)
    return Quantity(draw(bounds), draw(bounds), draw(st.booleans()))


@pytest.mark.parametrize(("text", "number"), EXACT.items())
def test_a_number_is_exact(text: str, number: int) -> None:
    assert parse(text) == Quantity(number, number, approximate=False)


@pytest.mark.parametrize(("text", "number"), ABOUT.items())
def test_a_hedged_number_is_approximate(text: str, number: int) -> None:
    assert parse(text) == Quantity(number, number, approximate=True)


@pytest.mark.parametrize(("text", "bounds"), BOUNDED.items())
def test_bounds_are_inclusive_and_may_be_open(text: str, bounds: tuple[int | None, int | None]) -> None:
    assert parse(text) == Quantity(*bounds, approximate=False)


@pytest.mark.parametrize(("text", "bounds"), VAGUE.items())
def test_a_vague_word_stands_for_its_range(text: str, bounds: tuple[int | None, int | None]) -> None:
    assert parse(text) == Quantity(*bounds, approximate=True)


@pytest.mark.parametrize("text", NONE)
def test_what_says_no_number_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("around 50", "about fifty", True),
        ("more than 1,000", "at least 1,001", True),
        ("2,000 or more", "at least two thousand", True),
        ("200-300", "between two and three hundred", True),
        ("50", "around 50", False),
        ("2,000", "at least 2000", False),
        ("more than 1,000", "at least 1,000", False),
        ("dozens", "scores", False),
        ("hundreds", "200 to 999", False),
    ],
)
def test_the_same_value_agrees(a: str, b: str, same: bool) -> None:
    left, right = parse(a), parse(b)
    assert left is not None
    assert right is not None
    assert agree(left, right) is same


def test_the_counts_of_the_sample_are_normalised() -> None:
    assert unread(SAMPLE / "annotations.jsonl") == {"91\u00a0per cent"}


@pytest.mark.skipif(not CORPORA, reason="ROLECALL_CORPORA names no folder of corpora")
def test_the_counts_of_real_articles_are_normalised() -> None:
    assert unread(Path(CORPORA or "", "articles/annotations.jsonl")) == {"numerous"}


def unread(path: Path) -> set[str]:
    roles = {"CROWD_SIZE", "DETAINED_COUNT", "CASUALTY_COUNT"}
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    counts = {span["text"] for record in records for span in record["spans"] if span["role"] in roles}
    return {text for text in counts if parse(text) is None}


@given(st.text() | texts | st.lists(PHRASES | st.sampled_from(GLUE)).map(" ".join))
@example("\ud800")
@example("zero " * 10_000)
@example("1," * 10_000)
def test_any_text_is_read_to_sound_bounds_or_none(text: str) -> None:
    quantity = parse(text)
    if quantity is not None:
        known = [bound for bound in (quantity.low, quantity.high) if bound is not None]
        assert known
        assert known == sorted(known)
        assert known[0] >= 0


@given(st.integers(0, 10**15 - 1), GROUPINGS, ZEROS)
def test_grouping_and_script_of_digits_do_not_matter(number: int, mark: str, zero: str) -> None:
    text = f"{number:,}".replace(",", mark)
    written = "".join(chr(ord(zero) + int(char)) if char.isascii() and char.isdigit() else char for char in text)
    assert parse(written) == Quantity(number, number, approximate=False)


@given(PHRASES, st.lists(st.sampled_from([" ", "\n", "\t", "\u00a0", "\u200b "]), min_size=1, max_size=3).map("".join))
def test_case_and_white_space_do_not_matter(text: str, space: str) -> None:
    assert parse(text.upper()) == parse(text.lower()) == parse(text)
    assert parse(f"{space}{text.replace(' ', space)}{space}") == parse(text)


@given(quantities(), quantities())
def test_agree_is_reflexive_and_symmetric(a: Quantity, b: Quantity) -> None:
    assert agree(a, Quantity(*a))
    assert agree(a, b) == agree(b, a)

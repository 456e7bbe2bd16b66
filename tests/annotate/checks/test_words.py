import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.checks.sentences import sentence_starts
from rolecall.annotate.checks.words import word_across
from rolecall.core.tokens import tokenize
from tests.strategies import texts


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("He was det", "ained", "detained"),
        ("Almatı", "da", "Almatıda"),
        ("Алматы", "да митинг", "Алматыда"),
        ("наразы", "лық", "наразылық"),
        ("қа", "ла", "қала"),
        ("e", "\u0301t", "e\u0301t"),
        ("👩", "\u200d🚒", "👩\u200d🚒"),
        ("1", ",200 people", "1,200"),
        ("1,", "200 people", "1,200"),
        ("1,2", "00 people", "1,200"),
        ("on 1", "2,345,678.50 of", "12,345,678.50"),
        ("2", "00 people", "200"),
        ("2", ".5 million", "2.5"),
        ("1\u00a0", "200", "1\u00a0200"),
    ],
)
def test_what_is_cut_in_two_is_named(before: str, after: str, word: str) -> None:
    assert word_across(before + after, len(before)) == word


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("anti-", "government"),
        ("anti", "-government"),
        ("people", "'s"),
        ("people", "’s march"),
        ("detained", " him"),
        ("", "start"),
        ("end", ""),
        ("40", "km"),
        ("警察", "が逮捕"),  # Japanese writes no spaces
        ("ตำรวจ", "จับ"),  # nor does Thai
        ("May 10", ", 2020"),
        ("one", "\ntwo"),
    ],
)
def test_fair_places_to_cut(before: str, after: str) -> None:
    assert word_across(before + after, len(before)) is None


@given(texts, st.data())
def test_the_edges_of_tokens_cut_no_word(text: str, data: st.DataObject) -> None:
    edges = sorted({0, len(text), *(at for token in tokenize(text) for at in token)})
    at = data.draw(st.sampled_from(edges))
    found = word_across(text, at)
    assert found is None or any(letter.isdecimal() for letter in found)


def test_sentences_begin_after_stops_that_end_one_and_on_new_lines() -> None:
    text = "Police moved in. Mr. Orta of the U.S. Embassy left at 5 p.m. on May 3. “We saw it.” He ran\nNew line"
    heads = [text[start:][:6] for start in sentence_starts(text)]
    assert heads == ["Police", "Mr. Or", "“We sa", "He ran", "New li"]
    assert sentence_starts("警察が来た。逮捕した。") == [0, 6]

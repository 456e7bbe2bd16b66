import random
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import jsonl
from rolecall.core.records import Article
from rolecall.core.similar import (
    Near,
    NearIndex,
    bands,
    hash_words,
    likeness,
    shape,
    shingle,
    shingles,
    signature,
    split_words,
)
from rolecall.core.tokens import tokenize

SAMPLE = Path(__file__).parents[2] / "sample" / "articles.jsonl"


def test_likeness_by_hand() -> None:
    # Shingles: "police held nine", "held nine miners" | "held nine miners", "nine miners today": 1 of 3.
    assert likeness(shingles("Police held nine miners."), shingles("HELD: nine miners, today")) == pytest.approx(1 / 3)
    assert likeness(shingles("Two words"), shingles("two  words!")) == 1
    assert likeness(shingles("Two words"), shingles("One word")) == 0


def test_the_near_duplicates_of_the_sample() -> None:
    index, found = NearIndex(), []
    for article in jsonl.read(SAMPLE, Article):
        found += [(near.key, article.id, round(near.likeness, 2)) for near in index.find(article.text)]
        index.add(article.id, article.text)
    assert found == [("s1-02", "s1-10", 0.78), ("s2-01", "s2-05", 0.74)]


def test_every_pair_above_the_threshold_is_found() -> None:
    """Texts with some words replaced, each compared with each other directly."""
    rng = random.Random(5)
    base = [[f"w{rng.randrange(400)}" for _ in range(120)] for _ in range(6)]
    texts = {}
    for number, words in enumerate(base):
        for share in (0, 2, 5, 8, 12):
            copy = [word if rng.random() * 100 >= share else f"x{rng.randrange(9999)}" for word in words]
            texts[f"{number}-{share}"] = " ".join(copy)
    index = NearIndex()
    for key, text in texts.items():
        index.add(key, text)
    direct = {
        (one, other)
        for one, other in combinations(texts, 2)
        if likeness(shingles(texts[one]), shingles(texts[other])) >= 0.5
    }
    found = {(key, near.key) for key, text in texts.items() for near in index.find(text) if key < near.key}
    assert len(direct) > 30
    assert found == {tuple(sorted(pair)) for pair in direct}


def test_a_text_finds_itself_first_and_a_key_is_used_once() -> None:
    index = NearIndex()
    index.add("a", "Nine miners were held in the capital on Friday night")
    index.add("b", "Nine miners were held in the capital on Friday evening")
    assert index.find("Nine miners were held in the capital on Friday night") == [Near("a", 1.0), Near("b", 7 / 9)]
    with pytest.raises(ValueError, match="'a' is in the index already"):
        index.add("a", "other")


def test_texts_without_words() -> None:
    assert likeness(shingles("!!!"), shingles("...")) == 1  # both say nothing
    assert NearIndex().find("anything") == []


@given(st.text() | st.text(alphabet="aé1_-'’ \u0301\u200dбİßถ漢🎉"))
def test_words_are_the_tokens_with_a_letter_or_digit(text: str) -> None:
    tokens = [text[start:end] for start, end in tokenize(text)]
    assert split_words(text) == [token for token in tokens if any(map(str.isalnum, token))]


@given(st.lists(st.sampled_from(["police", "held", "nine", "miners"]), max_size=9))
def test_sequences_are_told_apart_by_their_words_and_order(words: list[str]) -> None:
    count = max(1, len(words) - 2)
    assert len(shingle(hash_words(words))) == len({tuple(words[at : at + 3]) for at in range(count)})


def test_a_signature_estimates_likeness() -> None:
    words = [f"w{number}" for number in range(400)]
    one, other = (shingle(hash_words(part)) for part in (words[:300], words[100:]))
    assert likeness(one, other) == pytest.approx(198 / 398)  # 298 shingles each, 198 in common
    assert np.mean(signature(one) == signature(other)) == pytest.approx(0.5, abs=0.15)


def test_bands_are_as_wide_as_finding_nearly_all_allows() -> None:
    assert shape(0.5) == (42, 3)  # 1 - (1 - 0.5 ** 3) ** 42 is 0.996; with 32 bands of 4 rows it would be 0.873
    assert shape(0.8) == (21, 6)
    assert shape(1) == (1, 128)
    same = np.stack([signature(shingles("Nine miners were held"))] * 2)
    assert bands(same, 0.5).shape == (2, 42)
    assert (bands(same, 0.5)[0] == bands(same, 0.5)[1]).all()

import random
from itertools import combinations
from pathlib import Path

import pytest

from rolecall.core import jsonl
from rolecall.core.records import Article
from rolecall.core.similar import Near, NearIndex, likeness, shingles

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

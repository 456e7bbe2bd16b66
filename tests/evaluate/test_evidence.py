from pathlib import Path

import pytest

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.evaluate import card as cards
from rolecall.evaluate.evidence import read_baseline, to_learn, to_score
from tests.evaluate.verdict_material import places

ARTICLES = [Article.of(f"text {name}", id=name) for name in "abc"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    jsonl.write(path, ARTICLES)
    return path


def test_articles_to_learn_from_and_to_score(path: Path) -> None:
    assert list(to_learn(path)) == ARTICLES
    assert list(to_score(path)) == ARTICLES
    assert list(to_score(path, ["c", "a"])) == [ARTICLES[2], ARTICLES[0]]


def test_a_scored_article_must_be_there(path: Path) -> None:
    with pytest.raises(InputError, match=r"articles\.jsonl: lacks article 'd', which is scored\n  remedy: give the"):
        list(to_score(path, ["a", "d"]))


def test_nothing_is_said_of_no_articles(path: Path) -> None:
    path.write_text("\n")
    for side in (to_learn(path), to_score(path)):
        with pytest.raises(InputError, match="holds no articles"):
            list(side)


def test_a_baseline_must_be_on_the_same_gold(path: Path) -> None:
    old = places([1, 2])
    cards.write(path, old, cards.derive(old))
    assert read_baseline(path, places([2, 2])) == old
    with pytest.raises(InputError, match=r"articles\.jsonl: the two scorecards have different gold labels"):
        read_baseline(path, places([1]))

from pathlib import Path

import pytest

from rolecall.annotate.cleaning.cuts import Cut
from rolecall.annotate.cleaning.scores import Gold, Score
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article

#                            0         1         2
#                            0123456789012345678901234567
ARTICLE = Article.of("Rally\n\n  Share it\n\nOn Sunday.", id="a")
CLEAN = Article.of("Another\n\nRally.", id="b")


def cut(start: int, end: int, article: Article = ARTICLE) -> Cut:
    return Cut(article=article.id, start=start, end=end, text=article.text[start:end], kind="share")


def gold(folder: Path, *cuts: Cut) -> Gold:
    jsonl.write(folder / "gold.jsonl", cuts)
    return Gold(folder / "gold.jsonl")


def test_white_space_at_the_edges_does_not_count(tmp_path: Path) -> None:
    held = gold(tmp_path, cut(7, 17))
    held.hold(ARTICLE, [cut(9, 17)])
    scores = held.scores()
    assert scores.exact == Score(cut=1, gold=1, right=1, found=1)
    assert scores.characters == Score(cut=7, gold=7, right=7, found=7)


def test_wrong_missed_and_partly_right_cuts_are_counted(tmp_path: Path) -> None:
    held = gold(tmp_path, cut(9, 17), cut(19, 21))
    held.hold(ARTICLE, [cut(9, 14), cut(22, 28)])
    held.hold(CLEAN, [cut(9, 14, CLEAN)])
    scores = held.scores()
    assert scores.characters == Score(cut=16, gold=9, right=5, found=5)
    assert scores.exact == Score(cut=3, gold=2, right=0, found=0)
    assert scores.overlapping == Score(cut=3, gold=2, right=1, found=1)
    assert scores.wrong == [cut(22, 28), cut(9, 14, CLEAN)]
    assert scores.missed == [cut(19, 21)]
    assert (scores.overlapping.precision, scores.overlapping.recall) == (1 / 3, 1 / 2)
    assert (Score().precision, Score().recall) == (None, None)


def test_a_gold_of_other_texts_is_refused(tmp_path: Path) -> None:
    held = gold(tmp_path, cut(9, 17))
    with pytest.raises(InputError, match="names articles that are not among those cleaned: a"):
        held.scores()
    other = Article.of("Rally\n\n  Print it\n\nOn Sunday.", id="a")
    with pytest.raises(InputError, match="has 'Print it' at 9:17, not 'Share it'"):
        held.hold(other, [])


def test_a_gold_of_another_form_is_refused(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "gold.jsonl", [ARTICLE])
    with pytest.raises(InputError, match="as --cuts writes them"):
        Gold(tmp_path / "gold.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        Gold(tmp_path / "none.jsonl")

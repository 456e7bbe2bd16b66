import pytest

from rolecall.annotate.cleaning.lexicon import judge_words


@pytest.mark.parametrize(
    ("line", "kind", "sure"),
    [
        ("Show 12 more comments", "comment", 3),
        ("Send this to a friend | Save as PDF", "share", 3),
        ("Comments are moderated before publication", "comment", 3),
        ("Print version", "share", 2),
        ("Всего комментариев: 3", "comment", 2),
        ("Жаңалықты бөлісу", "share", 2),
        ("Read this too: The price of bread", "read-more", 3),
        ("Also in this issue: The price of bread", "read-more", 2),
    ],
)
def test_words_of_pages_alone_are_furniture(line: str, kind: str, sure: int) -> None:
    verdict = judge_words(line)
    assert verdict is not None
    assert (verdict.kind, verdict.weight) == (kind, sure)


@pytest.mark.parametrize(
    "line",
    [
        "Show 12 more comments by dockers",  # a word of news
        "Print version.",  # a sentence
        "The main story of the day",  # words that may stand in news
        "Comments",
        "“Print more, share more”",
        "Share of print readers",
        "Print more, share more, send more, read more, see more news",  # too long
        "Read this too: the price of bread",
        "Three dead: The price of bread",
    ],
)
def test_other_lines_are_none(line: str) -> None:
    assert judge_words(line) is None

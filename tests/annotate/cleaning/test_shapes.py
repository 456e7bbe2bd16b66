import time

import pytest
from hypothesis import given

from rolecall.annotate.cleaning.cuts import KINDS
from rolecall.annotate.cleaning.phrases import phrases
from rolecall.annotate.cleaning.shapes import LONGEST, fold, heads_a_list, is_sentence, is_title, judge, tiles_of
from tests.strategies import texts


def weight(text: str) -> int:
    verdict = judge(text)
    return 0 if verdict is None else verdict.weight


@pytest.mark.parametrize(
    ("line", "kind", "sure"),
    [
        ("Skip to main content | EN | ES", "navigation", 3),
        ("Home > World > Central Asia", "navigation", 3),
        ("HomeNewsSport", "navigation", 3),
        ("Home News Sport", "navigation", 2),
        ("News", "navigation", 1),
        ("This site uses cookies. OK | Learn more", "cookie", 3),
        ('We use cookies to count visits. By clicking "Accept", you agree.', "cookie", 3),
        ("Yes / No", "cookie", 1),
        ("Please enable JavaScript to read this page.", "browser", 3),
        ("Read more: Who won the port?", "read-more", 3),
        ("Most read: 1. Rain at last  2. Potato prices", "related", 3),
        ("Watch: Boats on the river", "related", 1),
        ("Facebook Telegram Viber WhatsApp", "share", 3),
        ("Facebook | Telegram", "share", 2),
        ("Want more? Subscribe to our newsletter", "newsletter", 3),
        ("Comments (12)", "comment", 3),
        ("Comments", "comment", 2),
        ("Name * | E-mail * | Comment * | [Post comment]", "comment", 3),
        ("1. Pingback: A title | A blog", "comment", 3),
        ("© 2021 The Harbour. All rights reserved.", "other", 3),
        ("Tags: port, strike", "other", 3),
    ],
)
def test_a_line_is_known_by_its_shape(line: str, kind: str, sure: int) -> None:
    verdict = judge(line)
    assert verdict is not None
    assert (verdict.kind, verdict.weight) == (kind, sure)


@pytest.mark.parametrize(
    "line",
    [
        "Read more: that is all the poster said.",
        '"Read more: books" on a wall',
        "Facebook, Telegram, Viber, WhatsApp",
        "Home is where the strike began",
        "We use cookies, the minister said.",
        "Menu prices",
        "Comments.",
        "x" * (LONGEST + 1),
    ],
)
def test_other_lines_have_none(line: str) -> None:
    assert judge(line) is None


def test_a_quote_is_no_notice_but_a_button_in_quotes_is() -> None:
    assert weight("We use cookies. Press «OK» if you agree.") == 3
    assert weight("We use cookies. “If you agree you lose your country,” he adds.") == 0


def test_phrases_make_up_a_line() -> None:
    tiles = tiles_of("share: mail | copy link | print")
    assert tiles is not None
    assert [(tile.kind, tile.weight) for tile in tiles] == [("share", 3), ("share", 1), ("share", 3), ("share", 2)]
    assert tiles_of("share prices") is None
    assert tiles_of("|| ... ||") is None


def test_headings_titles_and_sentences() -> None:
    assert heads_a_list("Related articles")
    assert heads_a_list("Читайте также:")
    assert not heads_a_list("Related charges")
    assert is_title("Rain at last in the north")
    assert not is_title("It rained at last in the north.")
    assert not is_title("and so it goes on")
    assert is_sentence("It rained at last.”")
    assert not is_sentence("Stop!")


@given(texts)
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold("ЁЛКИ\u00a0И‑Ғ İ’") == "елки и-ғ İ'"


def test_every_phrase_is_of_a_kind_and_says_how_sure() -> None:
    read = phrases()
    assert {phrase.kind for phrase in (*read.tiles, *read.labels)} <= set(KINDS)
    assert {phrase.weight for phrase in (*read.tiles, *read.labels)} == {1, 2, 3}
    assert all(phrase.pattern.match("") is None for phrase in (*read.tiles, *read.labels))


@pytest.mark.parametrize(
    "part",
    [
        "we use cookies ",
        "share ",
        "1 ",
        "Ab",
        "read more : ",
        "photo: ",
        "home > ",
        "by using you agree ",
        "word. ",
        "(",
    ],
)
def test_no_line_takes_long(part: str) -> None:
    line = part * (LONGEST // len(part))
    judge(line)
    start = time.process_time()
    judge(line)
    assert time.process_time() - start < 0.5

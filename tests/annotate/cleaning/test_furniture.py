"""Furniture by shape: the sample's gold, lines of news that look like it, and corpora of news without it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from rolecall.annotate.cleaning.furniture import find
from tests.annotate.cleaning.furnishings import ANYWHERE, OUTSIDE
from tests.annotate.cleaning.newslike import LINES, LISTS, WRAPPED
from tests.strategies import texts

CORPORA = os.environ.get("ROLECALL_CORPORA")
needs_corpora = pytest.mark.skipif(CORPORA is None, reason="ROLECALL_CORPORA names no folder of corpora")
SAMPLE = Path(__file__).parents[3] / "sample"
HEADLINE = "Strike in the harbour enters its third week"
FIRST = "Dockers stayed away from work for the fifteenth day on Monday, and the port stood still."
LAST = "The union wants a tenth more pay and the return of nine colleagues."


def cut(text: str, title: str | None = None) -> list[str]:
    return [text[each.start : each.end] for each in find(text, title)]


def within(line: str, gap: str = "\n\n") -> str:
    return gap.join((HEADLINE, FIRST, line, LAST))


def around(line: str, gap: str = "\n\n") -> list[str]:
    """Texts with a line before the story, in it, after it, and there beside furniture."""
    return [
        gap.join(parts)
        for parts in (
            (HEADLINE, line, FIRST, LAST),
            (HEADLINE, FIRST, line, LAST),
            (HEADLINE, FIRST, LAST, line),
            (HEADLINE, FIRST, LAST, f"{line}\nShare this story"),
        )
    ]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_sample_s_furniture_is_found_and_nothing_else() -> None:
    gold = {(row["article"], row["start"], row["end"], row["kind"]) for row in rows(SAMPLE / "furniture.jsonl")}
    found = {
        (row["id"], each.start, each.end, each.kind)
        for row in rows(SAMPLE / "articles.jsonl")
        for each in find(row["text"], row["title"])
    }
    assert found == gold
    assert len(gold) == 30


@pytest.mark.parametrize("line", [*LINES, *WRAPPED, *LISTS])
def test_no_line_of_news_is_cut(line: str) -> None:
    for text in (*around(line), *around(line, "\n")):
        assert [each for each in cut(text, HEADLINE) if each != "Share this story"] == []


def test_there_are_many_such_lines() -> None:
    assert len(set(LINES)) > 130


@pytest.mark.parametrize("line", ANYWHERE)
def test_furniture_is_cut_even_within_the_story(line: str) -> None:
    assert cut(within(line), HEADLINE) == [line]


@pytest.mark.parametrize("line", OUTSIDE)
def test_some_is_cut_only_outside_the_story(line: str) -> None:
    assert cut("\n\n".join((HEADLINE, FIRST, LAST, line)), HEADLINE) == [line]
    assert cut(within(line), HEADLINE) == []


def test_the_headline_stays() -> None:
    assert cut("Subscribe to our newsletter") == []
    assert cut(f"Subscribe to our newsletter\n\n{FIRST}") == []
    assert cut(f"Skip to content\n\n{HEADLINE}\n\n{FIRST}", HEADLINE) == ["Skip to content"]
    assert cut(f"Leave a comment\n\nShare\n\n{FIRST}", "Leave a comment") == ["Share"]
    assert cut(f"{HEADLINE}\n\n{FIRST}\n\n{HEADLINE}\n\n{LAST}", HEADLINE) == []


def test_a_headline_that_reads_like_a_caption_stays() -> None:
    headline = "Photo: a port in one frame"
    assert cut(f"{headline}\n\n{headline}\n\n{FIRST}", headline) == []
    assert cut(f"ANALYSIS\n{headline}\n\n{FIRST}") == []
    for title in (headline, f"{headline} | Harbour Voice", "photo: A port, in one frame", None):
        assert headline not in cut(f"Menu\nSearch\n{headline}\n\n{FIRST}", title)


def test_titles_under_a_heading_go_with_it() -> None:
    related = "Related articles\nRain at last in the north\nPotato prices fall again"
    assert cut(within(related), HEADLINE) == related.split("\n")
    assert cut(within("Read also:\n\nPotato prices fall again"), HEADLINE) == ["Read also:", "Potato prices fall again"]
    for story in (
        "Read more:\n\nDockers stand at the gate again\n\nNine of the dockers stood there at noon, witnesses said.",
        "See also\nMore pay for the dockers\nFree buses for students",
    ):
        assert cut(within(story), HEADLINE) == story.splitlines()[:1]
    single = "\n".join((HEADLINE, FIRST, "Related articles", "What the union wants now", LAST))
    assert cut(single, HEADLINE) == ["Related articles"]


def test_a_caption_that_stands_twice_stays_once() -> None:
    caption = "Dockers at the gate of the port on Monday."
    text = "\n\n".join((HEADLINE, caption, FIRST, caption, LAST))
    assert [(each.kind, each.start) for each in find(text)] == [("caption", text.rindex(caption))]


def test_a_sentence_may_come_again_later() -> None:
    refrain = "And the harbour stood as still as before."
    assert (
        cut("\n\n".join((HEADLINE, refrain, FIRST, LAST, "So it went on until May, in rain and wind.", refrain))) == []
    )


def test_a_caption_that_follows_itself_goes_where_it_is_no_sentence() -> None:
    for caption, times in (
        ("Dockers at the gate of the port of Merrow", 2),
        ("The dockers stand at the gate of the port.", 1),
    ):
        assert cut("\n\n".join((HEADLINE, caption, caption, FIRST, LAST))) == [caption] * times


@pytest.mark.parametrize(
    "lines",
    [
        (
            "Nobody answered for the nine dead in the harbour.",
            "Then silence.",
            "Nobody answered for the nine dead in the harbour.",
        ),
        (
            "Aigerim, teacher",
            "Did you take part in the protest?",
            "No.",
            "Marat, driver",
            "Did you take part in the protest?",
        ),
        ("Bread and land for everybody", "The crowd sang on.", "Bread and land for everybody"),
        ("Release of all detained workers", "The students want more.", "Release of all detained workers"),
        (
            "Ana Lima, mayor of Merrow",
            "The road will be built.",
            "Ana Lima, mayor of Merrow",
            "A newspaper asked first.",
        ),
        ("Seized on Monday", "Ana Lima, student, Merrow", "Seized on Tuesday", "Ana Lima, student, Merrow"),
        ("We will not go home until they pay us", "The crowd cheered.", "We will not go home until they pay us"),
        ("Elim menin elim, alma agash", "Elim menin elim, alma agash"),
        (
            "Мы просто хотим жить спокойно, и наши дети тоже",
            "Толпа ждала.",
            "Мы просто хотим жить спокойно, и наши дети тоже",
        ),
        (
            "What does the new law on ports say about strikes?",
            "Little.",
            "What does the new law on ports say about strikes?",
        ),
    ],
)
def test_what_is_said_again_stays(lines: tuple[str, ...]) -> None:
    for gap in ("\n", "\n\n"):
        assert cut(gap.join((HEADLINE, FIRST, *lines, LAST))) == []


def test_a_short_line_goes_again_beside_a_picture() -> None:
    caption = "Dockers at the gate, May"
    text = "\n\n".join((HEADLINE, FIRST, caption, "Photo: Ana Lima", caption, LAST))
    assert cut(text) == ["Photo: Ana Lima", caption]


def test_chants_and_short_lines_may_stand_twice() -> None:
    for line in (
        "Justice!",
        "“Give us back our harbour, give it back now!”",
        "- nine colleagues are to come back to us",
    ):
        assert cut("\n\n".join((HEADLINE, line, FIRST, line, LAST))) == []


def test_a_word_beside_furniture_goes_with_it() -> None:
    tail = "Share this story\nFacebook\nPrint"
    assert cut(within(tail), HEADLINE) == tail.split("\n")
    assert cut(within("Facebook\nPrint"), HEADLINE) == []


def test_labels_in_a_line_are_furniture_of_their_own() -> None:
    line = f"harbour strike 1{FIRST}"
    assert [(each.kind, each.start, each.end) for each in find(f"{HEADLINE}\n\n{line}\n\n{LAST}")] == [
        ("fused", 45, 61)
    ]
    text = within("They marched at noon through the port. (Photo: Ana Lima)")
    assert [(each.kind, text[each.start : each.end]) for each in find(text)] == [("credit", "(Photo: Ana Lima)")]


@given(texts)
def test_cuts_are_apart_and_never_the_headline(text: str) -> None:
    story = f"{HEADLINE}\n{text}"
    found = find(story)
    bounds = [bound for each in found for bound in (each.start, each.end)]
    assert bounds == sorted(set(bounds))
    assert all(bound > len(HEADLINE) for bound in bounds)


@needs_corpora
def test_nothing_is_cut_from_seven_hundred_clean_documents() -> None:
    folder = Path(str(CORPORA)) / "data" / "ecbplus"
    documents = [row for name in ("dev", "train") for row in rows(folder / f"{name}.jsonl")]
    assert len(documents) == 770
    assert [part for row in documents for part in cut(row["text"])] == []


@needs_corpora
def test_the_furniture_of_three_real_articles_is_found() -> None:
    folder = Path(str(CORPORA)) / "articles"
    gold = rows(folder / "furniture.jsonl")
    found = [
        (path.stem, part) for path in sorted(folder.glob("*.txt")) for part in cut(path.read_text(encoding="utf-8"))
    ]
    assert found == [(row["article"], row["text"].strip()) for row in gold]
    assert len(found) == 21

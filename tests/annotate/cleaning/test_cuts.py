from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.cleaning.cuts import Line, Stretch, apart, blank, lines_of, removals, remove
from tests.strategies import texts


def test_lines_are_told_with_the_gap_before_them() -> None:
    text = "One\r\n\r\n  two \u200b\nthree\n \nfour"
    assert lines_of(text) == [
        Line(0, 3, "One", 0),
        Line(9, 12, "two", 2),
        Line(15, 20, "three", 1),
        Line(23, 27, "four", 2),
    ]


def test_an_empty_text_has_no_lines() -> None:
    assert lines_of("") == lines_of(" \n\u2028\t") == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Head\n\n[X]\n\nStory.", "Head\n\nStory."),
        ("Head\n\n[X]\n[Y]\n\nStory.", "Head\n\nStory."),
        ("Head\n[X]\nStory.", "Head\nStory."),
        ("Head\n\n[X]\nStory.", "Head\n\nStory."),
        ("Head\n[X]\n\nStory.", "Head\n\nStory."),
        ("Head\r\n\r\n[X]\r\n\r\nStory.", "Head\r\n\r\nStory."),
        ("Head\n\n\n\n[X]\n\n\n\nStory.", "Head\n\nStory."),
        ("Head\n\n  [X]  \n\n  Story.", "Head\n\n  Story."),
        ("Head\n\nStory.\n\n[X]", "Head\n\nStory."),
        ("Head\n\nStory.\n\n[X]\n", "Head\n\nStory.\n"),
        ("Head\n\nStory.\n\n[X]\n\n\n", "Head\n\nStory.\n"),
        ("[X]\n\nHead\n\nStory.", "Head\n\nStory."),
        ("Head\n\n[X]Story.\n\nEnd.", "Head\n\nStory.\n\nEnd."),
        ("Head\n\n[X] Story.\n\nEnd.", "Head\n\nStory.\n\nEnd."),
        ("Head\n\nStory. [X]\n\nEnd.", "Head\n\nStory.\n\nEnd."),
        ("Head\n\nStory.[X]\nEnd.", "Head\n\nStory.\nEnd."),
        ("Head\n\nStory. [X] more.", "Head\n\nStory. more."),
        ("Head\n\nStory.[X] more.", "Head\n\nStory. more."),
        ("Head\u2029[X]\u2029Story.", "Head\u2029Story."),
        ("Head\n\nOne.\n\n[X]\n\nTwo.\n\n[Y]\n\nThree.", "Head\n\nOne.\n\nTwo.\n\nThree."),
    ],
)
def test_one_gap_goes_with_a_cut_and_the_wider_one_stays(text: str, left: str) -> None:
    cuts = [(at, at + 3) for at in range(len(text)) if text.startswith(("[X]", "[Y]"), at)]
    assert remove(text, removals(text, cuts)) == left


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[Stretch]]:
    """A text, and some of its lines to cut, but for the first."""
    text = "Headline\n" + "\n".join(draw(st.lists(texts, max_size=6)))
    lines = lines_of(text)[1:]
    chosen = draw(st.sets(st.sampled_from(lines))) if lines else set()
    return text, sorted((line.start, line.end) for line in chosen)


@given(cut_texts())
def test_what_is_left_is_the_text_s_other_lines(case: tuple[str, list[Stretch]]) -> None:
    text, cuts = case
    removed = removals(text, cuts)
    left = remove(text, removed)
    assert apart(removed)
    kept = [line.text for line in lines_of(text) if (line.start, line.end) not in cuts]
    assert [line.text for line in lines_of(left)] == kept


@given(cut_texts())
def test_lines_that_meet_stand_as_far_apart_as_they_did_but_for_one_blank_line(case: tuple[str, list[Stretch]]) -> None:
    text, cuts = case
    lines = lines_of(text)
    gaps = []
    for number, line in enumerate(lines):
        if (line.start, line.end) in cuts:
            continue
        before = number - 1
        while before >= 0 and (lines[before].start, lines[before].end) in cuts:
            before -= 1
        through = [each.gap for each in lines[before + 1 : number + 1]]
        gaps.append(line.gap if before == number - 1 else min(2, max(through[0], through[-1])))
    assert [line.gap for line in lines_of(remove(text, removals(text, cuts)))] == gaps


@given(cut_texts())
def test_nothing_but_cuts_and_white_space_goes(case: tuple[str, list[Stretch]]) -> None:
    text, cuts = case
    gone = {at for start, end in removals(text, cuts) for at in range(start, end)}
    inside = {at for start, end in cuts for at in range(start, end)}
    assert inside <= gone
    assert all(blank(text[at]) for at in gone - inside)


def test_stretches_are_apart_when_a_character_is_between_each() -> None:
    assert apart([(0, 2), (3, 4)])
    assert not apart([(0, 2), (2, 4)])
    assert not apart([(3, 3)])
    assert all(apart(pair) for pair in pairwise([(0, 1), (2, 3), (9, 10)]))

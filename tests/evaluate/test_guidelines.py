from pathlib import Path

import pytest

from rolecall.core.errors import InputError
from rolecall.evaluate.guidelines import Passage, passages, point, read_guidelines
from tests.evaluate.differing import GUIDELINES

FOUND = tuple(passages(GUIDELINES))


def test_passages_have_their_lines_and_headings() -> None:
    assert (
        Passage(4, "Where and when", "TIME: the expression, without preposition."),
        Passage(5, "Where and when", "PLACE: the name alone."),
        Passage(9, "People", "DETAINEE: who is held."),
        Passage(11, "People", "label | meaning"),
        Passage(13, "People", "FACILITY | a building"),
    ) == FOUND


def test_where_a_role_and_a_matter_are_spoken_of() -> None:
    roles = ("TIME", "PLACE", "DETAINEE", "FACILITY")
    found = point(FOUND, ["TIME"], "prepositions?", roles)
    assert [each.line for each in found.named] == [4]
    assert found.spoken == found.named
    assert found.general == ()
    assert point(FOUND, ["PLACE"], "preposition", roles).spoken == ()
    assert [each.line for each in point(FOUND, ["PLACE"], "meaning", roles).general] == [11]
    assert point(FOUND, ["TIM"], None, roles).named == ()  # part of a name is no name


def test_marks_of_markdown_are_no_words() -> None:
    found = list(passages("# Layer `event`\nA **march** and [a\nlink](https://example.org).\n"))
    assert found == [Passage(2, "Layer event", "A march and a link.")]


def test_a_role_may_stand_in_the_heading() -> None:
    found = tuple(passages("# TIME\nNo preposition.\n\n# PLACE and TIME\nBoth.\n"))
    pointed = point(found, ["PLACE", "TIME"], None, ["PLACE", "TIME"])
    assert [each.line for each in pointed.named] == [5, 2]  # what names more of them comes first


@pytest.mark.parametrize(("content", "says"), [(b"\xff", "is not UTF-8"), (b" \n", "has no words")])
def test_what_cannot_be_guidelines(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "guidelines.md"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_guidelines(path)


def test_a_byte_order_mark_is_no_word(tmp_path: Path) -> None:
    path = tmp_path / "guidelines.md"
    path.write_bytes(b"\xef\xbb\xbf# PLACE\nThe name.\n")
    assert read_guidelines(path) == (Passage(2, "PLACE", "The name."),)

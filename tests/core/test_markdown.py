"""Words of others come through Markdown as they are."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rolecall.core.markdown import plain, quoted, table
from rolecall.core.terminal import shown


def rendered(words: str) -> str:
    """Render words as the only cell of a row, and return what stands in it, tags and all."""
    page = MarkdownIt("gfm-like", {"linkify": False}).render("\n".join(table(("head",), [(plain(words),)])))
    (cell,) = re.findall(r"<td>(.*?)</td>", page, flags=re.DOTALL)
    return str(cell)


@pytest.mark.parametrize(
    "words",
    [
        "a | b", "<b>bold</b>", "*x* _y_ **z** ~~w~~", "[a](http://x.test)", "![a](b)", "`code`", "&amp;", "\\*",
        "# Head", "1. one", "- item", "<http://x.test>", "www.x.test", "$x$",
    ],
)  # fmt: skip
def test_marks_stand_for_themselves(words: str) -> None:
    assert html.unescape(rendered(words)) == words
    assert "<" not in rendered(words)


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_reader_sees_what_was_written(words: str) -> None:
    assert html.unescape(rendered(words)) == shown(" ".join(words.split()))


def test_nothing_breaks_a_table() -> None:
    assert [*table(("a", "b"), [("x\ny", "p|q")])] == ["| a | b |", "| --- | --- |", "| x y | p&#124;q |"]


def test_phrases_are_quoted() -> None:
    assert quoted(["a", "*b*"]) == "“a”, “&#42;b&#42;”"
    assert quoted([]) == "-"

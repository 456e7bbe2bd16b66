from hypothesis import given
from hypothesis import strategies as st

from rolecall.core.terminal import shown


def test_control_characters_do_not_reach_a_terminal() -> None:
    assert shown("a\x1b[31mb\n\u202eé") == "a\\x1b[31mb\\n\\u202eé"
    assert shown("a\x1b[31mb\n\u202eé", keep="\n") == "a\\x1b[31mb\n\\u202eé"


@given(st.text())
def test_what_is_shown_is_shown_as_it_is(words: str) -> None:
    once = shown(words)
    assert once.isprintable()
    assert shown(once) == once

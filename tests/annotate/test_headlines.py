import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.headlines import open_with, opens

BODY = "Nine men were held in Aktau."


def test_a_headline_that_stands_apart_is_put_before_the_text() -> None:
    assert open_with("Rally in Aktau", BODY) == (f"Rally in Aktau\n\n{BODY}", 16)
    assert open_with(" Rally\n in  Aktau ", BODY) == (f"Rally in Aktau\n\n{BODY}", 16)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Rally in Aktau", f"Rally in Aktau\n\n{BODY}"),
        ("Rally in Aktau", f"\n  Rally in Aktau {BODY}"),  # fused into the line
        ("Rally in Aktau", f"RALLY IN AKTAU\n{BODY}"),
        ("“Rally” – in Aktau", f'"Rally" - in\u00a0Aktau\n{BODY}'),
        ("Rally in Aktau | Meridian Wire", f"Rally in Aktau\n{BODY}"),
        ("Rally in Aktau - World - Meridian Wire", f"Rally in Aktau\n{BODY}"),
        ("Rally in the port of Akt...", f"Rally in the port of Aktau\n{BODY}"),
        ("Osh rally | Meridian Wire", f"Osh rally\n\n{BODY}"),
        ("rally in aktau", f"rally in aktau police came. {BODY}"),  # without capitals nothing is known
        ("Police detain nine", f"Police detain nine in Aktau\n{BODY}"),  # a longer form of it
        ("İzmir in İstanbul", f"İzmir in İstanbul\npolice came. {BODY}"),
        ("Митинг в Актау", f"Митинг в Актау\n{BODY}"),
        ("***", f"***\n{BODY}"),
        ("", BODY),
    ],
)
def test_a_headline_is_never_doubled(title: str, text: str) -> None:
    assert open_with(title, text) == (text, 0)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Strike", f"Strikes spread. {BODY}"),
        ("Rally in Aktau", f"{BODY}\nRally in Aktau"),
        ("Kazakhstan - rally in Aktau", f"Kazakhstan\n{BODY}"),  # a section, not the headline
        ("Police detained", "Police detained nine men in Osh on Sunday."),
        ("İzmir in İstanbul", "İzmir in İstanbul said no."),
        ("Полиция задержала", "Полиция задержала девять человек."),
        ("***", BODY),
    ],
)
def test_what_only_looks_like_the_headline_is_none(title: str, text: str) -> None:
    assert not opens(text, title)
    assert open_with(title, text) == (f"{title}\n\n{text}", len(title) + 2)


@given(st.text(max_size=30), st.text(max_size=80))
def test_the_text_stays_whole_and_once_is_enough(title: str, text: str) -> None:
    whole, before = open_with(title, text)
    assert whole[before:] == text
    assert open_with(title, whole) == (whole, 0)

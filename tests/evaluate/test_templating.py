import base64
import hashlib
import unicodedata

import pytest

from rolecall.core.scheme import load_scheme
from rolecall.evaluate.templating import TURNING, escape_markdown, ink, own, policy, visible


def test_the_page_is_readable_on_every_colour_of_every_scheme() -> None:
    assert ink("#ffffff") == "#000"
    assert ink("#000000") == "#fff"
    assert ink("#0000ff") == "#fff"
    assert ink("#ffff00") == "#000"
    assert {ink(role.colour) for role in load_scheme("protest").roles.values()} == {"#000", "#fff"}


def test_markdown_escape() -> None:
    assert escape_markdown("a_b *c* `d` [e](f) <g> |\n# h") == r"a\_b \*c\* \`d\` \[e\](f) \<g\> \| \# h"
    assert escape_markdown(0.5) == "0.5"
    assert escape_markdown("a\u202eb\u2066c | عربي") == r"abc \| عربي"


def test_marks_of_direction_are_shown_and_shut_in() -> None:
    assert visible("a <b> عربي") == "a &lt;b&gt; عربي"
    assert visible("a\u202eb") == 'a<bdi class="turning" data-name="RLO">\u202e</bdi>b'
    assert [unicodedata.bidirectional(mark) for mark in TURNING] == [*TURNING.values()]


def test_the_policy_names_the_style_and_the_script_and_nothing_else() -> None:
    style, script = (base64.b64encode(hashlib.sha256(text).digest()).decode() for text in (b"a{}", b"go()"))
    assert policy("a{}", "go()") == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_what_would_end_its_element_is_refused() -> None:
    assert own("a < b") == "a < b"
    with pytest.raises(ValueError, match="holds </"):
        own("'</script>'")

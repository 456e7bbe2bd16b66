import re
from pathlib import Path

import msgspec
import pytest

from rolecall.core.errors import InputError
from rolecall.evaluate import card as cards
from rolecall.evaluate.files import score_files
from rolecall.evaluate.templating import FOLDER
from tests.evaluate.reported import TEXT, Files, Reader


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_the_page_shows_the_whole_text_and_every_span(files: Files) -> None:
    page = Reader(files.report()[0])
    assert page.columns == {"gold": TEXT + "Nothing at all.", "predicted": TEXT + "Nothing at all."}
    assert page.chips["gold"] == [
        "DETAINEE <i>ana</i> missed: ",
        "PARTICIPANT correct: ",
        "ORGANIZER missed: ",
        "PROTEST correct: ",
    ]
    assert page.chips["predicted"] == ["PARTICIPANT correct: ", "PROTEST correct: ", "PLACE ben spurious: "]


def test_nothing_from_outside_becomes_markup(files: Files) -> None:
    html, markdown = files.report()
    assert re.findall(r"<script>(.*?)</script>", html, re.DOTALL) == [(FOLDER / "report.js").read_text()]
    assert html.count("<script") == 1
    assert "<img" not in html
    assert "<i>ana" not in html
    assert html.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") >= 5
    assert 'lang="kk&#34;&gt;&lt;b&gt;"' in html
    assert Reader(html).tags.count("script") == 1
    assert set(Reader(html).tags).isdisjoint({"img", "iframe", "object"})
    assert re.search(r"(src|href)=\"(?!#|data:,\")", html) is None
    assert [name for name in Reader(html).attributes if re.match("style$|on", name)] == []
    assert re.findall(r"(?<!\\)<.*", markdown) == ["<details><summary>Every article</summary>", "</details>"]
    assert r"| a\|\<script\>alert('x')\</script\> | \<script\>alert('x')\</script\> \| \*title\* |" in markdown


def test_a_hostile_role_is_refused(files: Files) -> None:
    text = files["predictions"].read_text().replace('"PLACE"', '"<script>"')
    files["predictions"].write_text(text)
    with pytest.raises(InputError, match="role '<script>' is not in the scheme"):
        score_files(files["gold"], files["predictions"])


def test_markdown_holds_the_numbers(files: Files) -> None:
    _, markdown = files.report()
    lines = markdown.splitlines()
    # 2 of 4 gold spans found, 2 of 3 predictions right; the quiet article is perfect and has nothing to find.
    assert any(line.startswith("**Strict micro F1 0.571**") for line in lines)
    assert "| **micro** | 4 | 0.667 | 0.500 | 0.571 |  | 0.000 |" in lines
    assert "| PROTEST | 1 | 1.000 | 1.000 | 1.000 |  | – |" in lines
    assert "| quiet |  | 0 | 0 | 0 | – |" in lines
    assert "> Note: 2 groups of articles: below 20 the intervals are unreliable" in lines
    assert lines[-1].startswith("`match:strict|scheme:protest:1:")


@pytest.mark.parametrize("name", ["gold", "predictions", "articles", "annotators"])
def test_other_files_than_those_scored_are_refused(files: Files, name: str) -> None:
    files[name].write_text(files[name].read_text() + "\n")
    with pytest.raises(InputError, match=f"is not the file that was scored as {name}") as caught:
        files.report()
    assert str(files[name]) in str(caught.value)
    assert not (files.folder / "report").exists()


def test_a_card_that_names_no_files_is_refused(files: Files) -> None:
    card = msgspec.structs.replace(cards.read(files.card), sources={})
    cards.write(files.card, card, cards.derive(card))
    with pytest.raises(InputError, match="does not say which files"):
        files.report()


def test_a_card_with_other_counts_than_its_files_is_refused(files: Files) -> None:
    card = cards.read(files.card)
    fewer = msgspec.structs.replace(card, tally=msgspec.structs.replace(card.tally, rows=card.tally.rows[:1]))
    cards.write(files.card, fewer, cards.derive(fewer))
    with pytest.raises(InputError, match="does not hold the counts of the files it names") as caught:
        files.report()
    assert str(files.card) in str(caught.value)

"""The page of an agreement in a browser: what is shown, filtered, reached by keys, and what hostile files can do."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rolecall.core.errors import InputError
from rolecall.evaluate.agreement_files import compare, measure, open_agreement
from rolecall.evaluate.agreement_page import KIND_WORDS, make_page
from rolecall.evaluate.card import derive_agreement
from rolecall.evaluate.disagreements import KINDS
from rolecall.evaluate.guidelines import Passage, passages
from tests.evaluate.differing import GUIDELINES, READ, TEXTS, opened, write_agreement, write_files
from tests.evaluate.material import SAMPLE
from tests.evaluate.reported import HOSTILE, shown
from tests.evaluate.test_report_page import CONTRASTS, HOSTILE_WORDS, TURNED, WHERE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("three")
    return write_agreement(folder, opened(folder), guidelines=tuple(passages(GUIDELINES)))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    read = open_agreement(SAMPLE / "annotations.jsonl", articles=SAMPLE / "articles.jsonl")
    return write_agreement(tmp_path_factory.mktemp("sample"), read, guidelines=tuple(passages(GUIDELINES)))


def listed(page: "Page") -> list[str]:
    """The articles that are shown, and the number of their disagreements."""
    found: list[str] = page.locator("details.article:visible h3").all_text_contents()
    return found


def seen(page: "Page", words: str) -> bool:
    mark = page.locator(".text:visible mark", has_text=words).first
    return str(mark.evaluate("mark => getComputedStyle(mark).borderBottomColor")) != "rgba(0, 0, 0, 0)"


def test_readers_stand_side_by_side_and_agreed_lines_stand_once(three: Path, chromium: "Browser") -> None:
    with shown(chromium, three) as page:
        assert listed(page) == ["Miners struck on Monday in Jarkul.", "Drivers marched on Friday."]
        assert page.locator("h1").inner_text() == "ana, ben and cy"
        first = page.locator("#a1")
        assert first.locator(".head .side:visible").all_text_contents() == ["ana", "ben", "cy"]
        boxes = first.locator(".columns:not(.head)").first.locator(".text:visible")
        tops = {round(box["y"]) for box in (boxes.nth(n).bounding_box() for n in range(3)) if box}
        lefts = [box["x"] for box in (boxes.nth(n).bounding_box() for n in range(3)) if box]
        assert (len(tops), lefts) == (1, sorted(lefts))
        assert first.locator(".same .text").count() == 1
        page.get_by_label("Gold beside them").check()
        assert first.locator(".head .side:visible").all_text_contents() == ["ana", "ben", "cy", "gold"]


def test_filters_by_role_kind_and_pair(three: Path, chromium: "Browser") -> None:
    with shown(chromium, three) as page:
        said = page.locator("output")
        assert said.inner_text() == "2 of 2 articles, 9 disagreements."
        page.locator("[name=role]").select_option("PLACE")
        assert said.inner_text() == "1 of 2 articles, 2 disagreements."
        assert page.locator("#a1 .differences li:visible").count() == 2
        assert seen(page, "Jarkul")
        assert not seen(page, "Monday")
        labels = page.locator("#a1 .text:visible .chip:visible").all_text_contents()
        assert [text.split()[0] for text in labels] == ["PLACE", "FACILITY", "PLACE"]
        page.locator("[name=kind]").select_option("boundary")
        assert said.inner_text() == "0 of 2 articles, 0 disagreements."
        page.locator("[name=role]").select_option("TIME")
        assert said.inner_text() == "2 of 2 articles, 3 disagreements."
        page.locator("[name=pair]").select_option(label="ana and cy")
        assert said.inner_text() == "1 of 2 articles, 1 disagreement."
        assert page.locator("#a1 .head .side:visible").all_text_contents() == ["ana", "cy"]
        assert page.url.endswith("#role=TIME&kind=boundary&pair=1")
        page.reload()
        assert said.inner_text() == "1 of 2 articles, 1 disagreement."
        page.get_by_role("button", name="Show all").click()
        page.wait_for_url(three.as_uri())
        assert said.inner_text() == "2 of 2 articles, 9 disagreements."
        assert seen(page, "Jarkul")
        page.get_by_label("Words in title or text").fill("governor SPOKE")
        page.wait_for_url(f"{three.as_uri()}#text=*")
        assert listed(page) == ["Drivers marched on Friday."]


def test_an_order_of_ones_own(three: Path, chromium: "Browser") -> None:
    with shown(chromium, three) as page:
        page.locator("[name=order]").select_option("by id")
        assert listed(page) == ["Drivers marched on Friday.", "Miners struck on Monday in Jarkul."]
        page.locator("[name=order]").select_option("lowest F1")
        assert listed(page) == ["Drivers marched on Friday.", "Miners struck on Monday in Jarkul."]  # 4/6, then 27/39


def test_filters_lead_somewhere_and_the_order_follows_them(tmp_path: Path, chromium: "Browser") -> None:
    less = {"less": "Drivers met on Friday. They went on Monday.", **TEXTS}
    read = {
        **READ,
        "less": {
            "ana": (("on Friday", "TIME"), ("on Monday", "TIME")),
            "ben": (("Friday", "TIME"), ("Monday", "TIME")),
        },
    }
    with shown(chromium, write_agreement(tmp_path, opened(tmp_path, texts=less, read=read))) as page:
        options = page.locator("[name=role] option").all_text_contents()
        assert options == ["all", "DETAINEE (2)", "PLACE (2)", "FACILITY (4)", "TIME (5)"]
        names = ["Miners struck on Monday in Jarkul.", less["less"], "Drivers marched on Friday."]
        assert listed(page) == names  # 8, 2 and 1 disagreements
        page.locator("[name=role]").select_option("TIME")
        page.locator("[name=pair]").select_option(label="ana and ben")
        assert listed(page) == [names[1], names[0], names[2]]  # 2, 1 and 1 of them
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function("!location.hash")
        assert listed(page) == names
    html = write_agreement(tmp_path, opened(tmp_path, texts=less, read=read), shown=1)
    with shown(chromium, html) as page:
        assert (
            page.locator("[name=role] option", has_text="TIME").inner_text() == "TIME (2)"
        )  # of the one that is shown


def test_by_keyboard_alone(three: Path, chromium: "Browser") -> None:
    with shown(chromium, three) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the articles"
        page.keyboard.press("Enter")
        assert page.url.endswith("#articles")
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.parentElement.id") == "a2"
        assert not page.locator("#a2 .sides").is_visible()
        page.keyboard.press("Enter")
        assert page.locator("#a2 .sides").is_visible()
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.parentElement.id") == "a1"
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "text"


def test_a_difference_leads_to_its_words(three: Path, chromium: "Browser") -> None:
    with shown(chromium, three) as page:
        item = page.locator("#a1 .differences li", has_text="DETAINEE").first.locator("a")
        item.click()
        assert page.url.endswith(str(item.get_attribute("href")))
        assert "DETAINEE" in page.evaluate("document.activeElement.textContent")
        page.locator("#kinds a", has_text="missed").click()
        assert page.locator("output").inner_text() == "1 of 2 articles, 4 disagreements."
        page.locator("#advice .versions a", has_text="march").first.click()
        assert page.locator("#a2 .sides").is_visible()  # what hid it is taken back


def test_what_to_settle_stands_beside_scheme_and_guidelines(three: Path, chromium: "Browser") -> None:
    with shown(chromium, three) as page:
        first = page.locator("#advice li").first.inner_text()
    assert "some take in the preposition before it and others do not (ana 2)" in first
    assert "TIME, in the scheme" in first
    assert "Guidelines, line 4 (Where and when)" in first
    assert "Line 4 may speak of it" in first


def test_without_a_script_all_can_be_read(three: Path, chromium: "Browser") -> None:
    with shown(chromium, three, script=False) as page:
        assert not page.locator("#filters").is_visible()
        page.locator("#a2 summary").click()
        assert page.locator("#a2 .sides").is_visible()


def test_a_page_holds_the_most_disputed_and_names_the_rest(tmp_path: Path, chromium: "Browser") -> None:
    html = write_agreement(tmp_path, opened(tmp_path), shown=1)
    with shown(chromium, html) as page:
        assert listed(page) == ["Miners struck on Monday in Jarkul."]
        note = page.locator(".capped").inner_text()
        assert note.startswith("1 article of 3 shown with its text, so that the page stays small; 1 disputed article")
        page.locator("summary", has_text="2 more articles").press("Enter")  # a click may miss what a busy page moves
        rest = page.locator("table", has_text="Spans in common").locator("tbody th")
        rest.first.wait_for()
        assert rest.all_inner_texts() == ["Drivers marched on Friday.", "All is well in Almaty."]


def test_a_mark_of_direction_is_seen_and_turns_nothing(tmp_path: Path, chromium: "Browser") -> None:
    read = {"a": {"ana": (("held\u202e two", "ARREST"),), "ben": (("men", "DETAINEE"),)}}
    html = write_agreement(tmp_path, opened(tmp_path, texts={"a": TURNED}, read=read, gold={}))
    with shown(chromium, html) as page:
        at = [page.evaluate(WHERE, words) for words in ("Police", "held", "two", "men", "Jarkul")]
        assert at == sorted(at)
        marks = page.locator(".turning")
        assert {marks.nth(n).text_content() for n in range(marks.count())} == {"\u202e"}
        assert page.locator(".advice p .turning").count() == 1  # in «held two», which the question quotes


def test_no_words_become_more_than_words(tmp_path: Path, chromium: "Browser") -> None:
    names = [f"{HOSTILE}{at}" for at in range(len(HOSTILE_WORDS))]
    texts = {name: f"{words} text\nmore" for name, words in zip(names, HOSTILE_WORDS, strict=True)}
    by = "<b>ana", "ben\u202e"
    read = {
        name: {by[0]: ((f"{words} text", "PLACE"),), by[1]: (("text", "PLACE"),)}
        for name, words in zip(names, HOSTILE_WORDS, strict=True)
    }
    said = Passage(1, HOSTILE_WORDS[0], f"PLACE {HOSTILE_WORDS[1]}")
    html = write_agreement(tmp_path, opened(tmp_path, texts=texts, read=read, gold={}), guidelines=[said])
    with shown(chromium, html, "#text=%3Cscript%3E&role=%22%3E&kind=%3Cimg%3E&pair=x&order=y") as page:
        page.get_by_role("button", name="Show all").click()
        page.get_by_role("button", name="Open those shown").click()
        assert page.locator("details.article[open]").count() == len(HOSTILE_WORDS)
        assert page.evaluate("document.querySelectorAll('script, style, img, details svg').length") == 2
        links = "[...document.querySelectorAll('[href]')].every(a => /^#|^data:,$/.test(a.getAttribute('href')))"
        assert page.evaluate(links)
        assert page.evaluate(
            "[...document.querySelectorAll('*')].every(e => e.getAttributeNames().every(n => !/^on|^style$/.test(n)))"
        )
    text = html.read_text(encoding="utf-8")
    assert re.search(r"""http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src""", text)


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
def test_it_can_be_read_at_every_width_in_both_colours(
    sample: Path, chromium: "Browser", width: int, dark: bool
) -> None:
    with shown(chromium, sample, width=width, dark=dark) as page:
        page.locator("#a1").scroll_into_view_if_needed()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = page.evaluate(CONTRASTS)
    assert len(found) > 30
    assert [(round(ratio, 2), what) for ratio, what in found if ratio < 4.5] == []


def test_the_sample_is_whole(sample: Path) -> None:
    text = sample.read_text(encoding="utf-8")
    assert text.count('<details class="article"') == 35
    assert "35 articles of 40 shown with their text; on the others, below, all agree." in text
    ids = re.findall(r'id="(a\d+-\d+)"', text)
    assert len(ids) == len(set(ids)) == 220
    assert set(re.findall(r'href="#(a\d+-\d+)"', text)) == set(ids)


def test_every_kind_has_words() -> None:
    assert tuple(KIND_WORDS) == KINDS


def test_the_page_needs_texts(tmp_path: Path) -> None:
    labels, _ = write_files(tmp_path)
    read = open_agreement(labels)
    found = compare(read)
    card = measure(read, found, resamples=0)
    with pytest.raises(InputError, match="the page shows the articles"):
        make_page(read, card, derive_agreement(card), found)
    with pytest.raises(InputError, match="asks about the articles"):
        measure(read, found, tokens=True)

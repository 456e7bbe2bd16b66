"""The controls of the page: by role, kind and words; by keyboard; by address; and without a script."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article
from rolecall.evaluate.errors import Error
from tests.evaluate.material import SAMPLE
from tests.evaluate.reported import shown, write_corpus, write_sample

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MARCH, QUIET, MINE, HOAX = "March held", "Quiet day", "Ａ mine", "Hoax"
CORPUS = {
    MARCH: (
        "Workers marched in Jarkul.\nPolice held Aida.",
        [("marched", "PROTEST"), ("Jarkul", "PLACE"), ("held", "ARREST")],
        [("marched", "PROTEST"), ("in Jarkul", "PLACE")],
    ),
    QUIET: ("All is well in Almaty.", [("Almaty", "PLACE")], [("Almaty", "PLACE")]),
    MINE: (
        "Miners  struck;\ntwo were held.",
        [("struck", "PROTEST"), ("held", "ARREST")],
        [("struck", "VIOLENCE"), ("held", "ARREST")],
    ),
    HOAX: ("Nobody marched.", [], [("marched", "PROTEST")]),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("filters"), CORPUS)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sample"))


def titles(page: "Page") -> list[str]:
    """The articles that are shown; the list above them shows the same."""
    found: list[str] = page.locator("article:visible h3").all_text_contents()
    assert page.locator("#list tbody tr:visible a").all_text_contents() == found
    assert page.locator("output").inner_text() == f"{len(found)} of 4 articles."
    return found


def chips(page: "Page") -> list[str]:
    """The labels that are shown, of both sides."""
    return [text.split()[0] for text in page.locator("article .chip:visible").all_text_contents()]


def seen(page: "Page", words: str) -> bool:
    """Whether the mark on some words can be seen."""
    mark = page.locator("article:visible mark", has_text=words).first
    return str(mark.evaluate("mark => getComputedStyle(mark).borderBottomColor")) != "rgba(0, 0, 0, 0)"


def test_by_role_layer_and_kind(report: Path, chromium: "Browser") -> None:
    with shown(chromium, report) as page:
        role, kind = page.get_by_label("Layer or role"), page.get_by_label("Kind of error")
        assert titles(page) == [MARCH, QUIET, MINE, HOAX]
        role.select_option("PLACE")
        assert titles(page) == [MARCH, QUIET]
        assert chips(page) == ["PLACE"] * 4
        assert seen(page, "Jarkul")
        assert not seen(page, "marched")
        role.select_option(label="all of event")
        assert titles(page) == [MARCH, MINE, HOAX]
        assert chips(page) == ["PROTEST", "PROTEST", "ARREST", "PROTEST", "VIOLENCE", "ARREST", "ARREST", "PROTEST"]
        kind.select_option("wrong role")
        assert titles(page) == [MINE]
        assert chips(page) == ["PROTEST", "VIOLENCE"]
        role.select_option("PLACE")
        assert titles(page) == []
        kind.select_option("too long")
        assert titles(page) == [MARCH]
        assert page.locator("article .chip:visible").all_text_contents() == [
            "PLACE too long missed: ",
            "PLACE too long spurious: ",
        ]
        page.get_by_role("button", name="Show all").click()
        page.wait_for_url(report.as_uri())
        assert titles(page) == [MARCH, QUIET, MINE, HOAX]
        assert seen(page, "marched")
        assert "#" not in page.url


def test_kinds_are_those_that_occur(report: Path, chromium: "Browser") -> None:
    with shown(chromium, report) as page:
        options = page.get_by_label("Kind of error").locator("option").all_inner_texts()
        assert options == ["all", "missed (1)", "spurious (1)", "wrong role (1)", "too long (1)"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("MINERS struck; two", [MINE]),  # across lines and runs of white space
        ("held", [MARCH, MINE]),  # in a title, in a text
        ("a mine", [MINE]),  # NFKC
        ("marched in", [MARCH]),  # through marks
        ("PROTEST", []),  # a label is no text
        ("  ", [MARCH, QUIET, MINE, HOAX]),
    ],
)
def test_by_words(report: Path, chromium: "Browser", words: str, expected: list[str]) -> None:
    with shown(chromium, report) as page:
        page.get_by_label("Words in title or text").fill(words)
        if words.strip():
            page.wait_for_url(f"{report.as_uri()}#text=*")
        assert titles(page) == expected


def test_an_address_keeps_the_view(report: Path, chromium: "Browser") -> None:
    with shown(chromium, report) as page:
        page.get_by_label("Kind of error").select_option("too long")
        page.get_by_label("Layer or role").select_option("PLACE")
        fragment = page.url.removeprefix(report.as_uri())
        assert fragment == "#role=PLACE&kind=too+long"
        page.locator("#errors").get_by_role("link", name="wrong role", exact=True).click()
        assert page.url.endswith("#kind=wrong+role&at=articles")
        assert titles(page) == [MINE]
        page.go_back()
        assert titles(page) == [MARCH]
    with shown(chromium, report, fragment) as page:
        assert titles(page) == [MARCH]
        assert page.get_by_label("Layer or role").input_value() == "PLACE"
        assert page.get_by_label("Kind of error").input_value() == "too long"
    with shown(chromium, report, "#kind=missed&at=a1") as page:
        assert titles(page) == [MARCH]
        assert page.evaluate("document.activeElement.id") == "a1"
    with shown(chromium, report, "#a3") as page:
        assert titles(page) == [MARCH, QUIET, MINE, HOAX]
        assert page.evaluate("document.activeElement.id") == "a3"
    with shown(chromium, report, "#role=NOBODY&kind=%22%5D&at=nowhere") as page:
        assert titles(page) == [MARCH, QUIET, MINE, HOAX]


def test_a_link_to_an_article_that_is_filtered_out_shows_it(report: Path, chromium: "Browser") -> None:
    with shown(chromium, report, "#kind=missed") as page:
        page.locator("#errors").get_by_role("link", name=HOAX).click()
        assert titles(page) == [MARCH, QUIET, MINE, HOAX]
        assert page.evaluate("document.activeElement.id") == "a4"
        assert page.url.endswith("#a4")


def test_by_keyboard(report: Path, chromium: "Browser") -> None:
    with shown(chromium, report) as page:

        def press(key: str) -> str:
            page.keyboard.press(key)
            return str(page.evaluate("document.activeElement.id || document.activeElement.name || ''"))

        assert page.get_by_text("next article in error").is_visible()
        # The quiet article has no error; there is nothing after the last.
        assert [press(key) for key in "jjjjkk"] == ["a1", "a3", "a4", "a4", "a3", "a1"]
        assert page.url.endswith("#a1")
        assert press("/") == "text"
        assert press("j") == "text"  # typed, not obeyed
        assert page.get_by_label("Words in title or text").input_value() == "j"
        page.wait_for_url(f"{report.as_uri()}#text=j")
        assert titles(page) == [MARCH]
        page.get_by_role("button", name="Show all").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(report.as_uri())
        page.get_by_label("Keys:").uncheck()
        page.evaluate("document.activeElement.blur()")
        assert press("j") == ""


TOP = "document.activeElement.getBoundingClientRect().top"


@pytest.mark.parametrize(("chosen", "article"), [("", "a9"), ("role=ARREST&at=", "a9"), ("kind=missed&at=", "a30")])
def test_a_view_opens_at_its_article(sample: Path, chromium: "Browser", chosen: str, article: str) -> None:
    with shown(chromium, sample, f"#{chosen}{article}") as page:
        page.wait_for_timeout(500)  # what is in view is drawn, and may grow
        assert page.evaluate("document.activeElement.id") == article
        assert abs(page.evaluate(TOP)) < 2
        for key in "jjk":
            page.keyboard.press(key)
            page.wait_for_timeout(500)
            assert abs(page.evaluate(TOP)) < 2


def test_every_control_has_a_name_and_its_place_in_the_order(report: Path, chromium: "Browser") -> None:
    with shown(chromium, report) as page:
        assert page.locator("select, input, button").evaluate_all(
            "all => all.every(one => one.labels?.length || one.textContent.trim())"
        )
        page.get_by_label("Layer or role").focus()
        order = []
        for _ in range(5):
            order.append(page.evaluate("document.activeElement.name || document.activeElement.type"))
            page.keyboard.press("Tab")
        assert order == ["role", "kind", "text", "reset", "keys"]


def test_without_a_script_all_is_shown(report: Path, chromium: "Browser") -> None:
    with shown(chromium, report, "#kind=missed", script=False) as page:
        assert page.locator("article:visible").count() == 4
        assert page.locator("#list tbody tr:visible").count() == 4
        assert not page.locator("form").is_visible()
        page.locator("#list").get_by_role("link", name=HOAX).click()
        assert page.url.endswith("#a4")


TIMED = """async value => {
    const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))
    const [name, to] = value, field = document.forms[0].elements[name], start = performance.now()
    field.value = to
    field.dispatchEvent(new Event(name === "text" ? "input" : "change"))
    if (name === "text") await new Promise(done => setTimeout(done, 121))
    await drawn()
    return performance.now() - start - (name === "text" ? 121 : 0)
}"""
"""Change a field, and return the milliseconds until the page is drawn anew, without the wait for more typing."""


@pytest.mark.soak
def test_a_thousand_articles(tmp_path: Path, chromium: "Browser") -> None:
    html = write_sample(tmp_path, 25)
    print(f"{html.stat().st_size / 1e6:.1f} MB")
    with shown(chromium, html) as page:
        timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
        print(f"interactive after {timing['domInteractive']:.0f} ms")
        assert page.locator("output").inner_text() == "1,000 of 1,000 articles."
        missed = {error.article for error in jsonl.read(html.parent / "errors.jsonl", Error) if error.kind == "missed"}
        texts = [" ".join(each.text.casefold().split()) for each in jsonl.read(SAMPLE / "articles.jsonl", Article)]
        labels = [each for each in jsonl.read(SAMPLE / "annotations.jsonl", Annotation) if each.by != "ben"]
        penalties = {each.article for each in labels if any(span.role == "PENALTY" for span in each.spans)}
        assert 0 < len(penalties) < 40
        # Of the 40 sample articles, each there 25 times.
        for field, value, articles in (
            ("text", "police", sum("police" in text for text in texts)),
            ("text", "the police", sum("the police" in text for text in texts)),
            ("text", "", 40),
            ("role", "PENALTY", len(penalties)),
            ("role", "", 40),
            ("kind", "missed", len(missed) // 25),
        ):
            print(f"{field} {value!r}: {page.evaluate(TIMED, [field, value]):.0f} ms")
            assert page.locator("output").inner_text() == f"{25 * articles:,} of 1,000 articles."
        start = page.evaluate("performance.now()")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("j")
        print(f"next article: {page.evaluate('performance.now()') - start:.0f} ms")
        assert page.evaluate("document.activeElement.matches('article.wrong')")

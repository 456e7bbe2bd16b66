"""An annotator at work: a real browser on a real server, and what comes home is what was done there.

The mouse presses on the left edge of a phrase's first character and lets go on the right edge of its last, found by
asking the browser where it drew them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rolecall.annotate.studio import Account, Studio
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Article
from rolecall.core.scheme import load_scheme

# Astral characters before the spans and in one, letters beyond Latin, a CRLF inside a span, two spaces.
TEXT = (
    "Zhalistan \U0001f389: miners march in Қызылорда\r\n\r\n"
    "Hundreds of \U0001f469\u200d\U0001f692 workers\r\nof the oil field gathered  there. Police detained 12 people."
)
# Key, phrase, role, in the order of work. Somebody who drags twice over the same words takes a while: a second drag
# that ends where the last one did within 450 ms is a double click to Label Studio, and gets the first one's label.
STEPS = [
    ("1", "march", "PROTEST"),
    ("s", "12 people", "DETAINEE"),
    ("c", "Қызылорда", "PLACE"),
    ("q", "\U0001f469\u200d\U0001f692 workers\r\nof the oil field", "PARTICIPANT"),
    ("q", "12 people", "PARTICIPANT"),
    ("3", "detained", "ARREST"),
    ("b", "\U0001f389", "TIME"),
]

# For the code points from `start` to `end` of the text: the left edge of the first, the right edge of the last, and the
# heights of both. A line end is a <br>, and CRLF two of them.
EDGES = """(text, [start, end]) => {
  const places = [];
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeName === "BR") places.push(null);
    if (node.nodeType !== Node.TEXT_NODE) continue;
    let at = 0;
    for (const character of node.data) {
      places.push([node, at, at + character.length]);
      at += character.length;
    }
  }
  const box = (place) => {
    const range = document.createRange();
    range.setStart(place[0], place[1]);
    range.setEnd(place[0], place[2]);
    return range.getBoundingClientRect();
  };
  const first = box(places[start]), last = box(places[end - 1]);
  return {
    length: places.length,
    left: first.left, top: (first.top + first.bottom) / 2,
    right: last.right, bottom: (last.top + last.bottom) / 2,
  };
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        yield page


def log_in(page: Page, url: str, account: Account) -> None:
    page.goto(f"{url}/user/login/")
    page.locator("#email").fill(account.email)
    page.locator("#password").fill(account.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda address: "/user/login" not in address)


def open_next_task(page: Page, url: str, project: int) -> Locator:
    page.goto(f"{url}/projects/{project}/data")
    page.get_by_role("button", name="Label All Tasks").click()
    text = page.locator(".lsf-htx-richtext")
    expect(text).to_contain_text("Zhalistan")
    return text


def drag_over(page: Page, text: Locator, phrase: str) -> None:
    start = TEXT.index(phrase)
    edges = text.evaluate(EDGES, [start, start + len(phrase)])
    assert edges["length"] == len(TEXT)
    page.mouse.move(edges["left"] + 1, edges["top"])
    page.mouse.down()
    page.mouse.move(edges["right"] - 1, edges["bottom"], steps=5)
    page.mouse.up()


def test_what_an_annotator_does_comes_home(
    page: Page, studio: Studio, studio_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles, out = tmp_path / "articles.jsonl", tmp_path / "annotations.jsonl"
    article = Article.of(TEXT, id="browser")
    jsonl.write(articles, [article])
    where = ["--scheme", "protest", "--project", "In a browser", "--studio", str(studio_dir)]
    assert run(["annotate", "push", str(articles), *where, "--json"]) == 0
    project = json.loads(capsys.readouterr().out)["project"]

    log_in(page, studio.url, studio.accounts["ana"])
    text = open_next_task(page, studio.url, project)
    regions = page.locator(".lsf-outliner-item")
    for count, (key, phrase, role) in enumerate(STEPS, 1):
        page.keyboard.press(key)
        expect(page.locator(".lsf-label_selected")).to_contain_text(role)
        drag_over(page, text, phrase)
        expect(regions).to_have_count(count)
    text.get_by_text("march").click()
    page.keyboard.press("Alt+r")
    text.get_by_text("Қызылорда").click()
    expect(page.locator("svg.relations-overlay > g")).to_have_count(1)
    with page.expect_response(lambda answer: answer.url.split("?")[0].endswith("/annotations")) as saved:
        page.get_by_role("button", name="Submit current annotation").click()
    assert saved.value.status == 201

    assert run(["annotate", "pull", str(articles), *where, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["annotations"], told["drafts"], told["refused"], told["remarks"]) == ({"ana": 1}, 0, [], [])
    [found] = jsonl.read_annotations(out, articles={"browser": article}, scheme=load_scheme("protest").fingerprint)
    assert (found.by, found.kind, found.status) == ("ana", "human", "submitted")
    done = sorted((TEXT.index(phrase), phrase, role) for _, phrase, role in STEPS)
    assert sorted((span.start, span.text, span.role) for span in found.spans) == done
    assert [tuple(found.spans[index].text for index in link) for link in found.links] == [("march", "Қызылорда")]
    assert found.events == ()

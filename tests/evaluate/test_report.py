import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import load_scheme
from rolecall.evaluate import card as cards
from rolecall.evaluate.files import score_files
from rolecall.evaluate.report import escape_markdown, ink, open_report, write_report
from tests.evaluate.material import SCHEME

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "<script>alert('x')</script>"
TEXT = (
    f"Union men & {HOSTILE} held\r\n\r\n  “anti-government” rally 🎉  in Қарағанды | `code`\n"
    "</div><img src=//evil.example/x.png onerror=alert(1)>\n"
)


class Files:
    """A scored article whose text, title, id and annotators are hostile, with overlapping spans."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.article = Article.of(TEXT, id=f"a|{HOSTILE}", title=f"{HOSTILE} | *title*", story="s", lang='kk"><b>')
        other = Article.of("Nothing at all.", id="quiet")
        self.names = ("gold", "predictions", "articles", "annotators")
        jsonl.write(self["articles"], [self.article, other])
        gold = [
            self.spans(
                ("Union men", "PARTICIPANT"), ("Union men", "DETAINEE"), ("Union", "ORGANIZER"), ("rally", "PROTEST")
            ),
            Annotation(article="quiet", hash=other.hash, by="gold", kind="human", scheme=SCHEME.fingerprint, spans=()),
        ]
        found = ("Union men", "PARTICIPANT"), ("🎉  in Қарағанды", "PLACE"), ("rally", "PROTEST")
        quiet = Annotation(
            article="quiet", hash=other.hash, by=HOSTILE, kind="model", scheme=SCHEME.fingerprint, spans=()
        )
        jsonl.write(self["gold"], gold)
        jsonl.write(self["predictions"], [self.spans(*found, by=HOSTILE), quiet])
        jsonl.write(
            self["annotators"],
            [self.spans(("Union men", "DETAINEE"), by="<i>ana</i>"), self.spans(found[1], by="ben")],
        )
        card = score_files(
            self["gold"],
            self["predictions"],
            articles=self["articles"],
            annotators=self["annotators"],
            resamples=50,
        )
        cards.write(self.card, card, cards.derive(card))

    def __getitem__(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    @property
    def card(self) -> Path:
        return self.folder / "card.json"

    def spans(self, *found: tuple[str, str], by: str = "gold") -> Annotation:
        return Annotation(
            article=self.article.id,
            hash=self.article.hash,
            by=by,
            kind="human",
            scheme=SCHEME.fingerprint,
            spans=tuple(Span(TEXT.index(quote), TEXT.index(quote) + len(quote), role, quote) for quote, role in found),
        )

    def report(self) -> tuple[str, str]:
        report = open_report(self.card, **{name: self[name] for name in self.names})
        html, markdown = write_report(report, self.folder / "report")
        return html.read_bytes().decode(), markdown.read_text()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class Reader(HTMLParser):
    """Collect the tags of a page, and the text of each column without the labels in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.columns: dict[str, str] = {"gold": "", "predicted": ""}
        self.chips: dict[str, list[str]] = {"gold": [], "predicted": []}
        self._side, self._chip = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        names = (dict(attrs).get("class") or "").split()
        if tag == "div":
            self._side = next((side for side in self.columns if side in names and "text" in names), "")
        if tag == "b" and "chip" in names and self._side:
            self._chip = True
            self.chips[self._side].append("")

    def handle_endtag(self, tag: str) -> None:
        self._side = "" if tag == "div" else self._side
        self._chip = self._chip and tag != "b"

    def handle_data(self, data: str) -> None:
        if self._side and self._chip:
            self.chips[self._side][-1] += data
        elif self._side:
            self.columns[self._side] += data


def test_the_page_shows_the_whole_text_and_every_span(files: Files) -> None:
    page = Reader(files.report()[0])
    assert page.columns == {"gold": TEXT + "Nothing at all.", "predicted": TEXT + "Nothing at all."}
    assert page.chips["gold"] == [
        "✓PARTICIPANT correct: ",
        "−DETAINEE <i>ana</i> missed: ",
        "−ORGANIZER missed: ",
        "✓PROTEST correct: ",
    ]
    assert page.chips["predicted"] == ["✓PARTICIPANT correct: ", "✓PROTEST correct: ", "+PLACE ben spurious: "]


def test_nothing_from_outside_becomes_markup(files: Files) -> None:
    html, markdown = files.report()
    assert "<script" not in html
    assert "<img" not in html
    assert "<i>ana" not in html
    assert html.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") >= 5
    assert 'lang="kk&#34;&gt;&lt;b&gt;"' in html
    assert Reader(html).tags.isdisjoint({"script", "img", "iframe", "object", "form"})
    assert re.search(r"(src|href)=\"(?!#|data:,\")", html) is None
    assert not re.search(r"(?<!\\)<", markdown)
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


def test_the_page_in_a_browser(files: Files, chromium: "Browser") -> None:
    files.report()
    page = chromium.new_page(viewport={"width": 400, "height": 800})
    requests: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    address = (files.folder / "report" / "report.html").as_uri()
    page.goto(address)
    page.locator("#a1").scroll_into_view_if_needed()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # drawn when in view
    assert "Union men & <script>alert('x')</script> held" in page.locator(".text.predicted").first.inner_text()
    assert page.locator("mark.missed").first.is_visible()
    assert page.locator("mark.spurious").first.is_visible()
    assert page.locator("article .chip", has_text="PROTEST").first.is_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the articles"
    page.keyboard.press("Enter")
    assert page.url.endswith("#articles")
    page.close()
    assert width == 400
    assert [url for url in requests if not url.startswith(("data:", address))] == []
    assert problems == []


def test_a_direction_override_turns_nothing_of_ours(tmp_path: Path, chromium: "Browser") -> None:
    turned = "turned\u202e"
    article = Article.of("Men \u202eheld in Jarkul.", id=turned)

    def label(by: str, quotes: dict[str, str]) -> Annotation:
        at = {quote: article.text.index(quote) for quote in quotes}
        return Annotation(
            article=article.id,
            hash=article.hash,
            by=by,
            kind="human",
            scheme=SCHEME.fingerprint,
            spans=tuple(Span(at[quote], at[quote] + len(quote), role, quote) for quote, role in quotes.items()),
        )

    labels = tmp_path / "labels.jsonl"
    jsonl.write(tmp_path / "articles.jsonl", [article])
    jsonl.write(labels, [label(turned, {"held": "ARREST"}), label(f"{turned}2", {"held": "ARREST", "Men": "DETAINEE"})])
    sides = {"gold": labels, "predictions": labels, "articles": tmp_path / "articles.jsonl", "annotators": labels}
    card = score_files(
        labels,
        labels,
        articles=sides["articles"],
        annotators=labels,
        gold_by=turned,
        predictions_by=f"{turned}2",
        resamples=0,
    )
    cards.write(tmp_path / "card.json", card, cards.derive(card))
    html, _ = write_report(open_report(tmp_path / "card.json", **sides), tmp_path)
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(html.as_uri())
    # Where each piece of ours begins, in pixels, in the order in which it is to be read.
    lefts = """selectors => selectors.map(([selector, at]) => {
        const range = document.createRange(), node = document.querySelector(selector).childNodes[at]
        range.selectNodeContents(node)
        return range.getBoundingClientRect().left
    })"""
    headline = page.evaluate(lefts, [["h1", 0], ["h1", 2], ["h1", 4]])
    counts = page.evaluate(lefts, [["article .meta", 0], ["article .meta", 1], ["article .meta", 2]])
    correct = page.evaluate(lefts, [[".text.gold .chip", 0], [".text.gold .chip", 1]])
    spurious = page.evaluate(lefts, [[".chip.spurious em", 1], [".chip.spurious + mark", 0]])
    page.close()
    assert all(found == sorted(found) for found in (headline, counts, correct, spurious))


def test_links_lead_to_their_articles(tmp_path: Path, chromium: "Browser") -> None:
    articles = [Article.of("A line.\n" * 200, id=str(number)) for number in range(6)]
    labels = [
        Annotation(article=a.id, hash=a.hash, by="r", kind="human", scheme=SCHEME.fingerprint, spans=())
        for a in articles
    ]
    sides = {name: tmp_path / f"{name}.jsonl" for name in ("gold", "predictions", "articles")}
    jsonl.write(sides["articles"], articles)
    jsonl.write(sides["gold"], labels)
    jsonl.write(sides["predictions"], labels)
    card = score_files(sides["gold"], sides["predictions"], articles=sides["articles"], resamples=0)
    cards.write(tmp_path / "card.json", card, cards.derive(card))
    html, _ = write_report(open_report(tmp_path / "card.json", **sides), tmp_path)
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(html.as_uri())
    page.get_by_role("link", name="4", exact=True).click()
    page.wait_for_timeout(1500)  # time for what is in view to be drawn, and for any scrolling to end
    top = page.evaluate("document.getElementById('a5').getBoundingClientRect().top")
    page.close()
    assert abs(top) < 2

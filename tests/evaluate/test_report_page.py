"""The page in a browser: what is drawn, in which direction, in which colours, at which width."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article, Span
from rolecall.evaluate import card as cards
from rolecall.evaluate.files import score_files
from rolecall.evaluate.report import open_report, write_report
from tests.evaluate.material import SCHEME
from tests.evaluate.reported import Files, shown, write_corpus, write_sample

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sample"))


def test_hostile_files_are_shown_as_they_are(tmp_path: Path, chromium: "Browser") -> None:
    files = Files(tmp_path)
    files.report()
    with shown(chromium, files.folder / "report" / "report.html", width=390) as page:
        page.locator("#a1").scroll_into_view_if_needed()
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # drawn in view
        assert "Union men & <script>alert('x')</script> held" in page.locator(".text.predicted").first.inner_text()
        assert page.locator("mark.missed").first.is_visible()
        assert page.locator("mark.spurious").first.is_visible()
        assert page.locator("article .chip", has_text="PROTEST").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the articles"
        page.keyboard.press("Enter")
        assert page.url.endswith("#articles")


HOSTILE_WORDS = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }} {% raw %}",
    "</style><style>*{display:none}",
    "\u202etxt.exe\u2066",
    "\x00\x0b<!--",
)


TURNED = "Police held\u202e two men in Jarkul"
WHERE = """words => {
  const walk = document.createTreeWalker(document.querySelector("#articles"), NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walk.nextNode()) if (walk.currentNode.parentElement.closest(".text")) nodes.push(walk.currentNode);
  const node = nodes.find(node => node.data.includes(words)), range = document.createRange();
  const at = node.data.indexOf(words);
  range.setStart(node, at);
  range.setEnd(node, at + words.length);
  return range.getBoundingClientRect().left;
}"""
"""Where the first words of a text stand on the page."""


def test_a_mark_of_direction_is_seen_and_turns_nothing(tmp_path: Path, chromium: "Browser") -> None:
    held, men = ("held\u202e two", "ARREST"), ("men", "DETAINEE")
    html = write_corpus(tmp_path, {"Title": (TURNED, [held, men], [men])})
    with shown(chromium, html) as page:
        page.locator("#a1").scroll_into_view_if_needed()
        at = [page.evaluate(WHERE, words) for words in ("Police", "held", "two", "men", " in J", "Jarkul")]
        assert at == sorted(at)
        assert page.locator(".text .turning").first.evaluate("e => getComputedStyle(e, '::before').content") == '"RLO"'
        page.get_by_label("Words in title or text").fill("held\u202e two men")
        page.wait_for_url("**#text=*")
        assert page.locator("article:visible").count() == 1


def test_no_words_become_more_than_words(tmp_path: Path, chromium: "Browser") -> None:
    html = write_corpus(
        tmp_path,
        {
            f"{words} title": (f"{words} text", [(words, "PROTEST")], [(f"{words} text", "PROTEST")])
            for words in HOSTILE_WORDS
        },
    )
    with shown(chromium, html, "#text=%3Cscript%3Ealert(1)%3C/script%3E&role=%22%3E&kind=%3Cimg%3E") as page:
        assert page.locator("article:visible").count() == 1
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function("location.hash === ''")
        assert page.locator("article:visible").count() == len(HOSTILE_WORDS)
        assert page.evaluate(
            "[...document.querySelectorAll('[href]')].every(a => /^#|^data:,$/.test(a.getAttribute('href')))"
        )
        assert page.evaluate("document.querySelectorAll('script, style, img, article svg').length") == 2
        assert page.evaluate(
            "[...document.querySelectorAll('*')].every(e => e.getAttributeNames().every(n => !/^on|^style$/.test(n)))"
        )


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
    html, *_ = write_report(open_report(tmp_path / "card.json", **sides), tmp_path)
    with shown(chromium, html) as page:
        # Where each piece of ours begins, in pixels, in the order in which it is to be read.
        lefts = """selectors => selectors.map(([selector, at]) => {
            const range = document.createRange(), node = document.querySelector(selector).childNodes[at]
            range.selectNodeContents(node)
            return range.getBoundingClientRect().left
        })"""
        headline = page.evaluate(lefts, [["h1", 0], ["h1", 2], ["h1", 4]])
        counts = page.evaluate(lefts, [["article .meta", 0], ["article .meta", 1], ["article .meta", 2]])
        spurious = page.evaluate(lefts, [[".chip.spurious em", 1], [".chip.spurious + mark", 0]])
    assert all(found == sorted(found) for found in (headline, counts, spurious))


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
    html, *_ = write_report(open_report(tmp_path / "card.json", **sides), tmp_path)
    with shown(chromium, html) as page:
        page.get_by_role("link", name="4", exact=True).click()
        page.wait_for_timeout(1500)  # time for what is in view to be drawn, and for any scrolling to end
        top = page.evaluate("document.getElementById('a5').getBoundingClientRect().top")
    assert abs(top) < 2


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(sample: Path, chromium: "Browser", width: int) -> None:
    with shown(chromium, sample, width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_print_has_no_controls_and_clips_nothing(sample: Path, chromium: "Browser") -> None:
    with shown(chromium, sample) as page:
        clipped = (
            "[...document.querySelectorAll('.wide')].filter(box => box.scrollHeight > box.clientHeight + 1).length"
        )
        assert page.evaluate(clipped) > 0  # the list of articles scrolls on a screen
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(clipped) == 0
        assert not page.locator("form").is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


CONTRASTS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
    const pixel = (...colours) => {
        canvas.clearRect(0, 0, 1, 1)
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1) }
        return [...canvas.getImageData(0, 0, 1, 1).data]
    }
    const light = pixel => {
        const [r, g, b] = pixel.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const seen = new Map()
    for (const element of document.body.querySelectorAll("*")) {
        if (element.matches("script, option, optgroup, svg *:not(text)")) continue
        if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue
        const style = getComputedStyle(element), behind = []
        for (let at = element; at; at = at.parentElement) {
            behind.unshift(getComputedStyle(at).backgroundColor)
            if (pixel(behind[0])[3] === 255) break
        }
        const front = element.matches("svg text") ? style.fill : style.color
        const key = [front, ...behind].join()
        if (seen.has(key)) continue
        const [one, other] = [pixel(...behind), pixel(...behind, front)].map(light).sort((a, b) => b - a)
        seen.set(key, [(one + 0.05) / (other + 0.05), element.className || element.tagName])
    }
    return [...seen.values()]
}"""
"""The WCAG contrast of every text with what is behind it, once for each pair of colours."""


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read(sample: Path, chromium: "Browser", dark: bool) -> None:
    with shown(chromium, sample, dark=dark) as page:
        found = page.evaluate(CONTRASTS)
    assert len(found) > 30  # a chip of every role, three verdicts, the heat tables
    assert [(round(ratio, 2), what) for ratio, what in found if ratio < 4.5] == []

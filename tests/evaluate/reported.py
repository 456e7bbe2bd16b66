"""Reports for the tests: of hostile files, and of any labels; and what a browser makes of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article, Span
from rolecall.evaluate import card as cards
from rolecall.evaluate.files import score_files
from rolecall.evaluate.report import open_report, write_report
from tests.evaluate.material import SAMPLE, SCHEME

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
        return label(self.article, found, by=by)

    def report(self) -> tuple[str, str]:
        report = open_report(self.card, **{name: self[name] for name in self.names})
        html, markdown, *_ = write_report(report, self.folder / "report")
        return html.read_bytes().decode(), markdown.read_text()


def label(
    article: Article,
    quotes: "Quotes",
    *,
    by: str = "gold",
    score: float | None = None,
    links: tuple[tuple[int, int], ...] = (),
) -> Annotation:
    """Label the first place of each quote."""
    at = [(article.text.index(quote), quote, role) for quote, role in quotes]
    return Annotation(
        article=article.id,
        hash=article.hash,
        by=by,
        kind="human",
        scheme=SCHEME.fingerprint,
        spans=tuple(Span(start, start + len(quote), role, quote, score=score) for start, quote, role in at),
        links=links,
    )


Quotes = Sequence[tuple[str, str]]


def write_corpus(folder: Path, labelled: Mapping[str, tuple[str, Quotes, Quotes]]) -> Path:
    """Report on articles given as {title: (text, gold, predicted)}, with ids that are addresses; return the page."""
    articles = [
        Article.of(text, id=f"javascript:alert({at})", title=title)
        for at, (title, (text, _, _)) in enumerate(labelled.items())
    ]
    sides = list(zip(articles, labelled.values(), strict=True))
    files = {name: folder / f"{name}.jsonl" for name in ("gold", "predictions", "articles")}
    jsonl.write(files["articles"], articles)
    jsonl.write(files["gold"], [label(article, gold) for article, (_, gold, _) in sides])
    jsonl.write(files["predictions"], [label(a, found, by="model", score=0.5) for a, (_, _, found) in sides])
    card = score_files(files["gold"], files["predictions"], articles=files["articles"], resamples=0)
    cards.write(folder / "card.json", card, cards.derive(card))
    return write_report(open_report(folder / "card.json", **files), folder / "report")[0]


def write_sample(folder: Path, times: int = 1) -> Path:
    """Report on the sample, ana against gold with all details, over and over under other ids; return the page."""
    files = {name: folder / f"{name}.jsonl" for name in ("gold", "predictions", "articles", "annotators")}
    labels = [*jsonl.read(SAMPLE / "annotations.jsonl", Annotation)]
    articles = [*jsonl.read(SAMPLE / "articles.jsonl", Article)]
    jsonl.write(files["articles"], (_renamed(article, "id", at) for at in range(times) for article in articles))
    for name, by in (("gold", {"gold"}), ("predictions", {"ana"}), ("annotators", {"ana", "ben"})):
        own = [each for each in labels if each.by in by]
        jsonl.write(files[name], (_renamed(_scored(each), "article", at) for at in range(times) for each in own))
    card = score_files(
        files["gold"],
        files["predictions"],
        articles=files["articles"],
        annotators=files["annotators"],
        fields=("year", "length"),
        train=SAMPLE / "annotations.jsonl",
        tokens=True,
        resamples=20,
    )
    cards.write(folder / "card.json", card, cards.derive(card))
    return write_report(open_report(folder / "card.json", **files), folder / "report")[0]


RecordT = TypeVar("RecordT", Annotation, Article)


def _renamed(record: RecordT, field: str, at: int) -> RecordT:
    return replace(record, **{field: f"{getattr(record, field)}-{at}"}) if at else record


def _scored(annotation: Annotation) -> Annotation:
    return replace(annotation, spans=tuple(replace(span, score=0.25 + span.start % 3 / 4) for span in annotation.spans))


class Reader(HTMLParser):
    """Collect the tags and attributes of a page, and the text of each column without the labels in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.columns: dict[str, str] = {"gold": "", "predicted": ""}
        self.chips: dict[str, list[str]] = {"gold": [], "predicted": []}
        self._side, self._chip = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
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


@contextmanager
def shown(
    chromium: "Browser", path: Path, fragment: str = "", *, width: int = 1280, dark: bool = False, script: bool = True
) -> "Iterator[Page]":
    """Open a page; nothing may be asked of a network, complain, or pop up."""
    page = chromium.new_page(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
    )
    requests: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    address = path.as_uri()
    page.goto(address + fragment)
    yield page
    page.close()
    assert [url for url in requests if not url.startswith(("data:", address))] == []
    assert problems == []

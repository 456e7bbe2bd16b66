"""An annotator's desk: Label Studio's labelling page in a browser, worked by keys and mouse alone.

The mouse presses on the left edge of a phrase's first character and lets go on the right edge of its last, found by
asking the browser where it drew them.
"""

from pathlib import Path

import msgspec
from playwright.sync_api import Locator, Page, Response, expect

from rolecall.annotate.access import access
from rolecall.annotate.labelstudio import connect
from rolecall.annotate.studio import Account
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme

# For the code points from `start` to `end` of the text: scrolled into view, the left edge of the first, the right edge
# of the last, and the heights of both. A line end is a <br>, and CRLF two of them. A mark that combines has no width.
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
  const range = document.createRange();
  range.setStart(places[start][0], places[start][1]);
  range.setEnd(places[end - 1][0], places[end - 1][2]);
  const boxes = () => [...range.getClientRects()].filter((box) => box.width > 0);
  const top = boxes()[0].top;
  if (top < 60 || top > innerHeight - 150) {
    let pane = text;
    while (pane.scrollHeight <= pane.clientHeight || getComputedStyle(pane).overflowY === "visible")
      pane = pane.parentElement;
    pane.scrollTop += top - innerHeight / 2;
  }
  const first = boxes().at(0), last = boxes().at(-1);
  return {
    length: places.length,
    left: first.left, top: (first.top + first.bottom) / 2,
    right: last.right, bottom: (last.top + last.bottom) / 2,
  };
}"""


def log_in(page: Page, url: str, account: Account) -> None:
    page.goto(f"{url}/user/login/")
    page.locator("#email").fill(account.email)
    page.locator("#password").fill(account.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda address: "/user/login" not in address)


class Desk:
    """A labelling page that somebody sits before; `said` is the text of the article on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.said = ""
        self.text = page.locator(".lsf-htx-richtext")
        self.labels = page.locator(".lsf-label_selected")
        self.regions = page.locator(".lsf-outliner-item")
        self.relations = page.locator("svg.relations-overlay > g")
        self.instructions = page.locator(".lsf-modal-ls__content")

    def begin(self, project: int, article: Article) -> None:
        """Open the first task that is left, and close the instructions, which come up by themselves."""
        self.page.goto(f"{self.url}/projects/{project}/data")
        self.page.get_by_role("button", name="Label All Tasks").click()
        expect(self.instructions).to_be_visible()
        self.page.keyboard.press("Escape")
        expect(self.instructions).to_have_count(0)
        self.see(article)

    def open(self, project: int, task: int, article: Article) -> None:
        """Open a task from the list of all."""
        self.page.goto(f"{self.url}/projects/{project}/data?task={task}")
        self.see(article)

    def see(self, article: Article) -> None:
        """Wait for an article; the first words of those in a project differ."""
        self.said = article.text
        expect(self.text).to_contain_text(article.text.split()[0])
        self.page.wait_for_load_state("networkidle")  # until then the page is drawn anew, and a drag would be lost

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def edges(self, phrase: str) -> dict[str, float]:
        """Where a phrase is drawn that stands in the text once."""
        assert self.said.count(phrase) == 1
        start = self.said.index(phrase)
        edges: dict[str, float] = self.text.evaluate(EDGES, [start, start + len(phrase)])
        assert edges["length"] == len(self.said)
        return edges

    def label(self, key: str, phrase: str, role: str) -> None:
        """Press a role's key and drag over a phrase; once more where the page was drawn anew in between and lost it."""
        count = self.regions.count()
        self._drag(key, phrase, role)
        try:
            expect(self.regions).to_have_count(count + 1, timeout=10_000)
        except AssertionError:
            self._drag(key, phrase, role)
            expect(self.regions).to_have_count(count + 1)

    def _drag(self, key: str, phrase: str, role: str) -> None:
        if not self.labels.filter(has_text=role).count():
            self.press(key)
        expect(self.labels).to_contain_text(role)
        edges = self.edges(phrase)
        self.page.mouse.move(edges["left"] + 1, edges["top"])
        self.page.mouse.down()
        self.page.mouse.move(edges["right"] - 1, edges["bottom"], steps=5)
        self.page.mouse.up()

    def click(self, phrase: str) -> None:
        """Click on the beginning of a labelled phrase."""
        edges = self.edges(phrase)
        self.page.mouse.click(edges["left"] + 4, edges["top"])

    def select(self, phrase: str) -> None:
        self.click(phrase)
        expect(self.page.locator(".htx-highlight.__active").first).to_be_visible()

    def let_go(self) -> None:
        self.press("Escape")
        expect(self.page.locator(".htx-highlight.__active")).to_have_count(0)
        expect(self.labels).to_have_count(0)  # they are put out after the region is, and with them one chosen since

    def link(self, one: str, other: str) -> None:
        """Draw a relation from one phrase to another."""
        count = self.relations.count()
        self.select(one)
        self.press("Alt+r")
        self.click(other)
        expect(self.relations).to_have_count(count + 1)
        self.let_go()

    def choice(self, name: str) -> Locator:
        """The box of a choice beside the text."""
        return self.page.locator(".rolecall-roles label").filter(has_text=name).locator("input")

    def submit(self) -> None:
        with self.page.expect_response(_annotates) as saved:
            self.page.get_by_role("button", name="Submit current annotation").click()
        assert saved.value.status == 201

    def skip(self) -> None:
        with self.page.expect_response(_annotates) as saved:
            self.page.get_by_role("button", name="skip-task").click()
        assert saved.value.status == 201


def _annotates(answer: Response) -> bool:
    return answer.url.split("?")[0].endswith("/annotations") or "/annotations?" in answer.url


class Work:
    """A project on its way: articles pushed and annotations pulled by the commands."""

    def __init__(self, folder: Path, studio_dir: Path, title: str, scheme: str = "protest") -> None:
        self.folder, self.studio_dir, self.title, self.scheme = folder, studio_dir, title, scheme
        self.articles = folder / "articles.jsonl"
        self.where = ["--scheme", scheme, "--project", title, "--studio", str(studio_dir)]

    def push(self, *articles: Article, more: tuple[str, ...] = (), title: str = "") -> int:
        """Push, and return the number of the project of this title."""
        jsonl.write(self.articles, articles)
        assert run(["annotate", "push", str(self.articles), *self.where, *more]) == 0
        with connect(access(self.studio_dir)) as server:
            return server.get_project(title or self.title).id

    def tasks(self) -> dict[str, int]:
        """The server's numbers of the articles' tasks."""
        with connect(access(self.studio_dir)) as server:
            project = server.get_project(self.title)
            return {task["data"]["article"]: task["id"] for task in server.tasks(project.id)}

    def pull(self) -> dict[str, Annotation]:
        """Pull, and return what came by article, without its times."""
        out = self.folder / "annotations.jsonl"
        assert run(["annotate", "pull", str(self.articles), *self.where, "--out", str(out)]) == 0
        articles = {article.id: article for article in jsonl.read(self.articles, Article)}
        fingerprint = load_scheme(self.scheme).fingerprint
        found = jsonl.read_annotations(out, articles=articles, scheme=fingerprint)
        timeless = {"created": None, "updated": None, "seconds": None}
        return {each.article: msgspec.structs.replace(each, **timeless) for each in found}

"""An annotator at work: a real browser on a real server, and what comes home is what was done there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import expect

from rolecall.annotate.access import access
from rolecall.annotate.labelstudio import connect
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article, Span, normalise, quote
from rolecall.core.scheme import load_scheme
from tests.e2e.page import Desk, Work
from tests.e2e.stories import STORIES

PROTEST = load_scheme("protest").fingerprint
Seat = Callable[[str], Desk]


def annotation(article: Article, spans: list[Span], *, by: str = "ana", **fields: object) -> Annotation:
    """What should come home, without its times."""
    known = {"article": article.id, "hash": article.hash, "by": by, "kind": "human", "scheme": PROTEST}
    made = {**known, "spans": tuple(spans), "status": "submitted", **fields}
    return normalise(Annotation(**made))  # type: ignore[arg-type]


def at(article: Article, phrase: str, role: str, score: float | None = None) -> Span:
    start = article.text.index(phrase)
    return quote(article, start, start + len(phrase), role, score=score)


class Told(NamedTuple):
    """A project with a task for each story, and the numbers of both."""

    work: Work
    project: int
    tasks: dict[str, int]


@pytest.fixture(scope="module")
def told(studio_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    work = Work(tmp_path_factory.mktemp("stories"), studio_dir, "Stories")
    project = work.push(*(Article.of(story.text, id=name) for name, story in STORIES.items()))
    return Told(work, project, work.tasks())


@pytest.mark.parametrize("name", STORIES)
def test_what_an_annotator_does_comes_home(name: str, told: Told, seat: Seat) -> None:
    story = STORIES[name]
    article = Article.of(story.text, id=name)
    desk = seat("ana")
    desk.open(told.project, told.tasks[name], article)
    # Somebody who drags twice over the same words takes a while: a second drag that ends where the last one did within
    # 450 ms is a double click to Label Studio, and gets the first one's label.
    steps = [
        ("1", story.rally, "PROTEST"),
        ("q", story.people, "PARTICIPANT"),
        ("c", story.place, "PLACE"),
        ("s", story.people, "DETAINEE"),
        ("3", story.arrest, "ARREST"),
        ("a", story.police, "AUTHORITY"),
    ]
    for step in steps:
        desk.label(*step)
    desk.link(story.police, story.arrest)  # from argument to trigger
    desk.link(story.rally, story.place)  # from trigger to argument
    desk.link(story.arrest, story.rally)  # two triggers of one event
    desk.select(story.place)
    desk.press("5")
    expect(desk.choice("unsure")).to_be_checked()
    desk.let_go()
    desk.submit()

    spans = [at(article, phrase, role) for _, phrase, role in steps]
    place = spans[2]
    spans[2] = Span(place.start, place.end, place.role, place.text, unsure=True)
    expected = annotation(article, spans, links=((4, 5), (0, 2)), events=((0, 4),))
    assert told.work.pull()[name] == expected


def test_suggestions_are_accepted_and_corrected(work: Work, seat: Seat) -> None:
    accepted = Article.of("Alpha: miners rally in Aqtau.", id="accepted")
    corrected = Article.of("Beta: teachers silently march to the ministry in Ust. Police beat them.", id="corrected")
    bare = Article.of("Gamma: nothing was suggested here.", id="bare")
    one = [at(accepted, "miners", "PARTICIPANT", 0.9), at(accepted, "rally", "PROTEST", 0.8)]
    other = [
        at(corrected, "teachers", "PARTICIPANT", 0.9),
        at(corrected, "march", "PROTEST", 0.8),
        at(corrected, "Ust", "FACILITY", 0.7),
        at(corrected, "beat", "VIOLENCE", 0.6),
    ]
    model: dict[str, Any] = {"by": "model-7", "kind": "model", "status": None}
    links = ((1, 0),)
    predictions = work.folder / "predictions.jsonl"
    jsonl.write(predictions, [annotation(accepted, one, links=links, **model), annotation(corrected, other, **model)])
    suggested = ("--suggestions", str(predictions))
    # Suggestions that come later than their articles: Label Studio would not offer them by itself.
    work.push(accepted, corrected, bare)
    project = work.push(accepted, corrected, bare, more=suggested)

    desk = seat("ana")
    desk.begin(project, accepted)
    expect(desk.regions).to_have_count(2)
    desk.submit()

    desk.see(corrected)
    expect(desk.regions).to_have_count(4)
    desk.select("Ust")
    desk.press("Backspace")
    expect(desk.regions).to_have_count(3)
    desk.select("teachers")
    desk.press("w")
    expect(desk.regions.filter(has_text="teachers")).to_contain_text("ORGANIZER")
    desk.let_go()
    desk.label("a", "Police", "AUTHORITY")
    desk.select("march")
    desk.press("Backspace")
    expect(desk.regions).to_have_count(3)
    desk.label("1", "silently march", "PROTEST")
    desk.link("Police", "beat")
    desk.submit()

    desk.see(bare)
    expect(desk.regions).to_have_count(0)
    desk.submit()

    mended = [
        at(corrected, "teachers", "ORGANIZER", 0.9),  # the page keeps the score of what was relabelled
        at(corrected, "silently march", "PROTEST"),
        at(corrected, "Police", "AUTHORITY"),
        at(corrected, "beat", "VIOLENCE", 0.6),
    ]
    assert work.pull() == {
        "accepted": annotation(accepted, one, links=links, from_prediction="model-7"),
        "corrected": annotation(corrected, mended, links=((3, 2),), from_prediction="model-7"),
        "bare": annotation(bare, []),
    }


def test_who_labels_beside_others_sees_no_suggestions(work: Work, seat: Seat) -> None:
    article = Article.of("Delta: miners rally in Aqtau.", id="beside")
    predictions = work.folder / "predictions.jsonl"
    suggestion = annotation(article, [at(article, "rally", "PROTEST", 0.8)], by="model-7", kind="model", status=None)
    jsonl.write(predictions, [suggestion])
    more = ("--annotators", "ana,ben", "--suggestions", str(predictions))
    project = work.push(article, more=more, title=f"{work.title}, ben")
    with connect(access(work.studio_dir)) as server:
        assert server.predictions(project) == []
    desk = seat("ben")
    desk.begin(project, article)
    expect(desk.regions).to_have_count(0)


def test_the_guidelines_are_read_beside_the_text(work: Work, seat: Seat) -> None:
    article = Article.of("Epsilon: a rally.", id="guided")
    shipped = Path(__file__).parents[2] / "annotate" / "guidelines" / "protest.md"
    guidelines = work.folder / "guidelines.md"
    harm = "<script>window.harm = 1</script> <img src=x onerror='window.harm = 2'>"
    guidelines.write_text(f"{shipped.read_text(encoding='utf-8')}\n{harm}\n", encoding="utf-8")
    project = work.push(article, more=("--guidelines", str(guidelines)))
    desk = seat("ana")
    desk.begin(project, article)  # which waits for the instructions to come up by themselves
    desk.page.get_by_role("button", name="Instructions", exact=True).click()
    shown = desk.instructions
    expect(shown.get_by_role("heading", name="How the page works")).to_be_visible()
    expect(shown.get_by_role("row", name="DETAINEE s Who is detained")).to_have_count(1)
    expect(shown).to_contain_text(harm)
    expect(shown.locator("script, img")).to_have_count(0)
    assert desk.page.evaluate("window.harm") is None
    assert shown.locator("ul").first.evaluate("list => getComputedStyle(list).listStyleType") == "disc"


SCHEME = """\
name: asking
version: 1
layers:
  - name: event
    roles:
      - {name: PROTEST, definition: A protest., example: "A [rally].", colour: "#535931", hotkey: "1", trigger: true}
      - {name: ARREST, definition: An arrest., example: "He was [held].", colour: "#cc709e", hotkey: "4", trigger: true}
questions:
  - name: tone
    question: What is the tone?
    choices: [{value: angry, hotkey: j}, {value: calm}, {value: festive & loud}]
  - name: about
    question: What is it about?
    several: true
    choices: [{value: labour, hotkey: k}, {value: elections}, {value: language}, {value: prices}]
"""


def test_questions_are_answered_by_key_and_mouse(studio_dir: Path, tmp_path: Path, seat: Seat) -> None:
    path = tmp_path / "scheme.yaml"
    path.write_text(SCHEME, encoding="utf-8")
    work = Work(tmp_path, studio_dir, "Questions", str(path))
    article = Article.of("Zeta: a rally for bread.", id="asked")
    project = work.push(article)
    desk = seat("ana")
    desk.begin(project, article)
    # A choice without a key of its own gets one from Label Studio, and none that a role has or the mark "unsure", which
    # hides here.
    keys = [text.strip("[]") for text in desk.page.locator(".rolecall-roles sup").all_inner_texts()]
    assert keys == ["5", "j", "2", "3", "k", "6", "7", "8", "shift+9", "shift+0"]
    desk.press("j")
    expect(desk.choice("angry")).to_be_checked()
    desk.choice("festive & loud").click()
    expect(desk.choice("angry")).not_to_be_checked()
    desk.press("k", "7")
    expect(desk.choice("language")).to_be_checked()
    desk.choice("prices").click()
    desk.choice("labour").click()
    expect(desk.choice("labour")).not_to_be_checked()
    desk.label("1", "rally", "PROTEST")
    desk.submit()
    choices = {"tone": ("festive & loud",), "about": ("language", "prices")}
    scheme = load_scheme(path).fingerprint
    expected = annotation(article, [at(article, "rally", "PROTEST")], choices=choices, scheme=scheme)
    assert work.pull() == {"asked": expected}


def test_what_is_not_submitted_comes_as_draft_or_skipped(work: Work, seat: Seat) -> None:
    skipped = Article.of("Eta: not news at all.", id="skipped")
    empty = Article.of("Theta: the weather stays fair.", id="empty")
    later = Article.of("Iota: a rally, to be read again.", id="later")
    unsaved = Article.of("Kappa: a rally, then the phone rang.", id="unsaved")
    project = work.push(skipped, empty, later, unsaved)
    desk = seat("ana")
    desk.begin(project, skipped)
    desk.skip()
    desk.see(empty)
    desk.press("Shift+9")
    expect(desk.choice("no event")).to_be_checked()
    desk.submit()
    desk.see(later)
    desk.label("1", "rally", "PROTEST")
    desk.press("Shift+0")
    expect(desk.choice("come back")).to_be_checked()
    desk.submit()
    desk.see(unsaved)
    with desk.page.expect_response(lambda answer: "/drafts" in answer.url and answer.request.method == "POST") as saved:
        desk.label("1", "rally", "PROTEST")
    assert saved.value.status == 201
    desk.page.goto(f"{desk.url}/projects")

    assert work.pull() == {
        "skipped": annotation(skipped, [], status="skipped"),
        "empty": annotation(empty, [], choices={"article": ("no event",)}),
        "later": annotation(later, [at(later, "rally", "PROTEST")], status="draft"),
        "unsaved": annotation(unsaved, [at(unsaved, "rally", "PROTEST")], status="draft"),
    }

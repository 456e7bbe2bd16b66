"""An adjudicator at work: two people's readings side by side in a real browser, and every decision comes home."""

from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from playwright.sync_api import Locator, expect

from rolecall.annotate.access import access
from rolecall.annotate.adjudication.outcome import read_decisions
from rolecall.annotate.labelstudio import connect
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation
from tests.annotate.adjudication.material import AGREED, ANA, BEN, MARCH, RALLY, reading
from tests.e2e.page import Desk
from tests.e2e.test_browser import Seat


class Round(NamedTuple):
    """Files of one adjudication, and its options."""

    folder: Path
    options: list[str]

    def command(self, *words: str) -> int:
        return run(["annotate", "adjudicate", *words, str(self.folder / "annotations.jsonl"), *self.options])

    def home(self) -> int:
        outputs = ["--out", str(self.folder / "gold.jsonl"), "--decisions", str(self.folder / "decisions.jsonl")]
        return run(["annotate", "adjudicate", "pull", str(self.folder / "annotations.jsonl"), *self.options, *outputs])


@pytest.fixture
def sent(studio_dir: Path, tmp_path: Path) -> Round:
    """Two articles with two readings each, of which the one on which they differ is sent."""
    jsonl.write(tmp_path / "articles.jsonl", [MARCH, RALLY])
    jsonl.write(tmp_path / "annotations.jsonl", [ANA, BEN, *AGREED])
    options = ["--articles", str(tmp_path / "articles.jsonl"), "--scheme", "protest", "--studio", str(studio_dir)]
    made = Round(tmp_path, [*options, "--project", "Reports, adjudication"])
    assert made.command("push") == 0
    return made


def listed(desk: Desk, role: str, words: str) -> Locator:
    return desk.regions.filter(has_text=role).filter(has_text=words)


def delete(desk: Desk, role: str, words: str) -> None:
    """Delete a region by way of the list."""
    count = desk.regions.count()
    listed(desk, role, words).click()
    expect(desk.page.locator(".htx-highlight.__active").first).to_be_visible()
    desk.press("Backspace")
    expect(desk.regions).to_have_count(count - 1)


def delete_relation(desk: Desk, number: int) -> None:
    """Delete a relation by the bin in the tab Relations."""
    rows = desk.page.locator(".lsf-relations__item")
    count = rows.count()
    rows.nth(number).hover()
    rows.nth(number).locator(".lsf-relations__action button").last.click()
    expect(rows).to_have_count(count - 1)


def tab(desk: Desk, name: str) -> None:
    desk.page.locator(".lsf-panel-tabs__tab").get_by_text(name, exact=True).first.click()


def decide(desk: Desk) -> None:
    """Take ana's side or ben's, or neither, from the start that holds both."""
    listed(desk, "ORGANIZER", "Miners").click()
    expect(desk.page.get_by_text('only ben; ana: PARTICIPANT "Miners"')).to_be_visible()
    desk.let_go()
    delete(desk, "ORGANIZER", "Miners")  # ana's role
    delete(desk, "AUTHORITY", "in helmets")  # ana's bounds
    delete(desk, "TIME", "Monday")
    desk.label("b", "on Monday", "TIME")  # the adjudicator's own, and with it a link of ben's
    desk.let_go()
    desk.link("marched", "on Monday")
    tab(desk, "Relations")
    delete_relation(desk, 0)  # ana's link from the march to the office
    delete_relation(desk, 0)  # the rally is an event of its own, as ben has it
    tab(desk, "Regions")
    desk.submit()


DECIDED = reading(
    "gold",
    MARCH,
    "PARTICIPANT Miners | PROTEST walk out | PLACE Jarkul | PROTEST marched | FACILITY office | TIME on Monday"
    " | AUTHORITY Riot police | ARREST detained | PROTEST rally | FACILITY bridge",
    "walk out > Miners | walk out > Jarkul | marched > on Monday | detained > Riot police",
    "walk out + marched",
    kind="adjudicated",
)
# What became of the labels that not both have or that did not stay as they were: the fate, whose they were, and who had
# what they became.
FATES = {
    "span PARTICIPANT Miners": ("kept", "ana", None),
    "span ORGANIZER Miners": ("changed", "ben", "ana"),
    "span AUTHORITY Riot police": ("kept", "ana", None),
    "span AUTHORITY Riot police in helmets": ("changed", "ben", "ana"),
    "span FACILITY bridge": ("kept", "ben", None),
    "span TIME Monday": ("changed", "ana,ben", ""),
    "link PROTEST walk out, PARTICIPANT Miners": ("kept", "ana", None),
    "link PROTEST walk out, ORGANIZER Miners": ("changed", "ben", "ana"),
    "link PROTEST marched, FACILITY office": ("rejected", "ana", None),
    "link PROTEST marched, TIME Monday": ("changed", "ben", ""),
    "link ARREST detained, AUTHORITY Riot police": ("kept", "ana", None),
    "link ARREST detained, AUTHORITY Riot police in helmets": ("changed", "ben", "ana"),
    "event PROTEST walk out, PROTEST marched, PROTEST rally": ("changed", "ana", "ben"),
    "event PROTEST walk out, PROTEST marched": ("kept", "ben", None),
}


def test_what_an_adjudicator_decides_comes_home(sent: Round, studio_dir: Path, seat: Seat) -> None:
    with connect(access(studio_dir)) as server:
        project = server.get_project("Reports, adjudication").id
        (task,) = server.tasks(project)
    desk = seat("gold")
    desk.page.set_viewport_size({"width": 1400, "height": 1500})  # the list draws only the regions that have room
    desk.open(project, task["id"], MARCH)
    points = ["1 role", "2 bounds", "3 labelled or not", "4 link", "5 link", "6 one event or several"]
    expect(desk.page.locator(".rolecall-disputes tbody tr")).to_contain_text(points)
    for name in ("all readings", "ana", "ben"):
        expect(desk.page.get_by_text(name, exact=True).first).to_be_visible()
    expect(desk.regions).to_have_count(12)
    expect(desk.regions.filter(has_text="0.50")).to_have_count(5)
    decide(desk)

    assert sent.home() == 0
    gold = {each.article: each for each in jsonl.read(sent.folder / "gold.jsonl", Annotation)}
    assert msgspec.structs.replace(gold["march"], created=None, updated=None, seconds=None) == DECIDED
    assert gold["rally"] == msgspec.structs.replace(AGREED[0], by="gold", kind="adjudicated", status=None)
    found = [each for each in read_decisions(sent.folder / "decisions.jsonl") if each.article == "march"]
    told = {
        f"{each.unit} {', '.join(f'{span.role} {span.text}' for span in each.spans)}": (
            each.outcome,
            ",".join(each.versions),
            ",".join(each.became_from) if each.became else None,
        )
        for each in found
        if each.outcome != "kept" or len(each.versions) < 2
    }
    assert told == FATES
    assert {each.by for each in found} == {"gold"}

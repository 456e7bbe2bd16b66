"""A project of a real server from one scheme to another: in place, cut off and taken up again, nothing mapped twice."""

import json
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate.access import Access
from rolecall.annotate.labelling import labelling_config, moving
from rolecall.annotate.labelstudio import LabelStudio, connect
from rolecall.annotate.migrate import carry_out, prepare
from rolecall.annotate.migration import load_migration
from rolecall.annotate.passage import ledger_path, migrate_file
from rolecall.annotate.studio import Studio
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.errors import InputError, ServiceError
from rolecall.core.ledger import Entry, read_ledger
from rolecall.core.records import Annotation, Article, normalise
from rolecall.core.scheme import load_scheme
from tests.annotate.conftest import send
from tests.annotate.test_migration import NEW, OLD, TEXT, write
from tests.annotate.test_rewriting import answer, mark, region, related

ARTICLES = [Article.of(f"{TEXT} {name}.", id=name) for name in ("one", "two", "three")]
ANA = [
    region("c", "Clashes", "CLASH", "event"),
    region("r", "rally", "PROTEST", "event"),
    region("p", "police", "POLICE", "actor"),
    region("q", "police", "COURT", "actor"),
    region("w", "Monday", "WHEN", "setting"),
    region("a", "Aqtau", "PLACE", "setting"),
    mark("q"),
    related("c", "r"),
    related("q", "c"),
    related("r", "w"),
    answer("tone", "angry"),
    answer("topics", "work"),
    answer("article", "no event"),
]
RALLY = [region("r", "rally", "PROTEST", "event")]
KEPT = ("id", "completed_by", "created_at", "parent_prediction", "lead_time", "was_cancelled", "ground_truth")


class Desk:
    """A project under the old scheme, with work of two people in every state that there is."""

    def __init__(
        self, server: LabelStudio, people: dict[str, LabelStudio], studio: Path, title: str, folder: Path
    ) -> None:
        self.server, self.people, self.title, self.folder = server, people, title, folder
        self.way = ["--project", title, "--studio", str(studio)]
        self.migration = write(folder)
        self.backup = folder / "before.json"
        self.articles = folder / "articles.jsonl"
        jsonl.write(self.articles, ARTICLES)
        self.id = send(server, ARTICLES, OLD, title).project
        self._fill(*(task["id"] for task in server.tasks(self.id)))

    def _fill(self, one: int, two: int, three: int) -> None:
        ana, ben = self.people["ana"], self.people["ben"]
        suggestion = {"task": one, "result": ANA[:3], "model_version": "m1", "score": 0.5}
        parent = self.server.call("POST", "api/predictions", suggestion)["id"]
        ana.annotate(one, {"result": ANA, "parent_prediction": parent, "lead_time": 12.5})
        ben.annotate(one, {"result": [], "was_cancelled": True})
        ben.annotate(two, {"result": [ANA[0]], "ground_truth": True})
        ana.annotate(two, {"result": [ANA[2]]})
        ana.annotate(two, {"result": RALLY})  # her last word, which no migration changes
        self.ben_on_two = self.whole(two)["annotations"][0]["id"]
        ben.call("POST", f"api/tasks/{two}/annotations/{self.ben_on_two}/drafts", {"result": [ANA[0], ANA[2]]})
        ana.call("POST", f"api/tasks/{three}/drafts", {"result": [ANA[3]], "lead_time": 3})
        self.tasks = (one, two, three)

    def whole(self, task: int) -> Json:
        found: Json = next(each for each in self.server.tasks(self.id) if each["id"] == task)
        return found | {"drafts": self.server.call("GET", f"api/tasks/{task}/drafts")}

    def pull(self, scheme: str, out: Path) -> int:
        command = ["annotate", "pull", str(self.articles), "--scheme", str(self.folder / scheme), "--out", str(out)]
        return run([*command, *self.way])

    def migrate(self, *options: str) -> int:
        command = ["annotate", "migrate", "--migration", str(self.migration), "--backup", str(self.backup)]
        return run([*command, *self.way, *options])

    @property
    def page(self) -> str:
        return self.server.get_project(self.title).page


@pytest.fixture
def people(studio: Studio) -> Iterator[dict[str, LabelStudio]]:
    with ExitStack() as stack:
        ways = {name: Access(studio.url, studio.accounts[name].token) for name in ("ana", "ben")}
        yield {name: stack.enter_context(connect(way)) for name, way in ways.items()}


@pytest.fixture
def desk(server: LabelStudio, people: dict[str, LabelStudio], studio_dir: Path, title: str, tmp_path: Path) -> Desk:
    return Desk(server, people, studio_dir, title, tmp_path)


def said(path: Path) -> list[Annotation]:
    """What a file of annotations says, whenever it was saved."""
    return [msgspec.structs.replace(normalise(one), updated=None) for one in jsonl.read(path, Annotation)]


def cut_off(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Let the connection break when so many things have been written."""
    whole, left = LabelStudio.call, [after]

    def call(self: LabelStudio, method: str, path: str, body: Json | None = None, **options: Any) -> Any:
        if method != "GET":
            left[0] -= 1
            if left[0] < 0:
                raise ServiceError("gone")
        return whole(self, method, path, body, **options)

    monkeypatch.setattr(LabelStudio, "call", call)


def test_a_project_goes_over_whole_however_often_it_is_cut_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert desk.pull("old.yaml", tmp_path / "pulled-old.jsonl") == 1  # one of two by one person counts
    before = {task: desk.whole(task) for task in desk.tasks}
    migrate_file(tmp_path / "pulled-old.jsonl", load_migration(desk.migration), tmp_path / "carried.jsonl")
    codes: list[int] = []
    while len(codes) < 20:
        with monkeypatch.context() as patch:
            cut_off(patch, 3)
            codes.append(desk.migrate())
        if codes[-1] != 2:
            break
        if len(codes) in {1, 3}:
            assert moving(desk.page)
            capsys.readouterr()
            assert desk.pull("old.yaml", tmp_path / "never.jsonl") == 2
            assert "is being carried over from news:1:" in (said_so := capsys.readouterr().err)
            assert "rolecall annotate migrate --backup FILE" in said_so
            command = ["annotate", "push", str(desk.articles), "--scheme", str(desk.folder / "new.yaml"), *desk.way]
            assert run(command) == 2
    assert (codes[-1], len(codes) > 4) == (1, True)
    assert desk.page.strip() == labelling_config(NEW).strip()
    after = {task: desk.whole(task) for task in desk.tasks}
    for task, was in before.items():
        found = after[task]
        assert found["data"] == was["data"] | {"scheme": NEW.fingerprint}
        assert [{key: a[key] for key in KEPT} for a in found["annotations"]] == [
            {key: a[key] for key in KEPT} for a in was["annotations"]
        ]
        assert [{key: d[key] for key in ("id", "user", "annotation", "created_at")} for d in found["drafts"]] == [
            {key: d[key] for key in ("id", "user", "annotation", "created_at")} for d in was["drafts"]
        ]
        assert [p["id"] for p in found["predictions"]] == [p["id"] for p in was["predictions"]]
    assert after[desk.tasks[0]]["annotations"][0]["parent_prediction"] == before[desk.tasks[0]]["predictions"][0]["id"]
    assert after[desk.tasks[0]]["predictions"][0]["result"] == [
        region("c", "Clashes", "VIOLENCE", "event"), ANA[1], region("p", "police", "AUTHORITY", "people")
    ]  # fmt: skip
    assert [draft["result"] for draft in after[desk.tasks[1]]["drafts"]] == [
        [region("c", "Clashes", "VIOLENCE", "event"), region("p", "police", "AUTHORITY", "people")]
    ]
    assert [draft["result"] for draft in after[desk.tasks[2]]["drafts"]] == [
        [region("q", "police", "AUTHORITY", "people")]
    ]
    assert desk.pull("new.yaml", tmp_path / "pulled-new.jsonl") == 1
    assert said(tmp_path / "pulled-new.jsonl") == said(tmp_path / "carried.jsonl")


def test_the_backup_and_the_ledger(desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert desk.pull("old.yaml", tmp_path / "pulled-old.jsonl") == 1  # one of two by one person counts
    before = {task: desk.whole(task) for task in desk.tasks}
    capsys.readouterr()
    assert desk.migrate("--dry-run", "--json") == 1
    dry = json.loads(capsys.readouterr().out)
    assert dry["changing"] == {"annotations": 3, "drafts": 2, "predictions": 1}
    assert dry["written"] == 0
    assert not desk.backup.exists()
    assert {task: desk.whole(task) for task in desk.tasks} == before
    assert desk.migrate() == 1
    shown = capsys.readouterr()
    assert f"project {desk.id} {desk.title!r} is carried over: news:1:" in shown.out
    assert "3 annotations, 2 drafts, 1 predictions" in shown.out
    assert stat.S_IMODE(desk.backup.stat().st_mode) == 0o600
    dropped = [
        (entry.by, entry.unit, entry.item)
        for entry in read_ledger(ledger_path(desk.backup))
        if isinstance(entry, Entry) and entry.outcome == "dropped"
    ]
    assert dropped == [
        ("ana", "span", "58:64 WHEN 'Monday'"),
        ("ana", "link", "68:73 PROTEST 'rally' -> 58:64 WHEN 'Monday'"),
        ("ana", "choice", "tone: angry"),
    ]
    # What the backup holds is what was pulled before.
    command = ["annotate", "pull", str(desk.articles), "--scheme", str(tmp_path / "old.yaml")]
    names = ",".join(f"{number}={name}" for number, name in desk.server.people().items())
    files = ["--from-file", str(desk.backup), "--out", str(tmp_path / "from-backup.jsonl"), "--names", names]
    assert run([*command, *files]) == 1
    assert (tmp_path / "from-backup.jsonl").read_bytes() == (tmp_path / "pulled-old.jsonl").read_bytes()
    # Again: there is nothing left to do, and work under the new scheme is left alone.
    (one, *_) = desk.tasks
    newer = [region("a", "Aqtau", "PLACE", "setting")]  # sure now, as in the old scheme
    annotation = desk.whole(one)["annotations"][0]["id"]
    desk.people["ana"].call("PATCH", f"api/annotations/{annotation}", {"result": newer})
    capsys.readouterr()
    assert desk.migrate("--json") == 1
    assert json.loads(capsys.readouterr().out)["written"] == 0
    assert desk.whole(one)["annotations"][0]["result"] == newer
    # An editor that was open all the while saves old labels: run again, and they are carried over too.
    desk.people["ana"].call("PATCH", f"api/annotations/{annotation}", {"result": ANA[:3]})
    assert desk.migrate() == 1
    assert desk.whole(one)["annotations"][0]["result"] == [
        region("c", "Clashes", "VIOLENCE", "event"), ANA[1], region("p", "police", "AUTHORITY", "people")
    ]  # fmt: skip


def test_work_done_meanwhile(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    migration = load_migration(desk.migration)
    plan = prepare(desk.server, migration, desk.title, desk.backup)
    one, _, three = desk.tasks
    ana, ben = desk.people["ana"], desk.people["ben"]
    new, same = [region("p", "police", "AUTHORITY", "people")], [region("f", " followed", "PROTEST", "event")]
    ben.annotate(three, {"result": [ANA[2]]})  # in old labels: carried over
    ana.annotate(three, {"result": new})  # in new ones: left alone
    ben.annotate(three, {"result": same})  # in either: left alone, though it is read without the space
    assert [step.refused for step in carry_out(desk.server, plan)] == [[], [], []]
    assert [a["result"] for a in desk.whole(three)["annotations"]] == [new, new, same]
    for annotation, results, reason in (
        (ANA[:3], [*ANA[2:4], region("p2", "ten", "AUTHORITY", "people")], "holds labels of both schemes"),
        (RALLY, [ANA[5]], "means something in either scheme"),
        (RALLY, [ANA[4], ANA[2]], "holds what this migration drops"),
    ):
        ana.annotate(one, {"result": annotation})
        late = desk.whole(one)["annotations"][-1]["id"]
        ana.call("PATCH", f"api/annotations/{late}", {"result": results})
        capsys.readouterr()
        assert desk.migrate() == 2
        shown = capsys.readouterr()
        assert "is not finished" in shown.out
        assert f"one: annotation {late} by ana was changed meanwhile, and {reason}" in shown.err
        assert moving(desk.page)
        assert desk.whole(one)["annotations"][-1]["result"] == results
        ana.call("DELETE", f"api/annotations/{late}")
    assert desk.migrate() == 1
    assert desk.page.strip() == labelling_config(NEW).strip()


def test_only_what_it_began_with_finishes_it(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    migration = load_migration(desk.migration)
    with monkeypatch.context() as patch:
        cut_off(patch, 0)  # between the backup and the first word to the server
        with pytest.raises(ServiceError):
            prepare(desk.server, migration, desk.title, desk.backup)
    assert not moving(desk.page)
    began = desk.backup.stat().st_ino
    desk.people["ben"].annotate(desk.tasks[2], {"result": RALLY})
    with pytest.raises(InputError, match="exists already\n  remedy: choose another --backup: nothing has been changed"):
        prepare(desk.server, migration, desk.title, desk.backup)
    desk.people["ben"].call("DELETE", f"api/annotations/{desk.whole(desk.tasks[2])['annotations'][0]['id']}")
    prepare(desk.server, migration, desk.title, desk.backup)
    assert desk.backup.stat().st_ino == began
    other = write(tmp_path, desk.migration.read_text().partition("roles:\n")[2].replace("RUMOUR: null", "RUMOUR: DATE"))
    with pytest.raises(InputError, match="by another migration\n  remedy: finish it with the migration file and the"):
        prepare(desk.server, load_migration(other), desk.title, desk.backup)
    for content in (None, "[]", desk.backup.read_text() + " "):
        wrong = tmp_path / "wrong.json"
        if content is not None:
            wrong.write_text(content)
        with pytest.raises(InputError, match="is not the backup that this began with"):
            prepare(desk.server, migration, desk.title, wrong)


def test_projects_and_files_that_do_not_fit(
    desk: Desk, server: LabelStudio, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    send(server, ARTICLES, NEW, f"new {title}"[:50])
    desk.way[1] = f"new {title}"[:50]
    assert desk.migrate() == 2
    assert "is on news:2:" in capsys.readouterr().err
    send(server, ARTICLES, load_scheme("case"), f"case {title}"[:50])
    desk.way[1] = f"case {title}"[:50]
    assert desk.migrate() == 2
    assert "labelled with scheme 'case:1:" in capsys.readouterr().err
    desk.way[1] = title
    desk.backup.write_text("{}")
    assert desk.migrate() == 2
    assert "is no backup: " in capsys.readouterr().err
    desk.backup.write_text('[{"id": 1}]')
    assert desk.migrate() == 2
    assert "is no backup of a project" in capsys.readouterr().err
    desk.backup.unlink()
    ledger_path(desk.backup).write_text("precious\n")
    assert desk.migrate() == 2
    assert "before.ledger.jsonl: exists already" in capsys.readouterr().err
    assert not moving(desk.page)

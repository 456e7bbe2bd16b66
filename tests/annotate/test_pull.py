"""Annotations home from a real server and from an exported file: nothing lost, and what cannot be kept is told."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate.access import Access
from rolecall.annotate.labelstudio import LabelStudio, connect
from rolecall.annotate.pull import ledger_path
from rolecall.annotate.studio import Studio
from rolecall.annotate.tasks import task_of
from rolecall.core import jsonl
from rolecall.core.errors import ServiceError
from rolecall.core.ledger import Balance, Entry, read_ledger
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from tests.annotate.conftest import send
from tests.annotate.road import ARREST, ARTICLE, PEOPLE, SCHEME, Road, region

CORPORA = os.environ.get("ROLECALL_CORPORA")


@pytest.fixture
def road(studio_dir: Path, title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Road:
    return Road(studio_dir, title, tmp_path, capsys)


def export(sdk: Any, server: LabelStudio, title: str, path: Path) -> Path:
    path.write_text(json.dumps(sdk.projects.exports.as_json(server.get_project(title).id)), encoding="utf-8")
    return path


def test_there_and_back_for_three_accounts(
    road: Road, some_articles: Path, some_annotations: Path, server: LabelStudio, sdk: Any
) -> None:
    assert road("push", some_articles, "--scheme", "protest", *road.way)[0] == 0
    assert road("enter", some_annotations, *road.way)[0] == 0
    code, out, err = road.pull(some_articles)
    assert (code, out) == (0, f"15 annotations by ana 5, ben 5, gold 5: {road.out}\n")
    assert "pull: 15 annotations in = 15 kept + 0 changed + 0 dropped" in err
    assert "remark" not in err
    code, out, _ = road("verify", some_annotations, road.out)
    assert (code, out.splitlines()[-1]) == (0, "the same")
    entered = {(a.article, a.by): a for a in jsonl.read(some_annotations, Annotation)}
    pulled = {(a.article, a.by): a for a in road.pulled()}
    assert {key: (a.kind, a.seconds, a.status) for key, a in pulled.items()} == {
        key: (a.kind, a.seconds, "submitted") for key, a in entered.items()
    }
    assert any(a.links and a.events for a in pulled.values())
    assert any(span.unsure for a in pulled.values() for span in a.spans)
    assert all(a.created and a.updated and a.created[:4].isdecimal() for a in pulled.values())
    # From the file that Label Studio exports: the very same, once it is known who is who.
    over_api = road.out.read_bytes()
    path = export(sdk, server, road.title, road.folder / "export.json")
    code, out, err = road.pull(some_articles, "--from-file", path)
    assert (code, road.out.read_bytes() == over_api) == (0, True)
    assert road("verify", some_annotations, road.out)[0] == 0


def test_an_export_without_names_and_how_to_name_them(
    road: Road, some_articles: Path, some_annotations: Path, server: LabelStudio, sdk: Any
) -> None:
    road("push", some_articles, "--scheme", "protest", *road.way)
    road("enter", some_annotations, *road.way)
    road.pull(some_articles)
    over_api = road.out.read_bytes()
    path = export(sdk, server, road.title, road.folder / "export.json")
    command = ["pull", some_articles, "--scheme", "protest", "--from-file", path, "--out", road.folder / "named.jsonl"]
    numbers = {name: number for number, name in server.people().items()}
    code, out, err = road(*command)  # type: ignore[arg-type]
    assert code == 0
    assert f"user-{numbers['ana']} 5" in out
    assert f"--names {numbers['ana']}=NAME" in err
    names = ",".join(f"{numbers[name]}={name}" for name in ("ana", "ben", "gold"))
    code, out, err = road(*command, "--names", names)  # type: ignore[arg-type]
    assert (code, out) == (1, f"not written: {command[-1]}\n")
    assert "15 annotations in" in err
    assert f"are gone from the server:\n  s1-01 by user-{numbers['ana']}" in err
    assert road(*command, "--names", names, "--overwrite")[0] == 0  # type: ignore[arg-type]
    assert (road.folder / "named.jsonl").read_bytes() == over_api
    assert "--names 7: is no NUMBER=NAME" in road(*command, "--names", "7")[2]  # type: ignore[arg-type]


POISON = [
    ARREST,
    PEOPLE,
    region("p", 16, 22, "PARTICIPANT", "protest"),
    region("x1", 30, 99, "PROTEST", "event"),
    region("x2", 22, 16, "PROTEST", "event"),
    region("x3", 0, 6, "SHERIFF", "response"),
    {"type": "relation", "from_id": "p", "to_id": "d", "direction": "left"},
    {"type": "relation", "from_id": "d", "to_id": "nowhere", "direction": "right"},
    {"type": "relation", "from_id": "d", "to_id": "x1", "direction": "right"},
]


def test_poison_is_refused_by_name_and_the_good_rest_is_kept(road: Road, server: LabelStudio, sdk: Any) -> None:
    articles = road.articles(ARTICLE)
    project = send(server, [ARTICLE], SCHEME, road.title).project
    (task,) = server.tasks(project)
    sdk.annotations.create(id=task["id"], result=POISON, lead_time=3.5)
    code, out, err = road.pull(articles)
    assert (code, out) == (1, f"1 annotations by admin 1: {road.out}\n")
    (kept,) = road.pulled()
    assert [span.key for span in kept.spans] == [(7, 15, "ARREST"), (16, 22, "DETAINEE"), (16, 22, "PARTICIPANT")]
    assert [span.text for span in kept.spans] == ["detained", "people", "people"]
    assert (kept.links, kept.seconds) == (((0, 1),), 3.5)
    records = read_ledger(ledger_path(road.out))
    entries = [r for r in records if isinstance(r, Entry)]
    assert [(e.unit, e.reason) for e in entries] == [
        ("span", "out of range"),
        ("span", "reversed"),
        ("span", "no such role in the scheme"),
        ("link", "no such region"),
        ("link", "an end was refused"),
    ]
    assert {(e.stage, e.article, e.by, e.outcome) for e in entries} == {("pull", "a", "admin", "dropped")}
    books = {r.unit: (r.entered, r.kept, sum(r.dropped.values())) for r in records if isinstance(r, Balance)}
    assert books == {"annotation": (1, 1, 0), "span": (6, 3, 3), "link": (3, 1, 2)} | dict.fromkeys(
        ("event", "choice"), (0, 0, 0)
    )
    assert "several labels under one region id (1)" in err
    assert "pulled.ledger.jsonl" in err


def test_unsaved_work_goes_before_a_skip(road: Road, server: LabelStudio, sdk: Any) -> None:
    project = send(server, [ARTICLE], SCHEME, road.title).project
    (task,) = server.tasks(project)
    sdk.annotations.create(id=task["id"], result=[], was_cancelled=True)
    request = sdk._client_wrapper.httpx_client.request
    assert request(f"api/tasks/{task['id']}/drafts", method="POST", json={"result": [ARREST]}).status_code == 201
    code, _, err = road.pull(road.articles(ARTICLE))
    assert code == 1
    assert "another annotation by the same person counts 1" in err
    assert "1 are drafts: work that nobody has submitted" in err
    assert [(a.by, a.status, len(a.spans)) for a in road.pulled()] == [("admin", "draft", 1)]


def test_a_skip_and_work_that_was_never_saved(road: Road, server: LabelStudio, sdk: Any, studio: Studio) -> None:
    others = [Article.of(f"Text {name}.", id=name) for name in "bc"]
    project = send(server, [ARTICLE, *others], SCHEME, road.title).project
    ids = {task["data"]["article"]: task["id"] for task in server.tasks(project)}
    sdk.annotations.create(id=ids["b"], result=[], was_cancelled=True)
    with connect(Access(studio.url, studio.accounts["ana"].token)) as ana:  # somebody else's unsaved work
        ana.call("POST", f"api/tasks/{ids['a']}/drafts", {"result": [ARREST]})
        ana.call("POST", f"api/tasks/{ids['c']}/drafts", {"result": []})
    code, _, err = road.pull(road.articles(ARTICLE, *others))
    assert code == 0
    assert "1 are drafts: work that nobody has submitted" in err
    assert [(a.article, a.by, a.status) for a in road.pulled()] == [("a", "ana", "draft"), ("b", "admin", "skipped")]
    over_snapshot = road.out.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LabelStudio, "snapshot", no_snapshot)
        assert road.pull(road.articles(ARTICLE, *others))[0] == 0
    assert road.out.read_bytes() == over_snapshot


def no_snapshot(*_: object) -> None:
    raise ServiceError("this server makes no snapshots")


def test_where_an_annotation_started_from_is_kept(road: Road, server: LabelStudio, sdk: Any) -> None:
    project = send(server, [ARTICLE], SCHEME, road.title).project
    (task,) = server.tasks(project)
    prediction = sdk.predictions.create(task=task["id"], result=[ARREST], model_version="run-7", score=0.5)
    sdk.annotations.create(id=task["id"], result=[ARREST | {"score": 0.5}], parent_prediction=prediction.id)
    articles = road.articles(ARTICLE)
    assert road.pull(articles)[0] == 0
    assert [(a.from_prediction, a.spans[0].score) for a in road.pulled()] == [("run-7", 0.5)]
    road.pull(articles, "--from-file", export(sdk, server, road.title, road.folder / "export.json"))
    assert [a.from_prediction for a in road.pulled()] == [f"prediction-{prediction.id}"]


def test_a_suggestion_that_was_deleted_is_not_forgotten_altogether(road: Road, server: LabelStudio, sdk: Any) -> None:
    project = send(server, [ARTICLE], SCHEME, road.title).project
    (task,) = server.tasks(project)
    prediction = sdk.predictions.create(task=task["id"], result=[ARREST], model_version="run-7")
    result = [ARREST | {"origin": "prediction"}]
    sdk.annotations.create(id=task["id"], result=result, parent_prediction=prediction.id)
    sdk.predictions.delete(prediction.id)
    assert road.pull(road.articles(ARTICLE))[0] == 0
    assert [a.from_prediction for a in road.pulled()] == ["forgotten"]


def test_one_annotation_a_person_counts(road: Road, server: LabelStudio, sdk: Any) -> None:
    project = send(server, [ARTICLE], SCHEME, road.title).project
    (task,) = server.tasks(project)
    for result in ([ARREST], [ARREST, PEOPLE]):
        sdk.annotations.create(id=task["id"], result=result)
    sdk.annotations.create(id=task["id"], result=[], was_cancelled=True)
    code, _, err = road.pull(road.articles(ARTICLE))
    assert code == 1
    assert [len(a.spans) for a in road.pulled()] == [2]
    assert "another annotation by the same person counts 2" in err


def test_tasks_that_do_not_hold_our_texts_are_refused(
    road: Road, server: LabelStudio, sdk: Any, studio: Studio
) -> None:
    others = [Article.of(f"Text {name}.", id=name) for name in ("gone", "changed", "altered", "bare")]
    project = send(server, [ARTICLE, *others], SCHEME, road.title).project
    ids = {task["data"]["article"]: task["id"] for task in server.tasks(project)}
    for name in ("a", "gone", "changed", "altered"):
        sdk.annotations.create(id=ids[name], result=[])
    data = task_of(others[2], SCHEME.fingerprint)["data"]
    sdk.tasks.update(str(ids["altered"]), data=data | {"text": "Text altered!"})
    sdk.projects.import_tasks(id=project, request=[{"data": {"text": "By hand."}}])
    ours = road.articles(ARTICLE, Article.of("Text changed!", id="changed"), others[2], others[3])
    code, out, err = road.pull(ours, "--json")
    assert code == 1
    shown = json.loads(out)
    reasons = {refusal["task"]: refusal["reason"] for refusal in shown["refused"]}
    assert list(reasons.items())[:3] == [
        ("altered", "task's text was altered"),
        ("changed", "article has another text now than when it was pushed"),
        ("gone", "article is not among those given"),
    ]
    assert list(reasons.values())[3] == "task was not pushed by rolecall"
    assert shown["annotations"] == {"admin": 1}
    assert shown["absent"] == ["changed", "altered"]
    assert shown["books"][0]["dropped"] == dict.fromkeys(list(reasons.values())[:3], 1)
    link = f"{studio.url}/projects/{project}/data?task={ids['gone']}"
    assert f"  task refused: gone: article is not among those given {link}\n" in err
    entries = [entry for entry in read_ledger(ledger_path(road.out)) if isinstance(entry, Entry)]
    assert link in [entry.link for entry in entries]


def test_who_adjudicated_can_be_said(road: Road, server: LabelStudio, sdk: Any) -> None:
    project = send(server, [ARTICLE], SCHEME, road.title).project
    (task,) = server.tasks(project)
    sdk.annotations.create(id=task["id"], result=[], ground_truth=True)
    articles = road.articles(ARTICLE)
    kinds = []
    for options in ([], ["--adjudicated-by", "ana,ben"], ["--adjudicated-by", "ana, admin"]):
        assert road.pull(articles, *options)[0] == 0
        kinds += [annotation.kind for annotation in road.pulled()]
    assert kinds == ["adjudicated", "human", "adjudicated"]


def test_another_scheme_is_refused(road: Road, server: LabelStudio, sdk: Any) -> None:
    send(server, [ARTICLE], load_scheme("case"), road.title)
    articles = road.articles(ARTICLE)
    code, _, err = road.pull(articles)
    assert code == 2
    assert "labelled with scheme 'case:1:50765441f31a'" in err
    code, _, err = road.pull(articles, "--from-file", export(sdk, server, road.title, road.folder / "export.json"))
    assert code == 2
    assert "export.json: labelled with scheme 'case:1:50765441f31a'" in err
    assert not road.out.exists()
    road.way[1] = "Other"
    assert "no project is called 'Other'" in road.pull(articles)[2]


def test_a_plan_s_projects_come_home_as_one(road: Road, server: LabelStudio, sdk: Any, studio: Studio) -> None:
    others = [Article.of(f"Police detained {name}.", id=name) for name in "bc"]
    for name, articles in (("ana", [ARTICLE, others[0]]), ("ben", [others[1], ARTICLE])):
        project = send(server, articles, SCHEME, f"{road.title}, {name}").project
        with connect(Access(studio.url, studio.accounts[name].token)) as member:
            for task in server.tasks(project):
                member.annotate(task["id"], {"result": [ARREST]})
    path = road.articles(ARTICLE, *others)
    code, out, _ = road.pull(path, "--annotators", "ana,ben")
    assert (code, out) == (0, f"4 annotations by ana 2, ben 2: {road.out}\n")
    there = [(a.article, a.by) for a in road.pulled()]
    assert there == [("a", "ana"), ("a", "ben"), ("b", "ana"), ("c", "ben")]
    whole = road.out.read_bytes()
    assert road.pull(path, "--annotators", "ben,ana", "--incremental")[0] == 0
    assert road.out.read_bytes() == whole
    assert len(list(road.folder.glob("pulled.project-*.jsonl"))) == 2


@pytest.mark.skipif(not CORPORA, reason="ROLECALL_CORPORA names no folder of corpora")
def test_the_real_articles_there_and_back(road: Road) -> None:
    folder = Path(CORPORA or "") / "articles"
    articles = [Article.of(path.read_bytes().decode(), id=path.stem) for path in sorted(folder.glob("*.txt"))]
    assert len(articles) == 3
    path = road.articles(*articles)
    labels = road.folder / "labels.jsonl"
    people = {"a": "ana", "b": "ben", "gold": "gold"}
    records = [
        msgspec.structs.replace(record, scheme=SCHEME.fingerprint, by=people.get(record.by, record.by))
        for record in jsonl.read(folder / "annotations.jsonl", Annotation)
    ]
    jsonl.write(labels, records)
    assert road("push", path, "--scheme", "protest", *road.way)[0] == 0
    assert road("enter", labels, *road.way)[0] == 0
    assert road.pull(path)[0] == 0
    code, out, _ = road("verify", labels, road.out)
    assert (code, out.splitlines()[-1]) == (0, "the same")
    assert sum(len(annotation.spans) for annotation in road.pulled()) == sum(len(record.spans) for record in records)

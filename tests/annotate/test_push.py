"""Articles to a real server: once each, none overwritten."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate import push as worker
from rolecall.annotate.labelling import labelling_config
from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.tasks import key_of, task_of
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Article
from tests.annotate.conftest import SAMPLE, send
from tests.annotate.predictions import RALLY, SCHEME, STRIKE

SAID = "¡Ñandú 🎉! 👩‍🚒 Қазақ  “x”\r\n\ta\u0301\u200b\u00a0\u2028 <b>&amp; $text {{idx}} \\n s3://a/b"


def test_pushing_twice_imports_once(
    some_articles: Path, studio_dir: Path, title: str, capsys: Any, server: Any
) -> None:
    command = ["annotate", "push", str(some_articles), "--scheme", "protest", "--project", title]
    assert run([*command, "--studio", str(studio_dir)]) == 0
    assert "(made): 5 new, 0 unchanged, 0 refused" in capsys.readouterr().out
    assert run([*command, "--studio", str(studio_dir), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    project = server.get_project(title)
    (done,) = shown["projects"]
    counts = {"new": 0, "unchanged": 5, "versions": 0, "doubles": 0, "suggested": 0, "replaced": 0, "kept": 0}
    assert done == {"project": project.id, "title": title, "made": False, "refused": [], **counts}
    assert shown["dry_run"] is False
    texts = {task["data"]["article"]: task["data"]["text"] for task in server.tasks(project.id)}
    assert texts == {article.id: article.text for article in jsonl.read(some_articles, Article)}
    assert project.page.strip() == labelling_config(SCHEME).strip()


def test_what_is_missing_is_added_in_batches(server: LabelStudio, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BATCH_TASKS", 7)
    articles = list(jsonl.read(SAMPLE / "articles.jsonl", Article))
    assert send(server, articles[:20], SCHEME, title).new == 20
    done = send(server, articles, SCHEME, title)
    assert (done.made, done.new, done.unchanged, done.refused) == (False, 20, 20, ())
    held = [key_of(task) for task in server.tasks(done.project)]
    assert [key.article for key in held if key] == [article.id for article in articles]


def test_every_character_arrives(server: LabelStudio, title: str) -> None:
    article = Article.of(SAID, id="каша/1", title="T", url="https://x.invalid/?a=1&b=2")
    done = send(server, [article], SCHEME, title)
    (task,) = server.tasks(done.project)
    assert task["data"] == task_of(article, SCHEME.fingerprint)["data"]


def test_a_changed_article_is_refused_and_nothing_is_overwritten(
    server: LabelStudio, studio_dir: Path, title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Article.of("A rally in Aqtau.", id="a")
    send(server, [first], SCHEME, title)
    path = tmp_path / "articles.jsonl"
    jsonl.write(path, [Article.of("A rally in Aqtau!", id="a"), Article.of("A strike.", id="b")])
    command = ["annotate", "push", str(path), "--scheme", "protest", "--project", title, "--studio", str(studio_dir)]
    assert run(command) == 1
    shown = capsys.readouterr()
    assert "1 new, 0 unchanged, 1 refused" in shown.out
    assert f"a: the project has it with another text (hash {first.hash[:12]})" in shown.err
    texts = [task["data"]["text"] for task in server.tasks(server.get_project(title).id)]
    assert texts == ["A rally in Aqtau.", "A strike."]


def test_a_project_of_another_scheme_or_page_is_refused(
    sdk: Any, some_articles: Path, studio_dir: Path, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["annotate", "push", str(some_articles), "--project", title, "--studio", str(studio_dir), "--scheme"]
    assert run([*command, "case"]) == 0
    assert run([*command, "protest"]) == 2
    assert "labelled with scheme 'case:1:50765441f31a', but the scheme in hand is" in capsys.readouterr().err
    (project,) = [p for p in sdk.projects.list(title=title) if p.title == title]
    sdk.projects.update(project.id, label_config=project.label_config.replace('"fname"', '"facility"'))
    assert run([*command, "case"]) == 2
    assert "its labelling page was edited: layer role" in capsys.readouterr().err
    other = sdk.projects.create(title=f"x{title}"[:50], label_config="<View/>")
    command[command.index(title)] = str(other.id)
    assert run([*command, "case"]) == 2
    assert "its labelling page carries no scheme" in capsys.readouterr().err


def test_a_file_without_articles_makes_no_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text("")
    command = ["annotate", "push", str(path), "--scheme", "protest"]
    assert run([*command, "--to-file", str(tmp_path / "files")]) == 2
    assert f"{path}: holds no articles\n  remedy: " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]


def test_a_bad_record_stops_before_anything_is_sent(
    server: LabelStudio, studio_dir: Path, title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(msgspec.json.encode(Article.of("One.")) + b'\n{"id": 3}\n')
    command = ["annotate", "push", str(path), "--scheme", "protest", "--project", title, "--studio", str(studio_dir)]
    assert run(command) == 2
    assert f"{path}:2: not a record of kind article" in capsys.readouterr().err
    assert server.find_project(title) is None


def test_a_dry_run_changes_nothing(server: LabelStudio, title: str) -> None:
    done = send(server, [RALLY, STRIKE], SCHEME, title, dry_run=True)
    assert (done.project, done.made, done.new) == (0, True, 2)
    assert server.find_project(title) is None
    send(server, [RALLY], SCHEME, title)
    done = send(server, [RALLY, STRIKE], SCHEME, title, dry_run=True)
    assert (done.made, done.new, done.unchanged) == (False, 1, 1)
    assert len(list(server.tasks(done.project))) == 1


def test_a_changed_article_can_stand_beside_its_older_text(server: LabelStudio, title: str) -> None:
    send(server, [RALLY], SCHEME, title)
    changed = Article.of("A rally in Aqtau!", id="a")
    done = send(server, [changed], SCHEME, title, versions=True)
    assert (done.new, done.unchanged, done.versions, done.refused) == (0, 0, 1, ())
    assert [task["data"]["text"] for task in server.tasks(done.project)] == [RALLY.text, changed.text]
    done = send(server, [changed], SCHEME, title, versions=True)
    assert (done.unchanged, done.versions) == (1, 0)


def test_tasks_that_stand_twice_are_removed_unless_somebody_works_on_them(
    server: LabelStudio, sdk: Any, title: str
) -> None:
    project = send(server, [RALLY, STRIKE], SCHEME, title).project
    for article in (RALLY, RALLY, STRIKE):
        sdk.projects.import_tasks(id=project, request=[task_of(article, SCHEME.fingerprint)])
    ids = [task["id"] for task in server.tasks(project)]
    sdk.annotations.create(id=ids[2], result=[])  # the second of the three rallies
    for number in (ids[1], ids[4]):  # both strikes
        server.call("POST", f"api/tasks/{number}/drafts", {"result": [{"type": "relation"}]})
    assert send(server, [RALLY, STRIKE], SCHEME, title, dry_run=True).doubles == 2
    done = send(server, [RALLY, STRIKE], SCHEME, title)
    assert (done.doubles, done.unchanged) == (2, 2)
    assert [(r.article, r.reason[:24]) for r in done.refused] == [("b", "stands in several tasks,")]
    assert [task["id"] for task in server.tasks(project)] == [ids[1], ids[2], ids[4]]

"""Articles to a real server: once each, none overwritten."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate import push as worker
from rolecall.annotate.handover import write_files
from rolecall.annotate.labelling import labelling_config
from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.tasks import key_of, task_of
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Article
from rolecall.core.scheme import load_scheme
from tests.annotate.conftest import SAMPLE, send

SCHEME = load_scheme("protest")
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
    assert shown == {"project": project.id, "made": False, "new": 0, "unchanged": 5, "refused": []}
    texts = {task["data"]["article"]: task["data"]["text"] for task in server.tasks(project.id)}
    assert texts == {article.id: article.text for article in jsonl.read(some_articles, Article)}
    assert project.page.strip() == labelling_config(SCHEME).strip()


def test_what_is_missing_is_added_in_batches(server: LabelStudio, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BATCH_TASKS", 7)
    articles = list(jsonl.read(SAMPLE / "articles.jsonl", Article))
    assert send(server, articles[:20], SCHEME, title).new == 20
    done = send(server, [*articles, articles[0]], SCHEME, title)
    assert (done.made, done.new, done.unchanged, done.refused) == (False, 20, 21, [])
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--project", "ab", "--studio", "STUDIO"], "'ab' cannot be a project's title"),
        (["--studio", "STUDIO"], "which project?"),
        (["--project", "Reports"], "name one Label Studio"),
        (["--project", "Reports", "--studio", "nowhere"], "nowhere"),
        (["--project", "Reports", "--to-file", "here"], "--to-file needs no server"),
        (["--key-file", "key", "--to-file", "here"], "--to-file needs no server"),
        (["--project", "Reports", "--studio", "STUDIO", "--key-file", "key"], "--key-file goes with --url"),
    ],
)
def test_misuse_says_what_to_do(
    options: list[str], message: str, some_articles: Path, studio_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [str(studio_dir) if option == "STUDIO" else option for option in options]
    assert run(["annotate", "push", str(some_articles), "--scheme", "protest", *options]) == 2
    shown = capsys.readouterr().err
    assert message in shown
    assert "remedy: " in shown


def test_files_to_import_by_hand(
    sdk: Any, some_articles: Path, tmp_path: Path, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "by hand"
    assert run(["annotate", "push", str(some_articles), "--scheme", "protest", "--to-file", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("5 tasks: ")
    tasks = json.loads((folder / "tasks.json").read_bytes())
    page = (folder / "config.xml").read_text(encoding="utf-8")
    assert tasks == [task_of(article, SCHEME.fingerprint) for article in jsonl.read(some_articles, Article)]
    project = sdk.projects.create(title=title, label_config=page).id
    assert sdk.projects.import_tasks(id=project, request=tasks).task_count == 5
    assert write_files([], SCHEME, folder) == 0
    assert json.loads((folder / "tasks.json").read_bytes()) == []


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

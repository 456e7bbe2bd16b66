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
from rolecall.annotate.plan import Assignment
from rolecall.annotate.push import Pushed, Refusal
from rolecall.annotate.suggest import Suggestions
from rolecall.annotate.tasks import key_of, task_of
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, Span
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
    with pytest.raises(InputError, match="exists already"):
        write_files([], SCHEME, folder)
    assert json.loads((folder / "tasks.json").read_bytes()) == tasks
    assert write_files([], SCHEME, folder, overwrite=True) == 0
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


def predicted(article: Article, *spans: Span, by: str = "run-1", links: tuple[tuple[int, int], ...] = ()) -> Annotation:
    return Annotation(
        article=article.id,
        hash=article.hash,
        by=by,
        kind="model",
        scheme=SCHEME.fingerprint,
        spans=spans,
        links=links,
    )


RALLY, STRIKE = Article.of("A rally in Aqtau.", id="a"), Article.of("A strike in Oral.", id="b")
EVENT, PLACE = Span(2, 7, "PROTEST", "rally", 0.5), Span(11, 16, "PLACE", "Aqtau", 1.0)


class Desk:
    """Predictions in a file, pushed with two articles to one project of a real server."""

    def __init__(self, server: LabelStudio, title: str, folder: Path) -> None:
        self.server, self.title, self.path = server, title, folder / "predictions.jsonl"

    def suggest(self, *predictions: Annotation, **options: Any) -> Pushed:
        jsonl.write(self.path, predictions)
        suggestions = Suggestions(self.path, SCHEME, {"a": RALLY, "b": STRIKE})
        return send(self.server, [RALLY, STRIKE], SCHEME, self.title, suggestions=suggestions, **options)

    def there(self) -> dict[str, list[tuple[str, float | None, list[str]]]]:
        """The suggestions of each article: version, score, and the words of its spans."""
        return {
            task["data"]["article"]: [
                (one["model_version"], one["score"], [r["value"]["text"] for r in one["result"] if "value" in r])
                for one in task["predictions"]
            ]
            for task in self.server.tasks(self.server.get_project(self.title).id)
        }


@pytest.fixture
def desk(server: LabelStudio, title: str, tmp_path: Path) -> Desk:
    return Desk(server, title, tmp_path)


def test_suggestions_go_with_new_articles_once(desk: Desk) -> None:
    prediction = predicted(RALLY, EVENT, PLACE, links=((0, 1),))
    done = desk.suggest(prediction)
    assert (done.new, done.suggested, done.kept) == (2, 1, 0)
    assert desk.there() == {"a": [("run-1", 0.75, ["rally", "Aqtau"])], "b": []}
    done = desk.suggest(prediction)
    assert (done.new, done.suggested, done.replaced, done.kept) == (0, 0, 0, 1)
    assert desk.there()["a"] == [("run-1", 0.75, ["rally", "Aqtau"])]


def test_the_same_version_again_replaces_and_another_stands_beside(desk: Desk) -> None:
    desk.suggest(predicted(RALLY, EVENT, PLACE), predicted(STRIKE))
    done = desk.suggest(predicted(RALLY, EVENT), predicted(RALLY, PLACE, by="run-2"), predicted(STRIKE))
    assert (done.suggested, done.replaced, done.kept) == (2, 1, 1)
    assert sorted(desk.there()["a"]) == [("run-1", 0.5, ["rally"]), ("run-2", 1.0, ["Aqtau"])]
    assert desk.there()["b"] == [("run-1", None, [])]


def test_a_suggestion_that_somebody_started_from_stays(desk: Desk, sdk: Any) -> None:
    desk.suggest(predicted(RALLY, EVENT, PLACE))
    (task, _) = desk.server.tasks(desk.server.get_project(desk.title).id)
    sdk.annotations.create(id=task["id"], result=[], parent_prediction=task["predictions"][0]["id"])
    done = desk.suggest(predicted(RALLY, EVENT))
    assert done.refused == (Refusal("a", "is being labelled: its suggestion by run-1 stays as it is"),)
    assert desk.there()["a"] == [("run-1", 0.75, ["rally", "Aqtau"])]


def test_a_suggestion_that_stands_twice_is_there_once_again(desk: Desk, sdk: Any) -> None:
    desk.suggest(predicted(RALLY, EVENT))
    (task, _) = desk.server.tasks(desk.server.get_project(desk.title).id)
    twice = {key: task["predictions"][0][key] for key in ("result", "model_version", "score")}
    sdk.predictions.create(task=task["id"], **twice)
    done = desk.suggest(predicted(RALLY, EVENT), dry_run=True)
    assert (done.suggested, done.replaced, done.kept) == (0, 1, 1)
    assert len(desk.there()["a"]) == 2
    desk.suggest(predicted(RALLY, EVENT))
    assert desk.there()["a"] == [("run-1", 0.5, ["rally"])]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"spans": [{"start": 2, "end": 7, "role": "RIOT", "text": "rally"}]}, ":2: role 'RIOT' is not in the scheme"),
        ({"spans": [{"start": 3, "end": 8, "role": "PROTEST", "text": "rally"}]}, ":2: article 'a', 3:8"),
        (
            {"spans": [{"start": 7, "end": 2, "role": "PROTEST", "text": "rally"}]},
            ":2: not a record of kind",
        ),
        (
            {"spans": [{"start": 2, "end": 99, "role": "PROTEST", "text": "rally"}]},
            ":2: not a record of kind",
        ),
        ({"links": [[0, 4]]}, ":2: not a record of kind"),
        ({"kind": "human"}, "'run-2' of article 'a' is no model's"),
        ({"by": "run-1"}, "'run-1' suggests twice for article 'a'"),
        ({"hash": "0" * 64}, ":2: article 'a' has changed since it was labelled"),
        ({"scheme": "case:1:50765441f31a"}, ":2: labelled with scheme 'case:1:50765441f31a'"),
    ],
)
def test_bad_suggestions_are_refused_before_anything_is_sent(
    bad: dict[str, Any], message: str, desk: Desk, studio_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = desk.path.parent
    good = msgspec.to_builtins(predicted(RALLY, EVENT))
    lines = [json.dumps(one) for one in (good, good | {"by": "run-2"} | bad)]
    desk.path.write_text("\n".join(lines), encoding="utf-8")
    jsonl.write(folder / "articles.jsonl", [RALLY])
    command = ["annotate", "push", str(folder / "articles.jsonl"), "--scheme", "protest", "--project", desk.title]
    assert run([*command, "--studio", str(studio_dir), "--suggestions", str(desk.path)]) == 2
    assert message in capsys.readouterr().err
    assert desk.server.find_project(desk.title) is None


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


def test_each_annotator_gets_a_project_and_the_plan_decides_who_gets_suggestions(
    server: LabelStudio, studio_dir: Path, title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles = [Article.of(f"A rally in town {name}.", id=name) for name in "abcd"]
    shares = {"a": (("ana", "ben"), "test"), "b": (("ana", "ben"), None), "c": (("ana",), None), "d": (("ben",), None)}
    jsonl.write(tmp_path / "articles.jsonl", articles)
    jsonl.write(tmp_path / "predictions.jsonl", [predicted(article, EVENT) for article in articles])
    assignments = [
        Assignment(article=a.id, hash=a.hash, annotators=shares[a.id][0], split=shares[a.id][1])  # type: ignore[arg-type]
        for a in articles
    ]
    jsonl.write(tmp_path / "plan.jsonl", assignments)
    command = ["annotate", "push", f"{tmp_path}/articles.jsonl", "--scheme", "protest", "--project", title]
    command += ["--studio", str(studio_dir), "--plan", f"{tmp_path}/plan.jsonl"]
    assert run([*command, "--suggestions", f"{tmp_path}/predictions.jsonl"]) == 0
    shown = capsys.readouterr()
    assert f"{title}, ana' (made): 3 new, 0 unchanged, 0 refused, suggestions: 1 new" in shown.out
    assert "2 suggestions are withheld: their articles are for test, or several people label them" in shown.err
    numbers = {name: server.get_project(f"{title}, {name}").id for name in ("ana", "ben")}
    held = {
        name: {task["data"]["article"]: len(task["predictions"]) for task in server.tasks(number)}
        for name, number in numbers.items()
    }
    assert held == {"ana": {"a": 0, "b": 0, "c": 1}, "ben": {"a": 0, "b": 0, "d": 1}}
    assert run([*command, "--annotators", "ana,caro"]) == 2
    assert "plan.jsonl: has no work for caro\n  remedy: annotators: ana, ben" in capsys.readouterr().err
    jsonl.write(tmp_path / "plan.jsonl", assignments[:3])
    assert run(command) == 2
    assert "article 'd' is not in the plan" in capsys.readouterr().err


def test_without_a_plan_each_annotator_gets_everything_and_no_suggestions(
    some_articles: Path, server: LabelStudio, studio_dir: Path, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["annotate", "push", str(some_articles), "--scheme", "protest", "--project", title[:40]]
    assert run([*command, "--studio", str(studio_dir), "--annotators", "ana, ben", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)["projects"]
    assert [(one["title"], one["new"]) for one in done] == [(f"{title[:40]}, ana", 5), (f"{title[:40]}, ben", 5)]


def test_instructions_stand_in_the_project(
    server: LabelStudio, sdk: Any, studio_dir: Path, title: str, tmp_path: Path
) -> None:
    jsonl.write(tmp_path / "articles.jsonl", [RALLY])
    command = ["annotate", "push", str(tmp_path / "articles.jsonl"), "--scheme", "protest", "--project", title]
    command += ["--studio", str(studio_dir)]
    assert run(command) == 0
    number = server.get_project(title).id
    project = sdk.projects.get(number)
    assert project.show_instruction
    assert "<b>DETAINEE</b>" in project.expert_instruction
    sdk.projects.update(number, expert_instruction="By hand.")
    assert run(command) == 0
    assert sdk.projects.get(number).expert_instruction == "By hand."
    path = tmp_path / "guidelines.md"
    path.write_text("# Our *rules*\n<script>alert(1)</script>", encoding="utf-8")
    assert run([*command, "--guidelines", str(path)]) == 0
    said = sdk.projects.get(number).expert_instruction
    assert "<h1>Our <em>rules</em></h1>" in said
    assert "<script>" not in said

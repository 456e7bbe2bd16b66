"""What the command makes of its options: misuse, a project for each annotator, instructions."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.plan import Assignment
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Article
from tests.annotate.predictions import EVENT, RALLY, predicted


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


def test_of_several_model_versions_it_says_that_people_start_from_one(
    studio_dir: Path, title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    article = Article.of("A rally in town.", id="a")
    jsonl.write(tmp_path / "articles.jsonl", [article])
    older, newer = (msgspec.structs.replace(predicted(article, EVENT), by=version) for version in ("m1", "m2"))
    command = ["annotate", "push", f"{tmp_path}/articles.jsonl", "--scheme", "protest", "--project", title]
    command += ["--studio", str(studio_dir), "--suggestions", f"{tmp_path}/predictions.jsonl"]
    said = "annotators start from one of m1, m2: the project's settings say from which"
    for predictions, expected in (([older], False), ([older, newer], True)):
        jsonl.write(tmp_path / "predictions.jsonl", predictions)
        assert run(command) == 0
        assert (said in capsys.readouterr().err) is expected

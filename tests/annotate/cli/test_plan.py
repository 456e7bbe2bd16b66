import json
from pathlib import Path

import pytest

from rolecall.core.cli import run

SAMPLE = Path(__file__).parents[3] / "sample"
COMMAND = ["annotate", "plan", f"{SAMPLE}/articles.jsonl"]


def test_the_sample_is_planned_for_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.jsonl"
    assert run([*COMMAND, "--annotators", "ana, ben,caro", "--out", str(out)]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "annotator  articles   alone  shared    test  with suggestions  without"
    # 13 of 40 articles for two, so 4, 4 and 5 for the pairs; 27 for one; 53 readings, so 17, 18 and 18.
    rows = [line.split() for line in lines[1:4]]
    assert [row[0] for row in rows] == ["ana", "ben", "caro"]
    numbers = [[int(number) for number in row[1:]] for row in rows]
    assert sorted(row[0] for row in numbers) == [17, 18, 18]
    assert [sum(column) for column in zip(*numbers, strict=True)] == [53, 27, 26, 12, 27, 26]
    assert [line[:-1] for line in lines[4:7]] == ["ana and ben share ", "ana and caro share ", "ben and caro share "]
    assert lines[7:] == ["40 articles, 6 of them test, 13 labelled twice", f"{out}: 40 new"]
    assert said.err == ""
    assert len(out.read_text().splitlines()) == 40


def test_a_plan_that_exists_grows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    articles, out = tmp_path / "articles.jsonl", tmp_path / "plan.jsonl"
    lines = (SAMPLE / "articles.jsonl").read_text().splitlines(keepends=True)
    articles.write_text("".join(lines[:30]))
    command = ["annotate", "plan", str(articles), "--out", str(out), "--test", "0.2"]
    assert run([*command, "--annotators", "ana,ben"]) == 0
    before = out.read_text()
    articles.write_text("".join(lines))
    capsys.readouterr()
    assert run([*command, "--annotators", "ben,caro", "--seed", "7"]) == 0
    assert f"{out}: 30 assignments kept as they were, 10 new\n" in capsys.readouterr().out
    assert out.read_text().startswith(before)
    assert "ana" not in out.read_text().removeprefix(before)
    whole = out.read_text()
    assert run([*command, "--annotators", "ana,ben,caro,dora@example.org", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert out.read_text() == whole
    assert (said["kept"], said["new"], said["articles"], said["test"]) == (40, 0, 40, 8)
    assert said["annotators"]["dora@example.org"]["articles"] == 0
    assert {"annotators": ["ana", "dora@example.org"], "shared": 0} in said["pairs"]
    assert sum(pair["shared"] for pair in said["pairs"]) == said["shared"] == said["without_suggestions"]
    articles.write_text("".join(lines[1:]))
    assert run([*command, "--annotators", "ana,ben"]) == 2
    assert f"{out}: article 's1-01' is in the plan but not among the articles\n" in capsys.readouterr().err
    assert out.read_text() == whole


def test_one_annotator_is_told_what_cannot_be_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [*COMMAND, "--annotators", "ana", "--out", f"{tmp_path}/plan.jsonl"]
    assert run(command) == 2
    assert "ana alone cannot label an article twice\n  remedy: name more" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert run([*command, "--double", "0"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[1].split() == ["ana", "40", "40", "0", "6", "34", "6"]
    assert said.err == (
        "6 test articles are labelled once: no agreement can be measured there\n"
        "every article is labelled once: no agreement can be measured\n"
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--annotators", "ana,"], "annotators: '' is no name"),
        (["--annotators", "ana,ana"], "annotators: 'ana' stands twice"),
        (["--annotators", "ana,ben", "--double", "1.2"], "Invalid value for '--double'"),
        (["--annotators", "ana,ben", "--test", "nan"], "Invalid value for '--test'"),
        ([], "Missing option '--annotators'"),
    ],
)
def test_misuse_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str) -> None:
    assert run([*COMMAND, "--out", f"{tmp_path}/plan.jsonl", *options]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_plan_or_no_articles_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = (SAMPLE / "articles.jsonl").read_text()
    (tmp_path / "articles.jsonl").write_text(texts)
    command = ["annotate", "plan", f"{tmp_path}/articles.jsonl", "--annotators", "ana,ben", "--out"]
    assert run([*command, f"{tmp_path}/articles.jsonl"]) == 2
    assert "articles.jsonl:1: not a record of kind assignment: " in capsys.readouterr().err
    assert (tmp_path / "articles.jsonl").read_text() == texts
    (tmp_path / "articles.jsonl").write_text("")
    assert run([*command, f"{tmp_path}/plan.jsonl"]) == 2
    assert "articles.jsonl: holds no articles\n  remedy: bring some in" in capsys.readouterr().err

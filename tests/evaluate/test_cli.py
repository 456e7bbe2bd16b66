import json
import re
from pathlib import Path

import pytest

from rolecall.core import jsonl
from rolecall.core.cli import run
from tests.evaluate.material import SAMPLE, annotation

LABELS, ARTICLES = str(SAMPLE / "annotations.jsonl"), str(SAMPLE / "articles.jsonl")
BOTH = ["score", LABELS, LABELS, "--gold-by", "gold", "--predictions-by", "ana"]
SCORE = ["evaluate", *BOTH, "--articles", ARTICLES]


def words(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_score_report_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = str(tmp_path / "card.json")
    assert run([*SCORE, "--annotators", LABELS, "--out", card, "--resamples", "100"]) == 0
    lines = words(capsys.readouterr().out)
    assert any(re.fullmatch(r"micro 1,885 0\.949 0\.942 0\.946 0\.9\d\d–0\.9\d\d 0\.919", line) for line in lines)
    assert any(line.startswith("match:strict|scheme:protest:1:0f7324e6d787|gold:") for line in lines)
    assert lines[-1] == f"wrote {card}"

    out = tmp_path / "report"
    own = ["--gold", LABELS, "--predictions", LABELS, "--articles", ARTICLES, "--annotators", LABELS]
    assert run(["evaluate", "report", card, *own, "--out", str(out)]) == 0
    files = ("report.html", "report.md", "scores.csv", "errors.jsonl")
    assert capsys.readouterr().out.split() == [str(out / name) for name in files]
    assert (out / "report.html").read_text().count("<article ") == 40

    assert run(["evaluate", "gate", card]) == 0
    lines = words(capsys.readouterr().out)
    assert lines[:2] == ["pass articles 40 >= 5", "pass spans 1885 >= 100"]
    assert lines[2].startswith("pass micro.f1 0.945687 >= 0.2 (95% 0.9")
    assert lines[2].endswith("; 1,885 gold spans in 24 groups)")
    assert run(["evaluate", "gate", card, "--min", "roles.DEMAND.recall=0.9", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is False
    assert [check["key"] for check in found["checks"]] == ["roles.DEMAND.recall"]
    assert run(["evaluate", "gate", card, "--config", "default", "--min", "articles=41"]) == 1
    assert "FAIL articles 40 < 41" in words(capsys.readouterr().out)
    assert run(["evaluate", "gate", card, "--min", "micro.f1=2"]) == 2
    assert "minimum.micro.f1: must be a number from 0 to 1, not 2" in capsys.readouterr().err


def test_json_is_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = tmp_path / "card.json"
    assert run([*SCORE, "--resamples", "0", "--json", "--out", str(card)]) == 0
    assert capsys.readouterr().out == card.read_text()
    assert json.loads(card.read_text())["derived"]["scores"]["micro"]["correct"] == 1776


def test_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "agreement.json"
    assert run(["evaluate", "agree", LABELS, "--articles", ARTICLES, "--out", str(out), "--resamples", "100"]) == 0
    lines = words(capsys.readouterr().out)
    assert any(line.startswith("ben ana 40 1,685 1,798 / 1,871 0.937 0.901 0.919") for line in lines)
    assert any(line.startswith("ana gold 40 1,776 1,871 / 1,885 0.949 0.942 0.946") for line in lines)
    assert any("|labels:" in line for line in lines)
    pairs = json.loads(out.read_text())["derived"]["human"]["pairs"]
    assert [(pair["gold"], pair["predicted"]) for pair in pairs] == [("ana", "ben"), ("gold", "ana"), ("gold", "ben")]
    assert run(["evaluate", "agree", LABELS, "--gold-by", "ana", "--json", "--resamples", "0"]) == 0
    derived = json.loads(capsys.readouterr().out)["derived"]
    assert [pair["gold"] for pair in derived["human"]["pairs"]] == ["ben", "ana", "ana"]
    assert derived["warnings"] == [
        "no articles file: texts were not looked at, and each article is its own group",
        "links and events: made by gold only, so there are none to compare",
    ]


def test_agree_says_that_suggestions_leave_nothing_to_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.jsonl"
    names = [f"a{n}" for n in range(5)]
    readings = [annotation(name, by="ana") for name in names]
    jsonl.write(labels, [*readings, *(annotation(name, by="ben", suggestion="m1") for name in names)])
    assert run(["evaluate", "agree", str(labels), "--resamples", "0"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert (
        "note: no two people's labels of these articles to compare, leaving out those that started from a suggestion"
        in said
    )
    assert "note: agreement leaves out 5 annotations made from a model's suggestion: ben 5 (a0, a1, a2, ...)" in said
    assert all(line.startswith(("note: ", "match:strict|")) for line in said)
    assert run(["evaluate", "agree", str(labels), "--resamples", "0", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)["card"]
    assert card["agreement"]["suggested"] == {"ben": dict.fromkeys(names, "m1")}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["score", LABELS, LABELS], "remedy: name one with --gold-by"),
        (["score", LABELS, LABELS, "--gold-by", "gold"], "remedy: name one with --predictions-by"),
        ([*BOTH, "--gold-by", "cy"], "annotators in this file: ana, ben, gold"),
        (["score", LABELS, "nosuch.jsonl", "--gold-by", "gold"], "nosuch.jsonl: cannot be read"),
        (["score", LABELS, ARTICLES, "--gold-by", "gold"], "articles.jsonl:1: not a record of kind annotation"),
        ([*BOTH, "--scheme", "case"], "labelled with scheme"),
        (["agree", ARTICLES], "articles.jsonl:1: not a record of kind annotation"),
        (["gate", LABELS], "annotations.jsonl: holds no scorecard"),
        (["gate", "nosuch.json"], "nosuch.json: cannot be read"),
    ],
)
def test_misuse_says_where_and_what_to_do(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", *arguments]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("name", ["labels", "articles"])
@pytest.mark.parametrize("command", ["score", "agree"])
def test_no_input_is_written_over(
    command: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    texts = {"labels": Path(LABELS).read_bytes(), "articles": Path(ARTICLES).read_bytes()}
    for each, text in texts.items():
        Path(each).write_bytes(text)
    sides = ["labels", "labels", "--gold-by", "gold", "--predictions-by", "ana"] if command == "score" else ["labels"]
    out = str(tmp_path / name)  # the same file by another path
    assert run(["evaluate", command, *sides, "--articles", "articles", "--out", out]) == 2
    assert f"{name}: would be replaced by the numbers made from it" in capsys.readouterr().err
    assert {each: Path(each).read_bytes() for each in texts} == texts


@pytest.mark.parametrize("command", ["score", "agree", "report", "gate"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", command, "--help"]) == 0
    assert f"Example: rolecall evaluate {command}" in capsys.readouterr().out

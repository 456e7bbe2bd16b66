import json
from pathlib import Path

import pytest

from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme

SAMPLE = Path(__file__).parents[3] / "sample"
COMMAND = ["annotate", "dataset", f"{SAMPLE}/articles.jsonl", f"{SAMPLE}/annotations.jsonl"]


def test_the_sample_becomes_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--scheme", "protest", "--out", f"{tmp_path}/out"]) == 0
    said = capsys.readouterr()
    assert "overlap: 1,885 spans in = 1,885 kept + 0 changed + 0 dropped\n" in said.out
    assert said.out.startswith("train          28 articles")
    assert said.out.endswith(f"{tmp_path}/out: dataset for {load_scheme('protest').fingerprint}\n")
    assert "Building train" in said.err
    assert run([*COMMAND, "--scheme", "protest", "--out", f"{tmp_path}/out"]) == 2
    assert "out: exists already\n  remedy: choose another folder, or add --overwrite" in capsys.readouterr().err


def test_json_is_the_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--scheme", "protest", "--out", f"{tmp_path}/out", "--split", "0.5,0,0.5", "--seed", "7", "--json"]
    assert run([*COMMAND, *options]) == 0
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "out" / "manifest.json").read_text()
    assert {name: split["articles"] for name, split in json.loads(printed)["splits"].items()} == {
        "train": 20,
        "test": 20,
    }


def test_articles_left_out_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (SAMPLE / "annotations.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "labels.jsonl").write_text("".join(lines[3:]))
    command = ["annotate", "dataset", f"{SAMPLE}/articles.jsonl", f"{tmp_path}/labels.jsonl"]
    assert run([*command, "--scheme", "protest", "--out", f"{tmp_path}/out"]) == 0
    assert "left out, without labels: 1 articles: s1-01\n" in capsys.readouterr().out


def test_gold_that_started_from_a_suggestion_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ana = [line for line in (SAMPLE / "annotations.jsonl").read_text().splitlines() if '"by":"ana"' in line]
    ana[0] = ana[0].replace('"by":"ana"', '"by":"ana","from_prediction":"m1"')
    (tmp_path / "labels.jsonl").write_text("\n".join(ana) + "\n")
    command = ["annotate", "dataset", f"{SAMPLE}/articles.jsonl", f"{tmp_path}/labels.jsonl", "--split", "1,0,0"]
    assert run([*command, "--scheme", "protest", "--out", f"{tmp_path}/out"]) == 0
    said = capsys.readouterr().out
    assert "gold by one person, started from a model's suggestion, in train: 1 articles: s1-01\n" in said


def test_a_test_split_that_is_not_whole_yet_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (SAMPLE / "annotations.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "labels.jsonl").write_text("".join(lines[3:]))  # without s1-01
    plan = ["annotate", "plan", f"{SAMPLE}/articles.jsonl", "--annotators", "ana,ben", "--test", "1"]
    assert run([*plan, "--out", f"{tmp_path}/plan.jsonl"]) == 0
    command = ["annotate", "dataset", f"{SAMPLE}/articles.jsonl", f"{tmp_path}/labels.jsonl", "--scheme", "protest"]
    assert run([*command, "--plan", f"{tmp_path}/plan.jsonl", "--out", f"{tmp_path}/out"]) == 0
    said = capsys.readouterr().out
    assert "test           39 articles" in said
    assert "test articles of the plan still without labels: 1: s1-01\n" in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--split", "0.7,0.3"], "write three shares that add up to 1"),
        (["--split", "a,b,c"], "write three shares that add up to 1"),
        (["--split", "1.5,-0.25,-0.25"], "write three shares that add up to 1"),
        (["--split", "nan,0,0"], "write three shares that add up to 1"),
        (["--split", "1,0,0", "--split-field", "meta.split"], "choose one"),
        (["--plan", "plan.jsonl", "--split-field", "meta.split"], "choose one"),
        (["--plan", "plan.jsonl"], "plan.jsonl: cannot be read: No such file"),
        (["--split-field", "source"], "source is 'Meridian Wire', which is no split"),
        (
            ["--plan", "plan.jsonl", "--splits", "s.jsonl"],
            "choose one of --plan, --splits: each says which",
        ),
        (
            ["--split-ids", "i.tsv", "--split-field", "meta.split"],
            "choose one of --split-ids, --split-field: each says",
        ),
        (["--split-by", "date", "--plan", "plan.jsonl"], "--plan says which articles are where, and --split-by"),
        (["--split-by", "date", "--splits", "s.jsonl"], "--splits says which articles are where, and --split-by"),
        (["--split-ids", "i.tsv", "--split", "1,0,0"], "--split draws splits and --split-ids takes them"),
        (["--split-by", "date", "--seed", "1"], "--seed: nothing is drawn with --split-by date: leave it out"),
        (["--split-field", "meta.split", "--seed", "0"], "--seed: nothing is drawn with --split-field"),
        (["--split-by", "topic"], "Invalid value for '--split-by'"),
        (["--split-ids", "i.tsv"], "i.tsv: cannot be read: No such file"),
        (["--splits", "s.jsonl"], "s.jsonl: cannot be read: No such file"),
        (["--folds", "1"], "Invalid value for '--folds'"),
        (["--folds", "30"], "train has 19 groups, too few for 30 folds"),
        (["--by", "ana", "--rule", "majority"], "--by takes some people's labels and --rule decides"),
        (["--by", " ,"], "--by names nobody: write a name"),
        (["--rule", "dice"], "'dice' is no rule\n  remedy: write majority, or precedence:ana,ben"),
        (["--max-loss", "0.5"], "write a number of spans, such as 0, or a share, such as 0.5%"),
        (["--max-loss", "-1"], "write a number of spans, such as 0, or a share"),
        (["--max-loss", "101%"], "write a number of spans, such as 0, or a share"),
        (["--license", "CC BY"], "write it as the Hub does, such as cc-by-4.0"),
        (["--by", "eva"], "no finished annotation by 'eva'"),
        (["--scheme", "case"], "labelled with scheme 'protest:1:"),
    ],
)
def test_misuse_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str) -> None:
    assert run([*COMMAND, "--scheme", "protest", "--out", f"{tmp_path}/out", *options]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_loss_beyond_the_limit_is_a_finding_that_names_every_span(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    #                    0     6    11  15
    article = Article.of("Rally held, anti-tax \u200b", id="a\x1b")
    spans = [(0, 5), (0, 10), (12, 20), (12, 18), (21, 22), (0, 10)]
    roles = ["PROTEST", "PROTEST", "PLACE", "TARGET", "TIME", "PROTEST"]
    labels = Annotation(
        article=article.id, hash=article.hash, by="ana", kind="human", scheme=load_scheme("protest").fingerprint,
        spans=tuple(quote(article, *bounds, role) for bounds, role in zip(spans, roles, strict=True)),
    )  # fmt: skip
    jsonl.write(tmp_path / "a.jsonl", [article])
    jsonl.write(tmp_path / "l.jsonl", [labels])
    command = ["annotate", "dataset", f"{tmp_path}/a.jsonl", f"{tmp_path}/l.jsonl", "--scheme", "protest"]
    command += ["--split", "1,0,0", "--out", f"{tmp_path}/out", "--overwrite"]
    assert run([*command, "--max-loss", "0"]) == 1
    said = capsys.readouterr()
    assert [line for line in said.err.splitlines() if "━" not in line] == [
        "3 of 6 spans are lost, more than --max-loss 0:",
        "  a\\x1b by ana: 0:5 PROTEST 'Rally': overlaps another span of its layer 0:10 PROTEST 'Rally held'",
        "  a\\x1b by ana: 12:18 TARGET 'anti-t': widened to whole tokens 12:20 TARGET 'anti-tax'",
        "  a\\x1b by ana: 21:22 TIME '\\u200b': holds no token",
    ]
    assert f"{tmp_path}/out: dataset for " in said.out
    assert (tmp_path / "out" / "ledger.jsonl").exists()  # it is written all the same
    assert run([*command, "--max-loss", "3"]) == 0
    assert run([*command, "--max-loss", "49.9%"]) == 1
    assert run([*command, "--max-loss", "50%"]) == 0
    assert run([*command, "--max-loss", "2", "--json"]) == 1
    assert capsys.readouterr().out.endswith((tmp_path / "out" / "manifest.json").read_text())

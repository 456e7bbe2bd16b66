import json
from pathlib import Path

import pytest

from rolecall.core.cli import run
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
        (["--by", "eva"], "no finished annotation by 'eva'"),
        (["--scheme", "case"], "labelled with scheme 'protest:1:"),
    ],
)
def test_misuse_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str) -> None:
    assert run([*COMMAND, "--scheme", "protest", "--out", f"{tmp_path}/out", *options]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []

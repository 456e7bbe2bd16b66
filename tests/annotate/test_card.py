from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from huggingface_hub import DatasetCard

from rolecall.annotate.card import write_card
from rolecall.annotate.manifest import Input, Manifest, Options, SplitCounts
from rolecall.core.ledger import Balance
from rolecall.core.scheme import Choice, Question, load_scheme

PROTEST = load_scheme("protest")


def manifest(articles: int = 1500, plan: str | None = None, **options: object) -> Manifest:
    train = SplitCounts(
        articles=articles,
        stories=700,
        tokens=90_000,
        spans=12_345,
        gold_spans=12_350,
        roles={"PROTEST": 4321},
        annotators={"ana": 3, "ben": 2},
    )
    inputs = {"articles": Input("a.jsonl", "0"), "annotations": Input("l.jsonl", "1")}
    return Manifest(
        scheme=PROTEST.fingerprint,
        rolecall="1.2.3",
        datasets="5.2.0",
        options=Options(**options),  # type: ignore[arg-type]  # options of one case
        inputs=inputs | ({} if plan is None else {"plan": Input(plan, "2")}),
        splits={"train": train, "test": SplitCounts(articles=2)},
        unlabelled=["a7"],
        ledger=[Balance(stage="overlap", unit="span", entered=12_350, kept=12_345, dropped={"overlaps": 5})],
    )


TABLES = {"train": ["parquet/train-00000-of-00001.parquet"], "test": ["test/a.arrow", "test/b.arrow"]}


def card(path: Path, of: Manifest, *languages: str) -> str:
    of.facts.languages = dict.fromkeys(languages, 1)
    write_card(path, of, PROTEST, TABLES)
    return path.read_text()


def test_the_hub_understands_it(tmp_path: Path) -> None:
    text = card(tmp_path / "README.md", manifest(), "kk", "en", "", "English")
    data: dict[str, Any] = vars(DatasetCard(text).data)
    assert data["language"] == ["en", "kk"]
    assert data["task_categories"] == ["token-classification"]
    assert data["size_categories"] == ["1K<n<10K"]
    assert data["configs"][0]["data_files"] == [
        {"split": "train", "path": "parquet/train-00000-of-00001.parquet"},
        {"split": "test", "path": ["test/a.arrow", "test/b.arrow"]},
    ]


@pytest.mark.parametrize(("articles", "size"), [(997, "n<1K"), (998, "1K<n<10K"), (2_000_000, "n>1M")])
def test_sizes(tmp_path: Path, articles: int, size: str) -> None:
    head = card(tmp_path / "README.md", manifest(articles)).split("---\n")[1]
    assert yaml.safe_load(head)["size_categories"] == [size]
    assert "language" not in yaml.safe_load(head)


def test_it_tells_people_what_they_have(tmp_path: Path) -> None:
    lines = card(tmp_path / "README.md", manifest()).splitlines()
    assert "| train | 1,500 | 700 | 90,000 | 12,345 | 0 | 0 | 12,350 | ana 3, ben 2 |" in lines
    assert "| test | 2 | 0 | 0 | 0 | 0 | 0 | 0 | - |" in lines
    assert any(line.startswith("| event | PROTEST | 4,321 | 0 | The single most telling word") for line in lines)
    assert any(line.startswith("| tags_setting | BIO tag of each token: PLACE, FACILITY, TIME |") for line in lines)
    assert "- overlap: 12,350 spans in = 12,345 kept + 0 changed + 5 dropped (overlaps 5)" in lines
    assert "  5 overlapping spans stand in gold.jsonl alone. Marks of doubt (`unsure`) stand there too." in lines
    assert "1 articles without labels were left out; manifest.json names them." in lines
    assert any("In test fewer than two people labelled the articles" in line for line in lines)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "--scheme scheme.yaml --split 0.7,0.15,0.15 --seed 0 --out DIR"),
        ({"by": "a b", "seed": 4}, "--scheme scheme.yaml --by 'a b' --split 0.7,0.15,0.15 --seed 4 --out DIR"),
        (
            {"plan": "the plan.jsonl"},
            "--scheme scheme.yaml --plan 'the plan.jsonl' --split 0.7,0.15,0.15 --seed 0 --out DIR",
        ),
        ({"split_field": "meta.split"}, "--scheme scheme.yaml --split-field meta.split --out DIR"),
        (
            {"rule": "majority", "split_by": "source", "folds": 3, "parquet": True, "licence": "mit"},
            "--scheme scheme.yaml --rule majority --split-by source --split 0.7,0.15,0.15 --folds 3 --seed 0 --parquet "
            "--license mit --out DIR",
        ),
        ({"split_by": "date", "seed": 3}, "--scheme scheme.yaml --split-by date --split 0.7,0.15,0.15 --out DIR"),
        (
            {"split_by": "date", "folds": 2, "seed": 3, "allow_doubles": True},
            "--scheme scheme.yaml --split-by date --split 0.7,0.15,0.15 --folds 2 --seed 3 --allow-doubles --out DIR",
        ),
    ],
)
def test_it_says_how_it_was_made(tmp_path: Path, options: dict[str, object], words: str) -> None:
    text = card(tmp_path / "README.md", manifest(**options))  # type: ignore[arg-type]  # options of one case
    assert f"    rolecall annotate dataset a.jsonl l.jsonl {words}\n" in text
    sentence = "The test split is the team plan's: labelled without suggestions."
    assert (sentence in text.splitlines()) is ("plan" in options)


@pytest.mark.parametrize(
    ("what", "words", "sentence"),
    [
        ("ids", "--split-ids f.tsv --out DIR", "f.tsv says which split each article is in."),
        (
            "splits",
            "--splits f.tsv --split 0.7,0.15,0.15 --seed 0 --out DIR",
            "Articles stay where f.tsv has them, others go where their story is; new stories",
        ),
    ],
)
def test_it_says_what_settled_the_splits(tmp_path: Path, what: str, words: str, sentence: str) -> None:
    of = manifest()
    of.inputs[what] = Input("f.tsv", "3")
    text = card(tmp_path / "README.md", msgspec.structs.replace(of, absent=["a9"]))
    assert f"--scheme scheme.yaml {words}\n" in text
    assert sentence in text.splitlines()
    assert "1 articles of that file are not labelled ones here; manifest.json names them." in text


def test_suggestions_are_told_where_there_are_any(tmp_path: Path) -> None:
    of = manifest()
    assert "suggestion" not in card(tmp_path / "README.md", of)
    of.splits["train"].suggested = ["a1", "a2"]
    of.splits["train"].aided = {"ben": 1, "ana": 2}
    of.splits["test"].aided = {"ana": 1}
    lines = card(tmp_path / "README.md", of).splitlines()
    assert "- Articles whose gold is one person's alone and started from a model's suggestion: train 2." in lines
    assert (
        "- Readings in annotators.jsonl that started from a suggestion: train ana 2, train ben 1, test ana 1." in lines
    )


def test_questions_have_a_column_and_counts(tmp_path: Path) -> None:
    kinds = Question(
        name="kind", question="What is it?\nSay | guess", choices=(Choice(value="news"), Choice(value="a view"))
    )
    of = manifest()
    of.splits["train"].answers = {"kind": {"news": 1234, "a view": 0}}
    write_card(tmp_path / "README.md", of, PROTEST.model_copy(update={"questions": (kinds,)}), TABLES)
    lines = (tmp_path / "README.md").read_text().splitlines()
    assert "| choices_kind | answers to “What is it? Say &#124; guess”, one or none |" in lines
    assert "| choices_kind | news | 1,234 | 0 |" in lines
    assert "| choices_kind | a view | 0 | 0 |" in lines

"""The whole road through the commands: articles, Label Studio, dataset, model, score, report."""

import json
import os
import shutil
from pathlib import Path

import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme

SAMPLE = Path(__file__).parents[2] / "sample"
FEW = ("s1-01", "s1-06", "s1-10", "s1-14", "s1-15", "s2-04", "s2-13", "s2-19")
CORPORA = os.environ.get("ROLECALL_CORPORA")
needs_corpora = pytest.mark.skipif(CORPORA is None, reason="ROLECALL_CORPORA names no folder of corpora")


def do(*arguments: str | Path) -> None:
    assert run([str(argument) for argument in arguments]) == 0, arguments


def totals(annotations: list[Annotation]) -> tuple[int, int, int]:
    return (
        sum(len(a.spans) for a in annotations),
        sum(len(a.links) for a in annotations),
        sum(len(a.events) for a in annotations),
    )


def through_label_studio(tmp_path: Path, studio_dir: Path, articles: Path, labels: Path, project: str) -> Path:
    """Push articles, enter labels, pull them back, and verify that nothing changed."""
    pulled = tmp_path / "annotations.jsonl"
    do("annotate", "push", articles, "--scheme", "protest", "--project", project, "--studio", studio_dir)
    do("annotate", "enter", labels, "--project", project, "--studio", studio_dir)
    do(
        "annotate",
        "pull",
        articles,
        "--scheme",
        "protest",
        "--project",
        project,
        "--studio",
        studio_dir,
        "--out",
        pulled,
    )
    do("annotate", "verify", labels, pulled)
    return pulled


@pytest.mark.train
def test_a_few_articles_go_the_whole_way(tmp_path: Path, studio_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jsonl.write(tmp_path / "few.jsonl", (a for a in jsonl.read(SAMPLE / "articles.jsonl", Article) if a.id in FEW))
    labels = [a for a in jsonl.read(SAMPLE / "annotations.jsonl", Annotation) if a.article in FEW]
    jsonl.write(tmp_path / "labels.jsonl", labels)
    articles, dataset, model = tmp_path / "articles.jsonl", tmp_path / "dataset", tmp_path / "run"
    test, predictions, card = dataset / "test", tmp_path / "predictions.jsonl", tmp_path / "scorecard.json"
    gold, readers = test / "gold.jsonl", test / "annotators.jsonl"

    do("annotate", "ingest", tmp_path / "few.jsonl", "--out", articles)
    pulled = through_label_studio(tmp_path, studio_dir, articles, tmp_path / "labels.jsonl", "A few articles")
    assert totals(list(jsonl.read(pulled, Annotation)))[:2] == totals(labels)[:2]
    do("annotate", "dataset", articles, pulled, "--scheme", "protest", "--out", dataset)
    do("train", "fit", "default", f"dataset={dataset}", f"run={model}", "epochs=1", "least_steps=40")
    do("train", "predict", model, test / "articles.jsonl", "--out", predictions)
    do(
        "evaluate",
        "score",
        gold,
        predictions,
        "--articles",
        test / "articles.jsonl",
        "--annotators",
        readers,
        "--out",
        card,
    )
    do("evaluate", "report", card, "--gold", gold, "--predictions", predictions,
       "--articles", test / "articles.jsonl", "--out", tmp_path / "report")  # fmt: skip

    predicted = list(jsonl.read(predictions, Annotation))
    assert {a.article for a in predicted} == {a.id for a in jsonl.read(test / "articles.jsonl", Article)}
    assert {a.scheme for a in predicted} == {load_scheme("protest").fingerprint}
    assert all(span.score is not None and 0 < span.score <= 1 for a in predicted for span in a.spans)
    scores = json.loads(card.read_text())["derived"]["scores"]
    assert scores["micro"]["gold"] == sum(len(a.spans) for a in jsonl.read(gold, Annotation))
    capsys.readouterr()
    assert run(["evaluate", "gate", str(card), "--min", "micro.f1=0.999"]) == 1
    assert "fail" in capsys.readouterr().out.lower()
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    for article in jsonl.read(test / "articles.jsonl", Article):
        assert article.id in page


@needs_corpora
def test_real_articles_as_they_were_scraped(
    tmp_path: Path, studio_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real = Path(CORPORA or "") / "articles"
    texts = tmp_path / "texts"
    texts.mkdir()
    for path in real.glob("*.txt"):
        shutil.copy(path, texts)
    do("annotate", "ingest", texts, "--out", tmp_path / "articles.jsonl")
    labels = tmp_path / "labels.jsonl"
    do("annotate", "scheme", "stamp", real / "annotations.jsonl", "--scheme", "protest", "--out", labels)
    do("annotate", "studio", "start", "--dir", studio_dir, "--annotators", "a,b")
    through_label_studio(tmp_path, studio_dir, tmp_path / "articles.jsonl", labels, "Real articles")
    do("evaluate", "agree", tmp_path / "annotations.jsonl", "--articles", tmp_path / "articles.jsonl",
       "--out", tmp_path / "agreement.json")  # fmt: skip
    pairs = json.loads((tmp_path / "agreement.json").read_text())["derived"]["human"]["pairs"]
    scores = {(pair["gold"], pair["predicted"]): pair["scores"]["micro"]["f1"]["value"] for pair in pairs}
    assert len(scores) == 3
    assert all(0.94 < value < 0.99 for value in scores.values()), scores


@pytest.mark.train
@needs_corpora
def test_a_public_corpus_trains_and_is_scored_on_its_dev_split(tmp_path: Path) -> None:
    """A part of ECB+ for one epoch: enough to see that the road holds; the whole is in the soak tests."""
    folder = Path(CORPORA or "") / "data" / "ecbplus"
    (tmp_path / "data").mkdir()
    for name, count in (("train", 120), ("dev", 30)):
        lines = (folder / f"{name}.jsonl").read_bytes().splitlines(keepends=True)[:count]
        (tmp_path / "data" / f"{name}.jsonl").write_bytes(b"".join(lines))
    assert ecbplus_f1(tmp_path, tmp_path / "data", "epochs=1", "least_steps=50") > 0.2


@pytest.mark.soak
@needs_corpora
def test_the_public_corpus_whole(tmp_path: Path) -> None:
    assert ecbplus_f1(tmp_path, Path(CORPORA or "") / "data" / "ecbplus") > 0.7


def ecbplus_f1(tmp_path: Path, folder: Path, *settings: str) -> float:
    """Train on a folder laid out like ECB+, and return strict micro F1 on its dev split."""
    articles, labels, dataset, model = (tmp_path / n for n in ("articles.jsonl", "labels.jsonl", "dataset", "run"))
    dev, predictions, card = dataset / "validation", tmp_path / "predictions.jsonl", tmp_path / "card.json"
    do("annotate", "ingest", folder, "--columns", "ecbplus", "--out", articles, "--labels", labels,
       "--scheme", "ecbplus", "--by", "gold", "--kind", "adjudicated")  # fmt: skip
    do("annotate", "dataset", articles, labels, "--scheme", "ecbplus", "--split-field", "meta.split", "--out", dataset)
    do("train", "fit", "ecbplus", f"dataset={dataset}", f"run={model}", *settings)
    do("train", "predict", model, dev / "articles.jsonl", "--out", predictions)
    do("evaluate", "score", dev / "gold.jsonl", predictions, "--articles", dev / "articles.jsonl", "--out", card)
    derived = msgspec.json.decode(card.read_bytes())["derived"]
    return float(derived["scores"]["micro"]["f1"]["value"])

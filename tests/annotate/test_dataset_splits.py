"""Splits of a dataset: drawn by story, taken from the articles, or with the plan's for test."""

import os
from pathlib import Path

import datasets
import msgspec
import pytest

from rolecall.annotate.dataset import build
from rolecall.annotate.ingest import ingest
from rolecall.annotate.labelled import Labelling
from rolecall.annotate.manifest import Options, digests, sha256
from rolecall.annotate.plan import Assignment, held_out, make, write
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from tests.annotate.corpus import ANNOTATIONS, ARTICLES, PROTEST, relabel, small

CORPORA = os.environ.get("ROLECALL_CORPORA")


def test_an_article_without_labels_still_holds_its_story_together(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, "s", "s", "t", "s")
    with pytest.raises(InputError, match="3 labelled articles make 2 groups by story"):
        build(articles, labels, PROTEST, tmp_path / "out", Options())
    assert not (tmp_path / "out").exists()


def test_splits_can_be_taken_from_the_articles(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, meta={"split": "dev"})
    manifest = build(articles, labels, PROTEST, tmp_path / "out", Options(split_field="meta.split"))
    assert list(manifest.splits) == ["validation"]
    assert list(datasets.load_from_disk(tmp_path / "out")) == ["validation"]
    with pytest.raises(InputError, match=r"article 'a0': meta\.fold is None, which is no split"):
        build(articles, labels, PROTEST, tmp_path / "other", Options(split_field="meta.fold"))


def test_given_splits_that_tear_a_story_are_refused(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, "s", "s", None)
    changed = [
        msgspec.structs.replace(article, meta={"split": split})
        for article, split in zip(jsonl.read(articles, Article), ("train", "test", "test"), strict=True)
    ]
    jsonl.write(articles, changed)
    with pytest.raises(InputError, match=r"articles 'a0' \(train\) and 'a1' \(test\) are of one story"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(split_field="meta.split"))


@pytest.mark.skipif(not CORPORA, reason="ROLECALL_CORPORA names no folder of corpora")
def test_ecbplus_with_its_own_splits(tmp_path: Path) -> None:
    scheme = load_scheme("ecbplus")
    source = Path(CORPORA or "") / "data" / "ecbplus"
    labelling = Labelling(tmp_path / "labels.jsonl", scheme, "gold", "human")
    ingest([source / "train.jsonl", source / "dev.jsonl"], tmp_path / "articles.jsonl", labelling=labelling)
    options = Options(split_field="meta.split")
    manifest = build(tmp_path / "articles.jsonl", tmp_path / "labels.jsonl", scheme, tmp_path / "out", options)
    assert {name: (counts.articles, counts.gold_spans) for name, counts in manifest.splits.items()} == {
        "train": (574, 8533),
        "validation": (196, 2713),
    }
    overlap = next(book for book in manifest.ledger if (book.stage, book.unit) == ("overlap", "span"))
    assert (overlap.entered, overlap.kept) == (11_246, 11_228)
    assert sum(overlap.dropped.values()) == 18
    tokens = next(book for book in manifest.ledger if book.stage == "tokens")
    assert (tokens.entered, tokens.accounted, tokens.dropped) == (11_228, 11_228, {})


def planned(articles: Path, test: str = "") -> Path:
    """Write a plan of all articles in which those named are for test."""
    path = articles.with_name("plan.jsonl")
    plan = {
        article.id: Assignment(
            article=article.id,
            hash=article.hash,
            annotators=("ana", "ben"),
            split="test" if article.id in test.split() else None,
        )
        for article in jsonl.read(articles, Article)
    }
    write(path, plan)
    return path


def test_the_test_split_can_be_the_plans(tmp_path: Path) -> None:
    plan = make(jsonl.read(ARTICLES, Article), ["ana", "ben"], double=0.2, test=0.3)  # 12 of 40
    write(tmp_path / "plan.jsonl", plan)
    options = Options(split=(0.75, 0.25, 0))
    manifest = build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "out", options, plan=tmp_path / "plan.jsonl")
    assert {name: split.articles for name, split in manifest.splits.items()} == {
        "train": 21,
        "validation": 7,
        "test": 12,
    }
    assert set(jsonl.ArticleFile(tmp_path / "out" / "test" / "articles.jsonl")) == held_out(plan)
    assert (manifest.inputs["plan"].name, manifest.inputs["plan"].sha256) == (
        "plan.jsonl",
        sha256(tmp_path / "plan.jsonl"),
    )
    build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "again", options, plan=tmp_path / "plan.jsonl")
    assert digests(tmp_path / "again") == digests(tmp_path / "out")


def test_what_the_plan_tests_and_nobody_labelled_is_left_out(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None)
    manifest = build(articles, labels, PROTEST, tmp_path / "out", Options(), plan=planned(articles, "a0 a3"))
    assert {name: split.articles for name, split in manifest.splits.items()} == {
        "train": 1,
        "validation": 1,
        "test": 1,
    }
    assert list(jsonl.ArticleFile(tmp_path / "out" / "test" / "articles.jsonl")) == ["a0"]
    assert manifest.unlabelled == ["a3"]
    only = build(articles, labels, PROTEST, tmp_path / "all", Options(), plan=planned(articles, "a0 a1 a2"))
    assert list(only.splits) == ["test"]
    none = build(articles, labels, PROTEST, tmp_path / "none", Options(), plan=planned(articles))
    assert list(none.splits) == ["train", "validation"]


def test_a_plan_that_tears_a_story_or_is_of_other_articles_is_refused(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, "s", "s", None, None)
    with pytest.raises(InputError, match=r"articles 'a0' \(test\) and 'a1' \(train\) are of one story"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(split=(1, 0, 0)), plan=planned(articles, "a0"))
    plan = planned(articles, "a2")
    lines = plan.read_text().splitlines(keepends=True)
    plan.write_text("".join(lines[1:]))
    with pytest.raises(InputError, match=r"plan\.jsonl: article 'a0' is not in the plan\n  remedy: run rolecall"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(), plan=plan)
    plan.write_text("".join(lines).replace('"hash":"', '"hash":"0'))
    with pytest.raises(InputError, match=r"plan\.jsonl: article 'a0' has changed since it was planned"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(), plan=plan)
    assert not (tmp_path / "out").exists()


def test_test_labels_of_a_plan_rest_on_no_suggestion(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None, None)
    relabel(labels, {"from_prediction": "m1"}, {}, {}, {})
    plan = planned(articles, "a0 a1")
    with pytest.raises(
        InputError, match=r"labels\.jsonl: 1 test articles of the plan .*suggestion: a0 \(ana\)\n"
    ) as caught:
        build(articles, labels, PROTEST, tmp_path / "out", Options(), plan=plan)
    assert caught.value.remedy == "label them anew without it, or take the labels of somebody who did: --by NAME"
    readings = list(jsonl.read(labels, Annotation))
    alone = msgspec.structs.replace(readings[0], by="ben", from_prediction=None)
    gold = msgspec.structs.replace(alone, by="gold", kind="adjudicated")
    jsonl.write(labels, [*readings, alone, gold])
    with pytest.raises(InputError, match=r"suggestion: a0 \(ana\)\n"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(), plan=plan)
    manifest = build(articles, labels, PROTEST, tmp_path / "out", Options(by="ben"), plan=plan)
    assert manifest.splits["test"].aided == {"ana": 1}
    assert manifest.splits["test"].suggested is msgspec.UNSET

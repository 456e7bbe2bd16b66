"""Splits of a dataset whose test articles are those of a team plan."""

from pathlib import Path

import msgspec
import pytest

from rolecall.annotate.corpus import Settled
from rolecall.annotate.dataset import build
from rolecall.annotate.manifest import Options, digests, sha256
from rolecall.annotate.plan import Assignment, held_out, make, write
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from tests.annotate.corpus import ANNOTATIONS, ARTICLES, PROTEST, relabel, small


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
    manifest = build(
        ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "out", options, settled=Settled(plan=tmp_path / "plan.jsonl")
    )
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
    build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "again", options, settled=Settled(plan=tmp_path / "plan.jsonl"))
    assert digests(tmp_path / "again") == digests(tmp_path / "out")


def test_what_the_plan_tests_and_nobody_labelled_is_left_out(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None)
    manifest = build(
        articles, labels, PROTEST, tmp_path / "out", Options(), settled=Settled(plan=planned(articles, "a0 a3"))
    )
    assert {name: split.articles for name, split in manifest.splits.items()} == {
        "train": 1,
        "validation": 1,
        "test": 1,
    }
    assert list(jsonl.ArticleFile(tmp_path / "out" / "test" / "articles.jsonl")) == ["a0"]
    assert manifest.unlabelled == ["a3"]
    only = build(
        articles, labels, PROTEST, tmp_path / "all", Options(), settled=Settled(plan=planned(articles, "a0 a1 a2"))
    )
    assert list(only.splits) == ["test"]
    none = build(articles, labels, PROTEST, tmp_path / "none", Options(), settled=Settled(plan=planned(articles)))
    assert list(none.splits) == ["train", "validation"]


def test_a_plan_that_tears_a_story_or_is_of_other_articles_is_refused(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, "s", "s", None, None)
    with pytest.raises(InputError, match=r"articles 'a0' \(test\) and 'a1' \(train\) are of one story"):
        build(
            articles,
            labels,
            PROTEST,
            tmp_path / "out",
            Options(split=(1, 0, 0)),
            settled=Settled(plan=planned(articles, "a0")),
        )
    plan = planned(articles, "a2")
    lines = plan.read_text().splitlines(keepends=True)
    plan.write_text("".join(lines[1:]))
    with pytest.raises(InputError, match=r"plan\.jsonl: article 'a0' is not in the plan\n  remedy: run rolecall"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(), settled=Settled(plan=plan))
    plan.write_text("".join(lines).replace('"hash":"', '"hash":"0'))
    with pytest.raises(InputError, match=r"plan\.jsonl: article 'a0' has changed since it was planned"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(), settled=Settled(plan=plan))
    assert not (tmp_path / "out").exists()


def test_test_labels_of_a_plan_rest_on_no_suggestion(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None, None)
    relabel(labels, {"from_prediction": "m1"}, {}, {}, {})
    plan = planned(articles, "a0 a1")
    with pytest.raises(
        InputError, match=r"labels\.jsonl: 1 test articles of the plan .*suggestion: a0 \(ana\)\n"
    ) as caught:
        build(articles, labels, PROTEST, tmp_path / "out", Options(), settled=Settled(plan=plan))
    assert caught.value.remedy == "label them anew without it, or take the labels of somebody who did: --by NAME"
    readings = list(jsonl.read(labels, Annotation))
    alone = msgspec.structs.replace(readings[0], by="ben", from_prediction=None)
    gold = msgspec.structs.replace(alone, by="gold", kind="adjudicated")
    jsonl.write(labels, [*readings, alone, gold])
    with pytest.raises(InputError, match=r"suggestion: a0 \(ana\)\n"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(), settled=Settled(plan=plan))
    manifest = build(articles, labels, PROTEST, tmp_path / "out", Options(by="ben"), settled=Settled(plan=plan))
    assert manifest.splits["test"].aided == {"ana": 1}
    assert manifest.splits["test"].suggested is msgspec.UNSET

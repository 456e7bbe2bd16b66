"""Splits of a dataset: drawn by story, taken from the articles, or with the plan's for test."""

import os
from collections import Counter
from pathlib import Path

import datasets
import msgspec
import pytest

from rolecall.annotate.corpus import Settled
from rolecall.annotate.dataset import build
from rolecall.annotate.ingest import ingest
from rolecall.annotate.labelled import Labelling
from rolecall.annotate.manifest import Manifest, Options, sha256
from rolecall.annotate.splits import Shares, draw
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from tests.annotate.corpus import ANNOTATIONS, ARTICLES, PROTEST, small

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


def dated(path: Path, **fields: dict[str, str | None]) -> None:
    """Give the articles of a file some fields, by id."""
    changed = [
        msgspec.structs.replace(article, **{name: of.get(article.id) for name, of in fields.items()})
        for article in jsonl.read(path, Article)
    ]
    jsonl.write(path, changed)


def where(folder: Path) -> dict[str, str]:
    """Return the split of each article of a dataset, from its own articles."""
    return {
        name: split
        for split in ("train", "validation", "test")
        if (path := folder / split / "articles.jsonl").exists()
        for name in jsonl.ArticleFile(path)
    }


def test_train_can_be_the_past(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, "s", None, None, None, "s", None)
    dated(articles, published={"a0": "2020-01-01", "a1": "2021-05-02T08:00:00+05:00", "a2": "2022-01-01",
                               "a3": "2019-01-01", "a4": "2023-01-01", "a5": "bad"})  # fmt: skip
    options = Options(split=(0.6, 0.2, 0.2), split_by="date")
    manifest = build(articles, labels, PROTEST, tmp_path / "out", options)
    assert where(tmp_path / "out") == {"a3": "train", "a1": "train", "a2": "validation", "a0": "test", "a4": "test"}
    assert manifest.cut
    assert manifest.cut.until == {"train": "2021-05-02", "validation": "2022-01-01"}
    assert manifest.cut.early == ["a0"]
    card = (tmp_path / "out" / "README.md").read_text()
    assert "Last days: train 2021-05-02, validation 2022-01-01." in card
    assert "--split-by date --split 0.6,0.2,0.2 --out DIR" in card
    dated(articles, published={"a0": "2020-01-01", "a1": "May", "a2": "2022-01", "a4": "2023-01-01"})
    with pytest.raises(InputError, match=r"3 articles have no date that can be read, .*: a1, a2, a3\n"):
        build(articles, labels, PROTEST, tmp_path / "other", options)


def test_no_source_need_stand_in_two_splits(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, "s", "s", None, None, None, None, None)
    dated(articles, source={"a0": "Radio", "a1": "Herald", "a2": "herald", "a3": "Post", "a4": "Wire", "a5": None})
    build(articles, labels, PROTEST, tmp_path / "out", Options(split_by="source"))
    found = where(tmp_path / "out")
    assert found["a0"] == found["a1"] == found["a2"]
    assert set(found.values()) == {"train", "validation", "test"}
    dated(articles, source=dict.fromkeys(("a0", "a2", "a3", "a4", "a5"), "Radio"))
    with pytest.raises(InputError, match="6 labelled articles make 1 groups by source, too few for train"):
        build(articles, labels, PROTEST, tmp_path / "other", Options(split_by="source"))


def test_splits_can_be_given_by_article(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, "s", "s", None)
    ids = tmp_path / "ids.tsv"
    ids.write_text("a0\ttest\na1\ttrain\na2\ttrain\nzz\ttest\n")
    manifest = build(articles, labels, PROTEST, tmp_path / "out", Options(), settled=Settled(ids=ids))
    assert where(tmp_path / "out") == {"a0": "test", "a1": "train", "a2": "train"}
    assert manifest.absent == ["zz"]
    assert manifest.inputs["ids"].sha256 == sha256(ids)
    ids.write_text("a0\ttest\na1\ttrain\na2\ttest\n")
    with pytest.raises(InputError, match=r"articles 'a1' \(train\) and 'a2' \(test\) are of one story"):
        build(articles, labels, PROTEST, tmp_path / "torn", Options(), settled=Settled(ids=ids))
    ids.write_text("a0\ttest\n")
    with pytest.raises(InputError, match="says nothing of 2 labelled articles: a1, a2"):
        build(articles, labels, PROTEST, tmp_path / "torn", Options(), settled=Settled(ids=ids))


COPY = "Rally on the square against the tax on bread and salt, police held nine people and let them go at noon"


@pytest.mark.parametrize("how", ["date", "source", "ids", "field"])
def test_a_leak_is_an_error_however_articles_are_divided(tmp_path: Path, how: str) -> None:
    texts = {"a0": COPY, "a1": f"Once more: {COPY}", "a2": "Rally for bread"}
    dates = {"a0": "2020-01-01", "a1": "2021-01-01", "a2": "2022-01-01"}
    split_of = {"a0": "train", "a1": "test", "a2": "test"}
    articles = [
        Article.of(text, id=name, source=name, published=dates[name], meta={"split": split_of[name]})
        for name, text in texts.items()
    ]
    labels = [
        Annotation(article=a.id, hash=a.hash, by="ana", kind="human", scheme=PROTEST.fingerprint, spans=())
        for a in articles
    ]
    jsonl.write(tmp_path / "labels.jsonl", labels)
    (tmp_path / "ids.json").write_text(msgspec.json.encode(split_of).decode())
    options = {
        "date": Options(split=(0.34, 0, 0.66), split_by="date"),
        "source": Options(split=(0.34, 0, 0.66), split_by="source"),
        "ids": Options(),
        "field": Options(split_field="meta.split"),
    }[how]
    settled = Settled(ids=tmp_path / "ids.json") if how == "ids" else Settled()

    def made(copies: list[Article], out: str, options: Options = options) -> Manifest:
        jsonl.write(tmp_path / "articles.jsonl", copies)
        paths = tmp_path / "articles.jsonl", tmp_path / "labels.jsonl"
        return build(*paths, PROTEST, tmp_path / out, options, settled=settled)

    if how == "source":  # drawn: of three groups of one, whichever is alone in train leaks if it is one of the copies
        options = next(
            one for seed in range(20) if where_drawn(one := msgspec.structs.replace(options, seed=seed), articles)
        )
    with pytest.raises(InputError, match=r"1 pairs of near-duplicates stand in two splits: 'a0' .* and 'a1' "):
        made(articles, "out", options)
    allowed = made(articles, "allowed", msgspec.structs.replace(options, allow_doubles=True))
    assert [(double.article, double.other) for double in allowed.doubles or []] == [("a0", "a1")]
    assert "1 pairs of near-duplicates stand in two splits" in (tmp_path / "allowed" / "README.md").read_text()
    marked = [articles[0], msgspec.structs.replace(articles[1], duplicate_of="a0"), articles[2]]
    if how in {"ids", "field"}:
        with pytest.raises(InputError, match=r"articles 'a0' \(train\) and 'a1' \(test\) are of one story"):
            made(marked, "torn", msgspec.structs.replace(options, allow_doubles=True))
    else:
        made(marked, "whole", options)
        assert len({where(tmp_path / "whole")[name] for name in ("a0", "a1")}) == 1


def test_copies_in_two_folds_are_an_error_too(tmp_path: Path) -> None:
    said = [" ".join(f"word{n}x{at}" for at in range(20)) for n in range(12)]
    articles = [Article.of(text, id=f"a{n:02}") for n, text in enumerate([*said, *(f"{text} again" for text in said)])]
    labels = [
        Annotation(article=a.id, hash=a.hash, by="ana", kind="human", scheme=PROTEST.fingerprint, spans=())
        for a in articles
    ]
    paths = tmp_path / "articles.jsonl", tmp_path / "labels.jsonl"
    jsonl.write(paths[0], articles)
    jsonl.write(paths[1], labels)
    options = Options(split=(1, 0, 0), folds=4)
    with pytest.raises(InputError, match=r"pairs of near-dup.* two folds of train: 'a\d\d' \(train fold \d\) and 'a"):
        build(*paths, PROTEST, tmp_path / "out", options)
    allowed = build(*paths, PROTEST, tmp_path / "out", msgspec.structs.replace(options, allow_doubles=True))
    rows = datasets.load_from_disk(tmp_path / "out")["train"]
    fold = dict(zip(rows["id"], rows["fold"], strict=True))
    pairs = ((f"a{n:02}", f"a{n + 12:02}") for n in range(12))
    apart = [
        (one, f"train fold {fold[one]}", two, f"train fold {fold[two]}") for one, two in pairs if fold[one] != fold[two]
    ]
    assert [(each.article, each.part, each.other, each.other_part) for each in allowed.doubles or []] == apart
    told = f"- {len(apart)} pairs of near-duplicates stand in two folds of train, which flatters a model; manifest.json"
    assert told in (tmp_path / "out" / "README.md").read_text()
    build(*paths, PROTEST, tmp_path / "none", Options(split=(1, 0, 0)))  # without folds all stand in train


def where_drawn(options: Options, articles: list[Article]) -> bool:
    """Tell whether a seed puts the first two articles apart."""
    split_of = draw({a.id: a.id for a in articles}, Shares(*options.split), options.seed)
    return split_of["a0"] != split_of["a1"]


def test_splits_stay_when_articles_come_and_go(tmp_path: Path) -> None:
    every = list(jsonl.read(ARTICLES, Article))
    chosen = [article for article in every if article.story != every[5].story][:26]
    jsonl.write(tmp_path / "some.jsonl", chosen)
    labelled = list(jsonl.read(ANNOTATIONS, Annotation))
    ids = {article.id for article in chosen}
    jsonl.write(tmp_path / "few.jsonl", (one for one in labelled if one.article in ids))
    build(tmp_path / "some.jsonl", tmp_path / "few.jsonl", PROTEST, tmp_path / "first", Options())
    before = where(tmp_path / "first")
    held = Settled(splits=tmp_path / "first" / "splits.jsonl")

    grown = build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "grown", Options(seed=5), settled=held)
    after = where(tmp_path / "grown")
    assert len(after) == 40
    assert {name: after[name] for name in before} == before
    story_of = {article.id: article.story for article in every}
    tested = {story_of[name] for name, split in before.items() if split == "test"}
    assert {story_of[name] for name, split in after.items() if split == "test"} == tested
    assert grown.inputs["splits"].name == "splits.jsonl"

    jsonl.write(tmp_path / "a.jsonl", reversed(every))
    jsonl.write(tmp_path / "l.jsonl", reversed(labelled))
    build(tmp_path / "a.jsonl", tmp_path / "l.jsonl", PROTEST, tmp_path / "mixed", Options(seed=5), settled=held)
    assert where(tmp_path / "mixed") == after
    assert (tmp_path / "mixed/splits.jsonl").read_bytes() == (tmp_path / "grown/splits.jsonl").read_bytes()

    gone = next(name for name, split in before.items() if split == "test")
    jsonl.write(tmp_path / "a.jsonl", (article for article in every if article.id != gone))
    jsonl.write(tmp_path / "l.jsonl", (one for one in labelled if one.article != gone))
    held = Settled(splits=tmp_path / "grown" / "splits.jsonl")
    fewer = build(tmp_path / "a.jsonl", tmp_path / "l.jsonl", PROTEST, tmp_path / "fewer", Options(), settled=held)
    assert fewer.absent == [gone]
    assert where(tmp_path / "fewer") == {name: split for name, split in after.items() if name != gone}
    held = Settled(splits=tmp_path / "fewer" / "splits.jsonl")  # and comes back to where it was
    build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "back", Options(), settled=held)
    assert where(tmp_path / "back") == after


def test_a_dataset_can_be_replaced_holding_on_to_its_own_splits(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None)
    build(articles, labels, PROTEST, tmp_path / "out", Options(seed=3))
    before = where(tmp_path / "out")
    held = Settled(splits=tmp_path / "out" / "splits.jsonl")
    build(articles, labels, PROTEST, tmp_path / "out", Options(), settled=held, overwrite=True)
    assert where(tmp_path / "out") == before


def test_splits_of_another_corpus_are_not_held_on_to(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    build(*small(tmp_path / "other", None, None, None, None), PROTEST, tmp_path / "out", Options())
    held = Settled(splits=tmp_path / "out" / "splits.jsonl")
    with pytest.raises(InputError, match=r"splits\.jsonl: knows none of the 40 labelled articles"):
        build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "mixed", Options(), settled=held)


def test_folds_number_the_stories_of_train(tmp_path: Path) -> None:
    options = Options(split=(0.85, 0, 0.15), folds=4)
    build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "out", options)
    tables = datasets.load_from_disk(tmp_path / "out")
    assert set(tables["test"]["fold"]) == {None}
    sizes = Counter(tables["train"]["fold"])
    assert sorted(sizes) == [0, 1, 2, 3]
    assert max(sizes.values()) - min(sizes.values()) <= 1
    stories = {(row["story"], row["fold"]) for row in tables["train"] if row["story"]}
    assert len(stories) == len({story for story, _ in stories})
    held = Settled(splits=tmp_path / "out" / "splits.jsonl")
    build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "again", msgspec.structs.replace(options, seed=8), settled=held)
    again = datasets.load_from_disk(tmp_path / "again")["train"]
    assert dict(zip(again["id"], again["fold"], strict=True)) == dict(
        zip(tables["train"]["id"], tables["train"]["fold"], strict=True)
    )

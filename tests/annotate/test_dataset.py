import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import msgspec
import pytest

from rolecall.annotate.dataset import build
from rolecall.annotate.ingest import ingest
from rolecall.annotate.labelled import Labelling
from rolecall.annotate.manifest import Manifest, Options, digests, sha256
from rolecall.annotate.plan import Assignment, held_out, make, write
from rolecall.core import bio, config, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, read_ledger
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import Choice, Question, Scheme, load_scheme, scheme_for

SAMPLE = Path(__file__).parents[2] / "sample"
ARTICLES, ANNOTATIONS = SAMPLE / "articles.jsonl", SAMPLE / "annotations.jsonl"
PROTEST = load_scheme("protest")
CORPORA = os.environ.get("ROLECALL_CORPORA")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    out = tmp_path_factory.mktemp("built") / "dataset"
    return out, build(ARTICLES, ANNOTATIONS, PROTEST, out, Options())


def spans_by_tags(row: dict[str, Any], features: datasets.Features) -> list[tuple[int, int, str]]:
    """Read spans back from the tokens and tags of a row, as somebody would who knows nothing else of it."""
    found = []
    for column in (name for name in features if name.startswith("tags_")):
        names = features[column].feature.names
        for place, role in bio.decode([names[tag] for tag in row[column]]):
            found.append((row["offsets"][place.first][0], row["offsets"][place.last - 1][1], role))
    return sorted(found)


def test_the_whole_sample_is_there(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    tables = datasets.load_from_disk(out)
    assert {name: len(table) for name, table in tables.items()} == {"train": 28, "validation": 6, "test": 6}
    gold = {a.article: a for a in jsonl.read(ANNOTATIONS, Annotation) if a.by == "gold"}
    texts = jsonl.ArticleFile(ARTICLES)
    spans = 0
    for table in tables.values():
        for row in table:
            keys = [(span["start"], span["end"], span["role"]) for span in row["spans"]]
            assert keys == sorted(span.key for span in gold[row["id"]].spans)
            assert spans_by_tags(row, table.features) == sorted(keys)
            assert (row["text"], row["story"]) == (texts[row["id"]].text, texts[row["id"]].story)
            assert all(row["text"][s["start"] : s["end"]] == s["text"] for s in row["spans"])
            assert [row["text"][start:end] for start, end in row["offsets"]] == row["tokens"]
            links = {(gold[row["id"]].spans[a].key, gold[row["id"]].spans[b].key) for a, b in gold[row["id"]].links}
            assert {(keys[a], keys[b]) for a, b in row["links"]} == links
            spans += len(keys)
    assert spans == 1885
    assert sum(counts.links for counts in manifest.splits.values()) == 1528
    assert sum(counts.events for counts in manifest.splits.values()) == 353


def test_the_ledger_accounts_for_everything(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    books = [entry for entry in read_ledger(out / "ledger.jsonl") if isinstance(entry, Balance)]
    assert books == manifest.ledger
    assert {(book.stage, book.unit): (book.entered, book.kept) for book in books} == {
        ("choose", "annotation"): (120, 40),
        ("overlap", "span"): (1885, 1885),
        ("overlap", "link"): (1528, 1528),
        ("overlap", "event"): (353, 353),
        ("tokens", "span"): (1885, 1885),
    }


def test_beside_the_rows_stands_what_scoring_needs(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    given = {(a.article, a.by): a for a in jsonl.read(ANNOTATIONS, Annotation)}
    for split, counts in manifest.splits.items():
        articles = jsonl.ArticleFile(out / split / "articles.jsonl")
        gold = list(jsonl.read_annotations(out / split / "gold.jsonl", articles=articles, scheme=PROTEST.fingerprint))
        people = list(jsonl.read_annotations(out / split / "annotators.jsonl", articles=articles))
        assert [annotation.article for annotation in gold] == list(articles)
        assert list(articles) == datasets.load_from_disk(out)[split]["id"][:]
        assert gold == [given[name, "gold"] for name in articles]
        assert people == [given[name, by] for name in articles for by in ("ana", "ben")]
        assert counts.annotators == {"ana": len(articles), "ben": len(articles)}
    assert scheme_for(PROTEST.fingerprint, beside=out / "test" / "gold.jsonl") == PROTEST


def test_another_process_reads_it(sample: tuple[Path, Manifest], tmp_path: Path) -> None:
    code = (
        "import datasets, sys; d = datasets.load_from_disk(sys.argv[1]);"
        "print(d['train'].num_rows, d['test'].with_format('numpy')[0]['offsets'].shape[1],"
        " d['validation'].features['tags_event'].feature.names[1])"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(sample[0])], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "28 2 B-PROTEST\n"


def test_the_hub_reads_it_by_its_card(sample: tuple[Path, Manifest], tmp_path: Path) -> None:
    tables = datasets.load_dataset(str(sample[0]), cache_dir=str(tmp_path))
    assert {name: len(table) for name, table in tables.items()} == {"train": 28, "validation": 6, "test": 6}


def test_the_manifest_seals_every_file(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    written = msgspec.json.decode((out / "manifest.json").read_bytes(), type=Manifest)
    assert written == manifest
    sealed = digests(out)
    del sealed["manifest.json"]
    assert manifest.files == sealed
    assert manifest.scheme == PROTEST.fingerprint == config.load(Scheme, out / "scheme.yaml").fingerprint
    assert sum(counts.stories for counts in manifest.splits.values()) == 28


def test_the_same_inputs_give_the_same_bytes(sample: tuple[Path, Manifest], tmp_path: Path) -> None:
    build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "again", Options())
    assert digests(tmp_path / "again") == digests(sample[0])
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_splits_do_not_depend_on_the_order_of_the_files(sample: tuple[Path, Manifest], tmp_path: Path) -> None:
    jsonl.write(tmp_path / "a.jsonl", reversed(list(jsonl.read(ARTICLES, Article))))
    jsonl.write(tmp_path / "l.jsonl", reversed(list(jsonl.read(ANNOTATIONS, Annotation))))
    build(tmp_path / "a.jsonl", tmp_path / "l.jsonl", PROTEST, tmp_path / "out", Options())
    for split in ("train", "validation", "test"):
        ours, theirs = (set(jsonl.ArticleFile(out / split / "articles.jsonl")) for out in (sample[0], tmp_path / "out"))
        assert ours == theirs


def test_one_annotator_can_be_chosen(tmp_path: Path) -> None:
    manifest = build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "out", Options(by="ben", split=(1, 0, 0)))
    assert list(manifest.splits) == ["train"]
    assert {a.by for a in jsonl.read(tmp_path / "out" / "train" / "gold.jsonl", Annotation)} == {"ben"}
    assert {a.by for a in jsonl.read(tmp_path / "out" / "train" / "annotators.jsonl", Annotation)} == {"ana", "ben"}


def small(tmp_path: Path, *stories: str | None, **fields: dict[str, str]) -> tuple[Path, Path]:
    """Write an article a story, the last of them unlabelled, each with two overlapping spans."""
    articles = [Article.of(f"Rally {n} held", id=f"a{n}", story=s, **fields) for n, s in enumerate(stories)]
    labels = [
        Annotation(
            article=article.id,
            hash=article.hash,
            by="ana",
            kind="human",
            scheme=PROTEST.fingerprint,
            spans=(quote(article, 0, 5, "PROTEST"), quote(article, 0, 7, "PROTEST")),
        )
        for article in articles[:-1]
    ]
    jsonl.write(tmp_path / "articles.jsonl", articles)
    jsonl.write(tmp_path / "labels.jsonl", labels)
    return tmp_path / "articles.jsonl", tmp_path / "labels.jsonl"


def test_gold_keeps_overlaps_that_rows_cannot_and_unlabelled_articles_are_named(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None)
    manifest = build(articles, labels, PROTEST, tmp_path / "out", Options())
    assert manifest.unlabelled == ["a3"]
    for split, counts in manifest.splits.items():
        assert (counts.articles, counts.spans, counts.gold_spans) == (1, 1, 2)
        (gold,) = jsonl.read(tmp_path / "out" / split / "gold.jsonl", Annotation)
        assert len(gold.spans) == 2
    entry = json.loads((tmp_path / "out" / "ledger.jsonl").read_text().splitlines()[0])
    assert (entry["outcome"], entry["item"]) == ("dropped", "0:5 PROTEST 'Rally'")
    assert entry["winner"] == "0:7 PROTEST 'Rally 0'"


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


def rewrite(labels: Path, *changes: dict[str, Any]) -> None:
    """Change the fields of the annotations of a file, in their order."""
    annotations = jsonl.read(labels, Annotation)
    changed = [msgspec.structs.replace(each, **fields) for each, fields in zip(annotations, changes, strict=True)]
    jsonl.write(labels, changed)


def test_test_labels_of_a_plan_rest_on_no_suggestion(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None, None)
    rewrite(labels, {"from_prediction": "m1"}, {}, {}, {})
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


def test_gold_from_a_suggestion_that_nobody_adjudicated_is_named(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None)
    options = Options(split=(1, 0, 0))
    build(articles, labels, PROTEST, tmp_path / "before", options)
    assert "suggested" not in (tmp_path / "before" / "manifest.json").read_text()
    rewrite(labels, {"from_prediction": "m1"}, {}, {"from_prediction": "m1", "kind": "adjudicated"})
    train = build(articles, labels, PROTEST, tmp_path / "out", options).splits["train"]
    assert (train.suggested, train.aided) == (["a0"], {"ana": 1})


def test_answers_to_the_schemes_questions_are_columns(tmp_path: Path) -> None:
    kinds = Question(
        name="kind", question="What is it?", choices=(Choice(value="news"), Choice(value="a view")), several=True
    )
    asked = PROTEST.model_copy(update={"questions": (kinds,)})
    asked = Scheme.model_validate(asked.model_dump())  # with a fingerprint of its own
    articles, labels = small(tmp_path, None, None, None, None)
    answers: list[dict[str, tuple[str, ...]]] = [
        {"kind": ("a view", "news")},
        {"kind": ("news",), "article": ("no event",)},
        {},
    ]
    rewrite(labels, *({"scheme": asked.fingerprint, "choices": each} for each in answers))
    manifest = build(articles, labels, asked, tmp_path / "out", Options(split=(1, 0, 0)))
    table = datasets.load_from_disk(tmp_path / "out")["train"]
    names = table.features["choices_kind"].feature
    assert dict(zip(table["id"], map(names.int2str, table["choices_kind"]), strict=True)) == {
        "a0": ["news", "a view"],
        "a1": ["news"],
        "a2": [],
    }
    assert manifest.splits["train"].answers == {"kind": {"news": 2, "a view": 1}}
    (book,) = (book for book in manifest.ledger if book.unit == "choice")
    assert (book.entered, book.kept, sum(book.dropped.values())) == (4, 3, 1)
    gold = {a.article: a.choices for a in jsonl.read(tmp_path / "out" / "train" / "gold.jsonl", Annotation)}
    assert gold["a1"] == {"kind": ("news",), "article": ("no event",)}


def test_a_dataset_is_not_replaced_unless_told_and_never_with_its_own_inputs(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None)
    build(articles, labels, PROTEST, tmp_path / "out", Options())
    before = digests(tmp_path / "out")
    with pytest.raises(InputError, match="out: exists already"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(seed=1))
    inside = tmp_path / "out" / "train"
    with pytest.raises(InputError, match=r"articles\.jsonl: lies in .*out, which would be replaced"):
        build(inside / "articles.jsonl", inside / "gold.jsonl", PROTEST, tmp_path / "out", Options(), overwrite=True)
    (tmp_path / "out" / "plan.jsonl").touch()
    with pytest.raises(InputError, match=r"plan\.jsonl: lies in .*out, which would be replaced"):
        build(articles, labels, PROTEST, tmp_path / "out", Options(), plan=tmp_path / "out/plan.jsonl", overwrite=True)
    (tmp_path / "out" / "plan.jsonl").unlink()
    with pytest.raises(InputError, match="is not among the articles given"):
        build(inside / "articles.jsonl", labels, PROTEST, tmp_path / "new", Options())
    assert digests(tmp_path / "out") == before
    build(articles, labels, PROTEST, tmp_path / "out", Options(seed=1), overwrite=True)
    assert digests(tmp_path / "out") != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["articles.jsonl", "labels.jsonl", "out"]


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

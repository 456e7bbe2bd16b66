"""Labels built into a dataset: what stands in it, and what comes of what cannot."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import msgspec
import pytest

from rolecall.annotate.dataset import build
from rolecall.annotate.manifest import Manifest, Options, digests
from rolecall.core import bio, config, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, Entry, read_ledger
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Choice, Question, Scheme, scheme_for
from tests.annotate.corpus import ANNOTATIONS, ARTICLES, PROTEST, relabel, small


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


def test_gold_keeps_overlaps_that_rows_cannot_and_unlabelled_articles_are_named(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None)
    manifest = build(articles, labels, PROTEST, tmp_path / "out", Options())
    assert manifest.unlabelled == ["a3"]
    for split, counts in manifest.splits.items():
        assert (counts.articles, counts.spans, counts.gold_spans) == (1, 1, 2)
        (gold,) = jsonl.read(tmp_path / "out" / split / "gold.jsonl", Annotation)
        assert len(gold.spans) == 2
    lost = [entry for entry in read_ledger(tmp_path / "out" / "ledger.jsonl") if isinstance(entry, Entry)]
    assert {(entry.article, entry.outcome, entry.item, entry.winner) for entry in lost} == {
        (f"a{n}", "dropped", "0:5 PROTEST 'Rally'", f"0:7 PROTEST 'Rally {n}'") for n in range(3)
    }


def test_gold_from_a_suggestion_that_nobody_adjudicated_is_named(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, None)
    options = Options(split=(1, 0, 0))
    build(articles, labels, PROTEST, tmp_path / "before", options)
    assert "suggested" not in (tmp_path / "before" / "manifest.json").read_text()
    relabel(labels, {"from_prediction": "m1"}, {}, {"from_prediction": "m1", "kind": "adjudicated"})
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
    relabel(labels, *({"scheme": asked.fingerprint, "choices": each} for each in answers))
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
    with pytest.raises(InputError, match="is not among the articles given"):
        build(inside / "articles.jsonl", labels, PROTEST, tmp_path / "new", Options())
    assert digests(tmp_path / "out") == before
    build(articles, labels, PROTEST, tmp_path / "out", Options(seed=1), overwrite=True)
    assert digests(tmp_path / "out") != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["articles.jsonl", "labels.jsonl", "out"]

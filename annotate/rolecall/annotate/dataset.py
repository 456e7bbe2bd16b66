"""Build a dataset folder: a Hugging Face DatasetDict, and beside it what scoring needs and how all of it came about.

DIR/dataset_dict.json, DIR/SPLIT/data-*.arrow  the DatasetDict, for datasets.load_from_disk
DIR/parquet/SPLIT-*.parquet                    the same rows, where Parquet was asked for
DIR/SPLIT/articles.jsonl                       the articles
DIR/SPLIT/gold.jsonl                           the chosen annotation of each, with all its spans
DIR/SPLIT/annotators.jsonl                     what people made of the same articles, for agreement
DIR/splits.jsonl                               which split each article is in, to hold on to
DIR/scheme.yaml, ledger.jsonl, manifest.json, README.md

The same inputs and options give the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import msgspec
from msgspec import UNSET

from rolecall.annotate import allocation, splits
from rolecall.annotate.card import write_card
from rolecall.annotate.corpus import Corpus, Settled
from rolecall.annotate.doubles import FOLD, Double, check_doubles, find_doubles
from rolecall.annotate.facts import Facts, measure
from rolecall.annotate.manifest import MANIFEST, Input, Manifest, Options, SplitCounts, digests
from rolecall.annotate.readings import rules
from rolecall.annotate.rows import column_of, to_row
from rolecall.annotate.tables import write_frame, write_parquet, write_rows
from rolecall.core import __version__, bio, config, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, Ledger
from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.core.sealed import check_sealed
from rolecall.core.spool import Spool
from rolecall.core.staging import staged

Watch = Callable[[Sequence[str], str], Iterable[str]]


def load(folder: Path | str, scheme: Scheme | str | None = None) -> datasets.DatasetDict:
    """Open a dataset folder after checking that it is as it was built, and labelled with `scheme` where one is given.

    The scheme is one, or its fingerprint. Raises InputError naming the files that are missing or altered, and
    SchemeMismatchError.
    """
    fingerprint = scheme.fingerprint if isinstance(scheme, Scheme) else scheme
    check_sealed(Path(folder), fingerprint)
    return datasets.load_from_disk(str(folder))


def build(
    articles: Path,
    annotations: Path,
    scheme: Scheme,
    out: Path,
    options: Options,
    *,
    settled: Settled | None = None,
    overwrite: bool = False,
    watch: Watch = lambda names, _: names,
) -> Manifest:
    """Write the dataset folder `out`, whole or not at all, and return its manifest.

    `settled` are files that settle splits. With a team plan among them its test articles are the test
    split, and the others are drawn into train and validation. `watch` is given the ids of each split, to show
    progress. Raises InputError for inputs that do not fit together, and for an `out` that exists unless `overwrite` is
    given.
    """
    settled = settled or Settled()
    files = {"articles": articles, "annotations": annotations} | settled.paths()
    for what, path in files.items():
        if overwrite and what != "splits" and path.resolve().is_relative_to(out.resolve()):
            raise InputError(f"lies in {out}, which would be replaced", path=path, remedy="choose another --out")
    with staged(out, mark=MANIFEST, overwrite=overwrite) as folder, Spool() as entries, Spool() as merged:
        ledger = Ledger(entries)
        inputs = {what: Input.of(path) for what, path in files.items()}
        corpus = Corpus(articles, annotations, scheme, options, ledger, settled=settled, spool=merged)
        doubles = _doubles(corpus, watch)
        counts = {split: _nothing(scheme) for split, ids in corpus.ids.items() if ids}
        facts = Facts()
        tables = _write_tables(folder, corpus, counts, facts, ledger=ledger, watch=watch)
        splits.check_leaks(folder)
        allocation.write(folder / allocation.SPLITS_FILE, corpus.allocations())
        jsonl.write_text(folder / "scheme.yaml", config.dump(scheme))
        facts.agreement, facts.against_gold, facts.by_role = measure(
            watch(corpus.labelled, "Measuring agreement"), corpus
        )
        manifest = _manifest(
            corpus, inputs, counts, facts, books=ledger.write(folder / "ledger.jsonl"), doubles=doubles
        )
        write_card(folder / "README.md", manifest, scheme, tables)
        manifest = msgspec.structs.replace(manifest, files=digests(folder))
        jsonl.write_text(folder / MANIFEST, manifest.text())
    return manifest


def _doubles(corpus: Corpus, watch: Watch) -> list[Double]:
    """Look for near-duplicates in different splits, or folds of train; raise InputError where they are not allowed."""
    part_of = {name: split for split, ids in corpus.ids.items() for name in ids}
    part_of |= {name: f"{FOLD}{fold}" for name, fold in corpus.fold_of.items()}
    doubles = find_doubles(corpus.articles, part_of, lambda names: watch(names, "Looking for near-duplicates"))
    if not corpus.options.allow_doubles:
        check_doubles(doubles)
    return doubles


def _write_tables(
    folder: Path, corpus: Corpus, counts: Mapping[str, SplitCounts], facts: Facts, *, ledger: Ledger, watch: Watch
) -> dict[str, list[str]]:
    """Write the rows of each split and its records, and return the files for people who load the folder as it is."""
    columns = features(corpus.scheme, folds=bool(corpus.options.folds))
    write_frame(folder, counts, columns)
    tables = {}
    for split, count in counts.items():
        ids = watch(corpus.ids[split], f"Building {split}")
        rows = _rows(ids, corpus, ledger, count, facts, shown=split == "train")
        tables[split] = write_rows(folder, split, rows, columns)
        if corpus.options.parquet:
            tables[split] = write_parquet(folder, split, tables[split])
        _write_records(folder / split, corpus.ids[split], corpus, count)
    return tables


def _manifest(
    corpus: Corpus,
    inputs: dict[str, Input],
    counts: dict[str, SplitCounts],
    facts: Facts,
    *,
    books: list[Balance],
    doubles: list[Double],
) -> Manifest:
    return Manifest(
        scheme=corpus.scheme.fingerprint,
        rolecall=__version__,
        datasets=datasets.__version__,
        options=corpus.options,
        inputs=inputs,
        splits=counts,
        unlabelled=corpus.unlabelled,
        ledger=books,
        gold=rules(corpus.readings, corpus.chosen, corpus.options.by),
        facts=facts,
        cut=corpus.cut or UNSET,
        absent=corpus.absent or UNSET,
        doubles=doubles or UNSET,
    )


def _nothing(scheme: Scheme) -> SplitCounts:
    """Return the counts of a split before its first row, with a place for each answer."""
    answers = {each.name: dict.fromkeys((choice.value for choice in each.choices), 0) for each in scheme.questions}
    return SplitCounts(answers=answers or UNSET)


def features(scheme: Scheme, *, folds: bool = False) -> datasets.Features:
    """Return the columns of the dataset and their types; offsets count code points, links and events count spans."""
    number, text = datasets.Value("int32"), datasets.Value("string")
    tags = {layer.name: bio.tag_names(role.name for role in layer.roles) for layer in scheme.layers}
    return datasets.Features(
        {
            "id": text,
            "story": text,
            **({"fold": number} if folds else {}),
            "text": text,
            "spans": datasets.List({"start": number, "end": number, "role": text, "text": text}),
            "links": datasets.List(datasets.List(number, length=2)),
            "events": datasets.List(datasets.List(number)),
            "tokens": datasets.List(text),
            "offsets": datasets.List(datasets.List(number, length=2)),
            **{f"tags_{name}": datasets.List(datasets.ClassLabel(names=names)) for name, names in tags.items()},
            **{
                column_of(each.name): datasets.List(
                    datasets.ClassLabel(names=[choice.value for choice in each.choices])
                )
                for each in scheme.questions
            },
        }
    )


def _rows(
    ids: Iterable[str], corpus: Corpus, ledger: Ledger, counts: SplitCounts, facts: Facts, *, shown: bool
) -> Iterator[dict[str, Any]]:
    """Yield rows and count what is in them; those that are `shown` may give examples."""
    stories = set()
    for name in ids:
        gold, article = corpus.gold(name), corpus.articles[name]
        row = to_row(article, gold, corpus.scheme, ledger)
        if corpus.options.folds:
            row["fold"] = corpus.fold_of.get(name)
        facts.note(article)
        if shown:
            facts.show(row["spans"])
        stories.add(corpus.group_of[name])
        counts.articles += 1
        counts.stories = len(stories)
        counts.gold_spans += len(gold.spans)
        for column in ("tokens", "spans", "links", "events"):
            setattr(counts, column, getattr(counts, column) + len(row[column]))
        for span in row["spans"]:
            counts.roles[span["role"]] = counts.roles.get(span["role"], 0) + 1
        if counts.answers:
            _count_answers(row, corpus.scheme, counts.answers)
        yield row


def _count_answers(row: Mapping[str, Any], scheme: Scheme, answers: Mapping[str, dict[str, int]]) -> None:
    for question in scheme.questions:
        for index in row[column_of(question.name)]:
            answers[question.name][question.choices[index].value] += 1


def _write_records(folder: Path, ids: Sequence[str], corpus: Corpus, counts: SplitCounts) -> None:
    """Write the articles of a split, their gold, and what each annotator made of them."""
    jsonl.write(folder / "articles.jsonl", (corpus.articles[name] for name in ids))
    jsonl.write(folder / "gold.jsonl", (corpus.gold(name) for name in ids))

    aided: dict[str, int] = {}

    def people() -> Iterator[Annotation]:
        for name in ids:
            for annotation in corpus.readings.humans(name):
                counts.annotators[annotation.by] = counts.annotators.get(annotation.by, 0) + 1
                if annotation.from_prediction is not None:
                    aided[annotation.by] = aided.get(annotation.by, 0) + 1
                yield annotation

    jsonl.write(folder / "annotators.jsonl", people())
    counts.aided = aided or UNSET
    counts.suggested = corpus.suggested(ids) or UNSET

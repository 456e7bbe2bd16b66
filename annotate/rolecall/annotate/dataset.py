"""Build a dataset folder: a Hugging Face DatasetDict, and beside it what scoring needs and how all of it came about.

DIR/dataset_dict.json, DIR/SPLIT/data-*.arrow  the DatasetDict, for datasets.load_from_disk
DIR/SPLIT/articles.jsonl                       the articles
DIR/SPLIT/gold.jsonl                           the chosen annotation of each, with all its spans
DIR/SPLIT/annotators.jsonl                     what people made of the same articles, for agreement
DIR/scheme.yaml, ledger.jsonl, manifest.json, README.md

The same inputs and options give the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import datasets
import msgspec
from datasets.arrow_writer import ArrowWriter
from msgspec import UNSET

from rolecall.annotate import splits
from rolecall.annotate.card import write_card
from rolecall.annotate.manifest import MANIFEST, Input, Manifest, Options, SplitCounts, digests, sha256
from rolecall.annotate.plan import assigned, held_out
from rolecall.annotate.plan import read as read_plan
from rolecall.annotate.readings import Readings, choose
from rolecall.annotate.rows import column_of, to_row
from rolecall.core import __version__, bio, config, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger
from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.core.staging import staged

BATCH = 100
"""Rows held in memory at a time."""
Watch = Callable[[Sequence[str], str], Iterable[str]]


class Corpus:
    """Articles with the readings of them, the choice of one reading each, and their splits."""

    def __init__(
        self,
        articles: Path,
        annotations: Path,
        scheme: Scheme,
        options: Options,
        ledger: Ledger,
        *,
        plan: Path | None = None,
    ) -> None:
        self.articles = jsonl.ArticleFile(articles)
        self.readings = Readings(annotations, scheme, self.articles)
        self.chosen = choose(self.readings, options.by, ledger)
        self.unlabelled = [name for name in self.articles if name not in self.chosen]
        group_of = splits.groups(self.articles.values())
        self.group_of = {name: group_of[name] for name in self.articles if name in self.chosen}
        split_of = self._split(options, plan)
        self.ids = {split: [name for name in self.group_of if split_of[name] == split] for split in splits.SPLITS}

    def _split(self, options: Options, plan: Path | None) -> dict[str, str]:
        """Return the split of each labelled article: as the plan or the articles say, or drawn."""
        shares = splits.Shares(*options.split)
        if plan is not None:
            planned = read_plan(plan)
            here = {name: assigned(planned, name, self.articles[name].hash, path=plan) for name in self.group_of}
            test = held_out(here)
            self._check_unaided(test)
            split_of = splits.draw_beside(self.group_of, test, shares, options.seed)
        elif options.split_field is not None:
            split_of = splits.given((self.articles[name] for name in self.group_of), options.split_field)
        else:
            return splits.draw(self.group_of, shares, options.seed)
        splits.check_torn(self.group_of, split_of)
        return split_of

    def _check_unaided(self, test: Iterable[str]) -> None:
        """Raise InputError for test articles whose labels started from a suggestion: the plan promises that none do."""
        anchored = {
            name: people for name in sorted(test) if (people := self.readings.anchored(name, self.chosen[name]))
        }
        if anchored:
            names = ", ".join(f"{article} ({', '.join(people)})" for article, people in list(anchored.items())[:10])
            raise InputError(
                f"{len(anchored):,} test articles of the plan were labelled from a model's suggestion: {names}"
                + (", ..." if len(anchored) > 10 else ""),
                path=self.readings.path,
                remedy="label them anew without it, or take the labels of somebody who did: --by NAME",
            )

    def suggested(self, ids: Iterable[str]) -> list[str]:
        """Name the articles whose gold is one person's reading and started from a suggestion."""
        golden = ((name, self.readings.of[name][self.chosen[name]]) for name in ids)
        return [name for name, reading in golden if reading.suggested and reading.kind == "human"]

    def gold(self, name: str) -> Annotation:
        """Read the chosen annotation of an article."""
        return self.readings.get(name, self.chosen[name])


def build(
    articles: Path,
    annotations: Path,
    scheme: Scheme,
    out: Path,
    options: Options,
    *,
    plan: Path | None = None,
    overwrite: bool = False,
    watch: Watch = lambda names, _: names,
) -> Manifest:
    """Write the dataset folder `out`, whole or not at all, and return its manifest.

    With a team `plan` its test articles are the test split, and the others are drawn into train and validation.
    `watch` is given the ids of each split, to show progress. Raises InputError for inputs that do not fit together,
    and for an `out` that exists unless `overwrite` is given.
    """
    files = {"articles": articles, "annotations": annotations} | ({} if plan is None else {"plan": plan})
    for path in files.values():
        if overwrite and path.resolve().is_relative_to(out.resolve()):
            raise InputError(f"lies in {out}, which would be replaced", path=path, remedy="choose another --out")
    ledger = Ledger()
    with staged(out, mark=MANIFEST, overwrite=overwrite) as folder:
        inputs = {what: Input.of(path) for what, path in files.items()}
        corpus = Corpus(articles, annotations, scheme, options, ledger, plan=plan)
        counts = {split: _nothing(scheme) for split, ids in corpus.ids.items() if ids}
        with quiet():
            tables = datasets.DatasetDict()
            for split, count in counts.items():
                ids = watch(corpus.ids[split], f"Building {split}")
                rows = _rows(ids, corpus, scheme, ledger, count)
                tables[split] = _table(rows, features(scheme), folder / f"{split}.rows")
            tables.save_to_disk(folder)
        for split, count in counts.items():
            (folder / f"{split}.rows").unlink()
            _write_records(folder / split, corpus.ids[split], corpus, count)
        splits.check_leaks(folder)
        jsonl.write_text(folder / "scheme.yaml", config.dump(scheme))
        manifest = Manifest(
            scheme=scheme.fingerprint,
            rolecall=__version__,
            datasets=datasets.__version__,
            options=options,
            inputs=inputs,
            splits=counts,
            unlabelled=corpus.unlabelled,
            ledger=ledger.write(folder / "ledger.jsonl"),
        )
        languages = {article.lang for article in corpus.articles.values()}
        write_card(folder / "README.md", manifest, scheme, languages)
        manifest = msgspec.structs.replace(manifest, files=digests(folder))
        jsonl.write_text(folder / MANIFEST, manifest.text())
    return manifest


def _nothing(scheme: Scheme) -> SplitCounts:
    """Return the counts of a split before its first row, with a place for each answer."""
    answers = {each.name: dict.fromkeys((choice.value for choice in each.choices), 0) for each in scheme.questions}
    return SplitCounts(answers=answers or UNSET)


def features(scheme: Scheme) -> datasets.Features:
    """Return the columns of the dataset and their types; offsets count code points, links and events count spans."""
    number, text = datasets.Value("int32"), datasets.Value("string")
    tags = {layer.name: bio.tag_names(role.name for role in layer.roles) for layer in scheme.layers}
    return datasets.Features(
        {
            "id": text,
            "story": text,
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
    ids: Iterable[str], corpus: Corpus, scheme: Scheme, ledger: Ledger, counts: SplitCounts
) -> Iterator[dict[str, Any]]:
    """Yield rows and count what is in them."""
    stories = set()
    for name in ids:
        gold = corpus.gold(name)
        row = to_row(corpus.articles[name], gold, scheme, ledger)
        stories.add(corpus.group_of[name])
        counts.articles += 1
        counts.stories = len(stories)
        counts.gold_spans += len(gold.spans)
        for column in ("tokens", "spans", "links", "events"):
            setattr(counts, column, getattr(counts, column) + len(row[column]))
        for span in row["spans"]:
            counts.roles[span["role"]] = counts.roles.get(span["role"], 0) + 1
        if counts.answers:
            _count_answers(row, scheme, counts.answers)
        yield row


def _count_answers(row: Mapping[str, Any], scheme: Scheme, answers: Mapping[str, dict[str, int]]) -> None:
    for question in scheme.questions:
        for index in row[column_of(question.name)]:
            answers[question.name][question.choices[index].value] += 1


def _table(rows: Iterable[dict[str, Any]], columns: datasets.Features, path: Path) -> datasets.Dataset:
    """Write rows to an Arrow file as they come, and open it as a dataset.

    Its fingerprint is its content's; datasets would make one from the time of day.
    """
    with ArrowWriter(features=columns, path=str(path), writer_batch_size=BATCH) as writer:
        for row in rows:
            writer.write(row)
        writer.finalize()
    table = datasets.Dataset.from_file(str(path))
    return datasets.Dataset(table.data, info=table.info, fingerprint=sha256(path)[:16])


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


@contextmanager
def quiet() -> Iterator[None]:
    """Keep datasets from drawing progress bars of its own."""
    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()

"""The parts of a file, and a worker that labels them: what one process makes of them, or the reason why not."""

import socket
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet
import pytest

from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article
from rolecall.train import articles as files
from rolecall.train import run as runs
from rolecall.train.labelling import Job, digest
from rolecall.train.parts import Part, Work, Worker, cut, read
from rolecall.train.predict import chunks, predict
from rolecall.train.run import Run
from rolecall.train.threads import limited

pytestmark = pytest.mark.train
SAMPLE = Path(__file__).parents[2] / "sample" / "articles.jsonl"
BATCH = 64
"""Sub-tokens a batch, so that a chunk is 4,096 characters: two reports or three."""
parquet: Any = pyarrow.parquet  # untyped


class Corpus(NamedTuple):
    """The same articles as lines and as rows."""

    lines: Path
    rows: Path
    articles: list[Article]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    made = list(islice(jsonl.read(SAMPLE, Article), 24))
    jsonl.write(folder / "a.jsonl", made)
    table = pa.table({"id": [article.id for article in made], "text": [article.text for article in made]})
    parquet.write_table(table, folder / "a.parquet", row_group_size=7)
    return Corpus(folder / "a.jsonl", folder / "a.parquet", made)


def job(run: Run, **other: Any) -> Job:
    known = Job(digest(run.path), run.name, 0.0, BATCH, "cpu", 1, runs.versions(runs.packages(run)), "float32")
    return msgspec.structs.replace(known, **other)


def test_parts_are_cut_where_one_process_cuts(corpus: Corpus) -> None:
    sizes = [len(chunk) for chunk in chunks(corpus.articles, BATCH)]
    assert len(sizes) > 5
    for path in (corpus.lines, corpus.rows):
        for number in (1, 3):
            parts = list(cut(path, 0, BATCH, number))
            assert [part.size for part in parts] == [
                sum(sizes[at : at + number]) for at in range(0, len(sizes), number)
            ]
            found = [list(islice(files.read(path, files.Place(*part[:2])), part.size)) for part in parts]
            assert [article.id for own in found for article in own] == [article.id for article in corpus.articles]
    assert list(cut(corpus.lines, sizes[0], BATCH, 1)) == list(cut(corpus.lines, 0, BATCH, 1))[1:]
    assert list(cut(corpus.lines, len(corpus.articles), BATCH, 1)) == []


def asked(worker: Worker, part: Part) -> tuple[list[Annotation], str]:
    """Ask a worker as Ray does."""
    found = worker({name: [value] for name, value in part._asdict().items()})
    [labels], [problem] = found["labels"], found["problem"]
    return (read(labels) if labels else []), problem


def test_a_worker_labels_its_part_or_says_why_not(opened: Run, corpus: Corpus, tmp_path: Path) -> None:
    first, second, *_ = cut(corpus.rows, 0, BATCH, 1)
    with limited(1):
        tagger = runs.load_tagger(opened, "cpu")
        whole = list(predict(opened, tagger, corpus.articles[: first.size + second.size], batch=BATCH))
    work = Work(opened.path, corpus.rows, job(opened), 1)
    worker = Worker(work)
    assert asked(worker, second) == (whole[first.size : first.size + second.size], "")
    assert asked(worker, first) == (whole[: first.size], "")
    with limited(1):
        half = runs.load_tagger(opened, "cpu", half=True)
        rounded = list(predict(opened, half, corpus.articles[: first.size], batch=BATCH))
    job_of_half = job(opened, precision="bfloat16")
    assert asked(Worker(msgspec.structs.replace(work, job=job_of_half)), first) == (rounded, "")
    for other, said in (
        ({"articles": tmp_path / "none.jsonl"}, "none.jsonl: cannot be read: No such file or directory"),
        ({"run": tmp_path}, "holds no run"),
        ({"job": job(opened, model="0")}, "is not the run that was named\n  remedy: put it where all nodes see"),
        (
            {"job": job(opened, versions={**runs.versions(runs.packages(opened)), "torch": "1.0"})},
            " for 1.0\n  remedy: install the same",
        ),
    ):
        labels, problem = asked(Worker(msgspec.structs.replace(work, **other)), first)
        assert labels == []
        assert problem.startswith(f"{socket.gethostname()}: ")
        assert said in problem

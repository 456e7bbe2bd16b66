"""Label a file of articles into a file of annotations that a later run goes on with.

Beside the output `found.jsonl` grow `.found.jsonl.part`, the annotations, and `.found.jsonl.job`, what they are made
with. A run that was stopped or killed is gone on with by the same command: full chunks of articles stay, as long as
they are of the same texts, and the rest is done, to the bytes of an unbroken run. What is made with something else is
gone on with by nobody, and begun again only when asked for.
"""

import os
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b, sha256
from itertools import islice, zip_longest
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
import numpy as np

from rolecall.core import jsonl, sealed
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.train import articles as files
from rolecall.train import run as runs
from rolecall.train.predict import BATCH, chunks, predict
from rolecall.train.run import Run
from rolecall.train.tagger import Tagger
from rolecall.train.unfinished import take

MODEL = (
    "config.json",
    "*.safetensors",
    "*.onnx*",
    "export.json",
    "tokenizer*",
    "transitions.json",
    "run.json",
    "scheme.yaml",
)
"""The files of a run that labels depend on."""
SECONDS = 1.0
"""How long a labelled article may stay in memory alone."""
Step = Callable[[int, int], None]


class Survey(NamedTuple):
    """What a file of articles holds; `characters` are code points of their texts."""

    articles: int
    characters: int


class Labelled(NamedTuple):
    """How many articles are in the output, and how many of them an earlier run had labelled."""

    articles: int
    before: int


class Job(msgspec.Struct, frozen=True):
    """What annotations are made with.

    `model` is a SHA-256 of what labels depend on in the run, `batch` is in sub-tokens. `threads` are those that the
    model computes with where the device is the CPU, else 0: sums of another number of parts have other last digits.
    `precision` is what its matrix products are made of: float32, bfloat16, int8.
    """

    model: str
    by: str
    threshold: float
    batch: int
    device: str
    threads: int
    versions: dict[str, str]
    precision: str


class Engine(NamedTuple):
    """Who labels: `device`, `threads`, `precision` of a Job, and what yields annotations of a file's articles in order.

    `annotate` is told the job, the file, and how many articles from the first on are labelled already.
    """

    device: str
    threads: int
    precision: str
    annotate: Callable[[Job, Path, int], Iterator[Annotation]]


def survey(articles: Path) -> Survey:
    """Read a file of articles (JSON Lines, or .parquet) once; memory holds 8 bytes of each.

    Raises InputError naming the line that is no article, the column that lacks, or the id that stands twice, and for
    what can be read once only.
    """
    if articles.exists() and not articles.is_file() and not articles.is_dir():
        raise InputError("is no file", path=articles, remedy="write the articles to a file: it is read more than once")
    ids, characters = array("Q"), 0
    for article in files.read(articles):
        ids.append(int.from_bytes(blake2b(article.id.encode(), digest_size=8).digest(), "big"))
        characters += len(article.text)
    known = np.frombuffer(ids, dtype=np.uint64) if ids else np.empty(0, dtype=np.uint64)
    known.sort()  # where they are: a copy would double what memory holds
    if np.equal(known[1:], known[:-1]).any():
        files.check_unique(articles)  # says which one
    return Survey(len(ids), characters)


def here(run: Run, tagger: Tagger) -> Engine:
    """Label in this process."""

    def annotate(job: Job, articles: Path, done: int) -> Iterator[Annotation]:
        rest = islice(files.read(articles), done, None)
        return predict(run, tagger, rest, batch=job.batch, by=job.by, threshold=job.threshold)

    network = tagger.network
    threads = network.threads if network.device == "cpu" else 0
    return Engine(network.device, threads, network.precision, annotate)


def label(
    run: Run,
    worker: Tagger | Engine,
    articles: Path,
    out: Path,
    *,
    batch: int = BATCH,
    by: str | None = None,
    threshold: float = 0.0,
    overwrite: bool = False,
    step: Step = lambda _articles, _characters: None,
) -> Labelled:
    """Write an annotation for each article, in their order, and go on with what an earlier run left.

    `worker` is a model in this process, or who else labels. `step` is told how many articles, and characters of them,
    are labelled. Arguments else as of `predict`. Raises InputError where the output cannot be written, where another
    run is at work on it, where the articles change meanwhile, and where an earlier run left what is made with something
    else, unless `overwrite` is given.
    """
    engine = worker if isinstance(worker, Engine) else here(run, worker)
    job = Job(
        model=digest(run.path),
        by=by or run.name,
        threshold=threshold,
        batch=batch,
        device=engine.device,
        threads=engine.threads,
        versions=runs.versions(runs.packages(run)),
        precision=engine.precision,
    )

    def made(done: int) -> Iterator[Annotation]:
        return engine.annotate(job, articles, done)

    if out.exists() and not out.is_file() and not out.is_dir():  # a pipe or device: nothing to go on with
        return Labelled(jsonl.write(out, _told(made(0), articles, 0, step)), 0)
    with _part(out, job, overwrite=overwrite) as part:
        before, end = _full(part, chunks(files.read(articles), batch))
        part.seek(end)
        part.truncate()
        count, written = before, time.monotonic()
        for annotation in _told(made(before), articles, before, step):
            part.write(msgspec.json.encode(annotation) + b"\n")
            count += 1
            if time.monotonic() - written > SECONDS:
                part.flush()
                written = time.monotonic()
    return Labelled(count, before)


def _told(made: Iterator[Annotation], articles: Path, before: int, step: Step) -> Iterator[Annotation]:
    """Yield annotations, of articles behind the first `before`, and tell how far they reach."""
    texts = files.read(articles)
    characters = sum(len(article.text) for article in islice(texts, before))
    step(before, characters)
    for done, (annotation, article) in enumerate(zip_longest(made, texts), before + 1):
        if not annotation or not article or (annotation.article, annotation.hash) != (article.id, article.hash):
            raise InputError("was changed while it was labelled", path=articles, remedy="run the same command again")
        yield annotation
        characters += len(article.text)
        step(done, characters)


def digest(folder: Path) -> str:
    """Say which model this is; what else lies in its folder, such as these very predictions, makes no difference."""
    files = sorted({path for pattern in MODEL for path in folder.glob(pattern) if path.is_file()})
    return sha256("".join(f"{path.name} {sealed.sha256(path)}\n" for path in files).encode()).hexdigest()


@contextmanager
def _part(out: Path, job: Job, *, overwrite: bool) -> Iterator[BinaryIO]:
    """Hold the part of an output, which takes its place when the block ends well."""
    if out.is_dir():
        raise InputError("is a folder", path=out, remedy="name a file")
    out = out.resolve()
    path, note = (out.with_name(f".{out.name}.{ending}") for ending in ("part", "job"))
    with _locked(path, out) as file:
        if overwrite:
            file.truncate(0)
        if os.fstat(file.fileno()).st_size:
            _check_same(note, job, out)
        jsonl.write_text(note, msgspec.json.encode(job).decode() + "\n")
        yield file
        file.flush()
        os.fsync(file.fileno())
        if out.exists():
            path.chmod(out.stat().st_mode & 0o777)
        path.replace(out)
        note.unlink()


@contextmanager
def _locked(path: Path, out: Path) -> Iterator[BinaryIO]:
    """Open the part of an output for this run alone."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        file = path.open("r+b")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", path=out, remedy="check the folder and its permissions"
        ) from error
    with file:
        if not take(file, path):
            raise InputError("is being written by another run", path=out, remedy="wait for it, or choose another file")
        yield file


def _check_same(note: Path, job: Job, out: Path) -> None:
    """Raise InputError where the job of a part that was found is not this one."""
    again = "or begin again: --overwrite"
    try:
        before = msgspec.json.decode(note.read_bytes(), type=Job)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            "an unfinished output is here, and what it is made with is not known", path=note, remedy=again[3:]
        ) from error
    pairs = ((name, getattr(before, name), getattr(job, name)) for name in Job.__struct_fields__)
    if differing := [f"{name} ({_short(was)}, not {_short(now)})" for name, was, now in pairs if was != now]:
        raise InputError(
            f"an unfinished output is here that is made with another {', '.join(differing)}",
            path=out,
            remedy=f"go on with the same, {again}",
        )


def _short(value: object) -> str:
    """Put a setting of a job into few words."""
    if isinstance(value, dict):
        return " ".join(f"{name} {version}" for name, version in value.items())
    return f"{value:.12}" if isinstance(value, str) else str(value)


def _full(part: BinaryIO, parts: Iterator[list[Article]]) -> tuple[int, int]:
    """Return how many articles a part has the labels of, in full chunks from the first on, and where these end."""
    decoder = msgspec.json.Decoder(Annotation)
    done = end = 0
    for chunk in parts:
        for article in chunk:
            line = part.readline()
            try:
                found = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return done, end
            if not line.endswith(b"\n") or (found.article, found.hash) != (article.id, article.hash):
                return done, end
        done, end = done + len(chunk), part.tell()
    return done, end

"""A part of a file of articles, and a worker that labels parts: what runs on the machines of a cluster.

A worker reads its parts itself, by their places, so articles do not travel. What it cannot do it answers with the
reason: an error that is raised there would end in the log of a machine, or be tried again for ever.
"""

import platform
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from rolecall.core.errors import InputError, RolecallError
from rolecall.core.records import Annotation
from rolecall.train import articles as files
from rolecall.train import labelling
from rolecall.train import run as runs
from rolecall.train.articles import Place
from rolecall.train.labelling import Job
from rolecall.train.predict import chunks, predict
from rolecall.train.run import Run
from rolecall.train.tagger import Tagger
from rolecall.train.threads import hold_tokenizers, limited


class Part(NamedTuple):
    """Articles that stand one behind the other: where the first one does, and how many they are."""

    line: int
    offset: int
    size: int


class Work(msgspec.Struct, frozen=True):
    """What a worker labels: the articles of a file, by a run; `threads` are the CPU threads it may take."""

    run: Path
    articles: Path
    job: Job
    threads: int


def cut(articles: Path, done: int, batch: int, number: int) -> Iterator[Part]:
    """Cut a file behind the first `done` articles into parts of up to `number` chunks, as `predict` would cut it."""
    part: Part | None = None
    held = 0
    for chunk in chunks(islice(files.locate(articles), done, None), batch):
        part = Part(*chunk[0].place, 0) if part is None else part
        part, held = part._replace(size=part.size + len(chunk)), held + 1
        if held == number:
            yield part
            part, held = None, 0
    if part is not None:
        yield part


class Worker:
    """A process with the model of a run, which it loads when the first part comes."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._loaded: tuple[Run, Tagger] | None = None
        hold_tokenizers(work.threads)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Label the one part of a batch: its annotations in JSON, or the problem in words."""
        part = Part(*(int(batch[name][0]) for name in Part._fields))
        labels, problem = b"", ""
        try:
            run, tagger = self._loaded = self._loaded or load(self._work)
            with limited(self._work.threads):
                labels = msgspec.json.encode(self._label(part, run, tagger))
        except (RolecallError, OSError, ImportError) as error:
            problem = f"{platform.node()}: {error}"
        return {"labels": [labels], "problem": [problem]}

    def _label(self, part: Part, run: Run, tagger: Tagger) -> list[Annotation]:
        work = self._work
        articles = islice(files.read(work.articles, Place(part.line, part.offset)), part.size)
        job = work.job
        return list(predict(run, tagger, articles, batch=job.batch, by=job.by, threshold=job.threshold))


def load(work: Work) -> tuple[Run, Tagger]:
    """Load the model; raise InputError where this machine has another one, or other versions of what it runs on."""
    run = runs.open_run(work.run)
    ours, theirs = runs.versions(runs.packages(run)), work.job.versions
    if other := [
        f"{name} {ours.get(name)} for {version}" for name, version in theirs.items() if ours.get(name) != version
    ]:
        raise InputError(f"has {', '.join(other)}", remedy="install the same versions on all nodes")
    if labelling.digest(run.path) != work.job.model:
        raise InputError("is not the run that was named", path=run.path, remedy="put it where all nodes see the same")
    return run, runs.load_tagger(run, work.job.device, work.threads, half=work.job.precision == "bfloat16")


def read(labels: bytes) -> list[Annotation]:
    """Read what a worker has labelled."""
    return msgspec.json.decode(labels, type=list[Annotation])

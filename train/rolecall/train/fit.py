"""Train a run: a dataset and settings in, a folder with a model out.

While it trains, its parts are in .NAME.part beside the folder to be: the last checkpoint, from which an interrupted run
goes on, and the best epoch's weights. The folder appears when all of it is there.
"""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch

from rolecall.core import config, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from rolecall.core.sealed import MANIFEST, sha256
from rolecall.core.staging import put
from rolecall.evaluate.card import Derived, derive
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.files import score_files
from rolecall.train import (
    average,
    checkpoints,
    data_card,
    encoders,
    interrupts,
    model_card,
    processes,
    threads,
    tracking,
    vocabulary,
)
from rolecall.train import run as runs
from rolecall.train.callbacks import Watch as Callback
from rolecall.train.callbacks import epochs
from rolecall.train.checkpoints import number_of
from rolecall.train.device import find_device
from rolecall.train.dropout import QuickDropout, drops_attention
from rolecall.train.examples import load, load_sealed
from rolecall.train.interrupts import Stop
from rolecall.train.job import Job, prepare
from rolecall.train.metrics import Epoch, count
from rolecall.train.model_card import Card
from rolecall.train.precision import plain_attention
from rolecall.train.predict import annotate
from rolecall.train.processes import Team
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from rolecall.train.trainer import Around, Measure, SpanTrainer, arguments, has_idle
from rolecall.train.unfinished import check_free, folder_of, held
from rolecall.train.vocabulary import Known


class Watch(NamedTuple):
    """Who is told of each step (done, total) and of each epoch."""

    step: Callable[[int, int], None] = lambda _done, _total: None
    epoch: Callable[[Epoch], None] = lambda _: None


class Fitted(NamedTuple):
    """A finished run: `kept` is the number of the epoch whose weights it holds, `books` those of its ledger.

    `known` says how well the encoder's vocabulary knows the training articles.
    """

    path: Path
    epochs: list[Epoch]
    kept: int
    books: list[Balance]
    known: Known


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What an unfinished run was started with."""

    settings: dict[str, Any]
    conditions: dict[str, str]
    dataset: str


def fit(settings: FitConfig, *, resume: bool = False, overwrite: bool = False, watch: Watch | None = None) -> Fitted:
    """Train and write the run; the same settings, machine, versions, processes and threads give the same weights.

    Processes that torchrun or accelerate launched train together; the first of them alone writes and tells `watch`. The
    first SIGINT or SIGTERM while it trains ends it behind the step that it is in, with a checkpoint; KeyboardInterrupt
    says behind which. Raises InputError for a dataset or encoder that cannot be used, for a dataset whose files are not
    those of its manifest, and for a run that exists (without `overwrite`), is in the making elsewhere, was interrupted
    (without `resume` or `overwrite`), was interrupted under other settings, versions, device, precision or number of
    processes or threads, or was left where not all processes see it; and LeaderFailedError in other processes than the
    first, where that one failed.
    """
    with (
        interrupts.heard(launched=processes.launched() > 1) as stop,
        threads.limited(settings.threads),
        ExitStack() as stack,
    ):
        team = processes.join(find_device(settings.device))
        with team.first():
            if team.leads:
                tracking.check(settings.track)
                check_free(settings.run, mark=runs.MARK, resume=resume, overwrite=overwrite)
            dataset = _open(settings, check=team.leads)
            if team.leads:
                stack.enter_context(_held(settings, team, resume=resume, overwrite=overwrite))
            checkpoint = _checkpoint(folder_of(settings.run))
        with team.together():
            _check_seen(checkpoint, settings.run, team)
            job = prepare(settings, dataset, team, checkpoint)
        trainer = _train(job, stop, watch or Watch())
        if trainer.stopped:
            raise KeyboardInterrupt(f"step {trainer.state.global_step:,} of {trainer.state.max_steps:,}")
        records = epochs(trainer.state, [layer.name for layer in job.scheme.layers])
        kept = _kept(settings, records)
        with team.first():
            if team.leads:
                _write(job, trainer, records, kept)
    known = vocabulary.measure(job.tagger.encoder, (example.window for example in job.learned))
    return Fitted(settings.run, records, kept, job.ledger.balances(), known)


def _open(settings: FitConfig, *, check: bool) -> Any:
    """Open the dataset; raise InputError where it is none, was altered (if that is to be checked), or lacks a split."""
    dataset = load_sealed(settings.dataset)[0] if check else load(settings.dataset)
    if settings.patience is not None and "validation" not in dataset:
        raise InputError(
            "has no validation split, by whose F1 patience would end training",
            path=settings.dataset,
            remedy="leave patience out, or build the dataset with a validation split",
        )
    return dataset


def _held(settings: FitConfig, team: Team, *, resume: bool, overwrite: bool) -> AbstractContextManager[Path]:
    """Hold the folder of the unfinished run; torch has its number of threads by now."""
    numbers = {"processes": str(team.count), "threads": str(torch.get_num_threads())}
    now = Started(
        settings=settings.model_dump(mode="json"),
        conditions={**runs.conditions(settings), **numbers},
        dataset=sha256(settings.dataset / MANIFEST),  # it holds the digests of all files
    )
    return held(settings.run, "run", now, _worth, resume=resume, overwrite=overwrite)


def _write(job: Job, trainer: SpanTrainer, records: list[Epoch], kept: int) -> None:
    """Write the run, and put it in its place."""
    settings, tagger, folder = job.settings, job.tagger, job.part / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    info = runs.Info(
        scheme=job.scheme.fingerprint,
        dataset=job.digest,
        encoder=settings.encoder,
        window=tagger.encoder.window,
        overlap=settings.overlap,
        epoch=kept,
        stopped=len(records) if len(records) < settings.epochs else None,
        threads=torch.get_num_threads(),
        processes=job.team.count,
        device=str(tagger.model.device),
        precision="bfloat16" if trainer.args.bf16 else "float32",
        versions=runs.versions(),
    )
    runs.save(folder, tagger, info, job.scheme)
    jsonl.write_text(folder / "settings.yaml", config.dump(settings))
    jsonl.write(folder / "metrics.jsonl", records)
    job.ledger.write(folder / "ledger.jsonl")
    data = data_card.read(settings.dataset)
    about = Card(settings.run.resolve().name, job.scheme, settings, info, data, _scores(job))
    model_card.write(folder, about)
    if (logs := job.part / tracking.LOGS).is_dir():
        shutil.copytree(logs, folder / tracking.LOGS)
    put(folder, settings.run.resolve())


def _scores(job: Job) -> Derived | None:
    """Score the kept weights on the validation articles, as `rolecall evaluate score` does; None without any."""
    split, found = job.settings.dataset / "validation", job.part / "validation.jsonl"
    if not (split / "gold.jsonl").is_file():
        return None
    articles, name = split / "articles.jsonl", job.settings.run.resolve().name
    gold = {annotation.article for annotation in jsonl.read(split / "gold.jsonl", Annotation)}
    labelled = (article for article in jsonl.read(articles, Article) if article.id in gold)
    jsonl.write(found, annotate(job.tagger, labelled, scheme=job.scheme.fingerprint, by=name))
    return derive(
        score_files(split / "gold.jsonl", found, articles=articles, scheme=job.settings.dataset / "scheme.yaml")
    )


def _train(job: Job, stop: Stop, watch: Watch) -> SpanTrainer:
    """Train to the end, or until a signal stops it, from the newest checkpoint where there is one."""
    settings, team, part = job.settings, job.team, job.part
    step = number_of(job.checkpoint)
    measure = _measure(settings.dataset / "validation", job.scheme, team)
    idle = team.count > 1 and has_idle(job.tagger, job.learned[0])
    told = [Callback([layer.name for layer in job.scheme.layers], watch.step, watch.epoch)] if team.leads else []
    with tracking.tracked(settings.track, part / tracking.LOGS, step, leads=team.leads) as trackers:
        trainer = SpanTrainer(
            job.tagger,
            job.learned,
            settings,
            args=arguments(settings, part, measured=measure is not None, idle=idle),
            measure=measure or (lambda _: {}),
            around=Around(team, stop, [*told, *trackers]),
            best=part / "best.safetensors" if measure is not None and settings.keep == "best" else None,
        )
        model, on_cpu = job.tagger.model, trainer.args.device.type == "cpu"
        slow = on_cpu and (trainer.args.bf16 or drops_attention(model))
        with encoders.quiet(), plain_attention(model, wanted=slow), QuickDropout() if on_cpu else nullcontext():
            trainer.go_on(job.checkpoint)
    return trainer


def _measure(folder: Path, scheme: Scheme, team: Team) -> Measure | None:
    """Return what counts a tagger's spans on the validation articles, or None where there are none.

    Processes share the articles, and all get the counts of all.
    """
    if not (folder / "gold.jsonl").is_file():
        return None
    articles = jsonl.ArticleFile(folder / "articles.jsonl")
    read = jsonl.read_annotations(
        folder / "gold.jsonl", scheme=scheme.fingerprint, roles=scheme.roles, articles=articles
    )
    gold: dict[str, Annotation] = {annotation.article: annotation for annotation in read}
    own = [*gold][team.index :: team.count]

    def measure(tagger: Tagger) -> dict[str, Counts]:
        labelled = (articles[name] for name in own)
        found = count(gold, annotate(tagger, labelled, scheme=scheme.fingerprint, by="model"), scheme)
        sums = iter(team.sum([number for counts in found.values() for number in msgspec.structs.astuple(counts)]))
        return {layer: Counts(next(sums), next(sums), next(sums)) for layer in found}

    return measure


def _kept(settings: FitConfig, records: list[Epoch]) -> int:
    """Return the number of the epoch whose weights are kept: of the best ones the last, as the trainer has it."""
    if settings.keep == "last":
        return records[-1].epoch
    return max(records, key=lambda record: (record.f1 or 0.0, record.epoch)).epoch


def _worth(part: Path, _: BaseException) -> bool:
    """Whether an interrupted run left a checkpoint to go on from."""
    return _checkpoint(part) is not None


def _checkpoint(part: Path) -> Path | None:
    """Find the newest checkpoint that was written to its end, and remove what was not."""
    checkpoints.clear(part)
    found = checkpoints.newest(part)
    average.forget(part, number_of(found))
    return found


def _check_seen(checkpoint: Path | None, run: Path, team: Team) -> None:
    """Raise InputError where processes would go on from different steps."""
    steps = team.gather(number_of(checkpoint))
    if len(set(steps)) > 1:
        raise InputError(
            f"is not the same for all processes: they would go on after steps {', '.join(map(str, steps))}",
            path=folder_of(run),
            remedy="put dataset and run on storage that all machines see",
        )

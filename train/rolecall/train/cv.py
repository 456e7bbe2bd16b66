"""Cross-validate: train on all folds but one, label that one, and score the labels of all folds together.

Nothing of a fold is used to train the model that labels it. No epoch is chosen either, as that would take articles
from training: each model learns all other folds and keeps its last epoch. While it works, its parts are in .NAME.part
beside the folder to be, and an interrupted one goes on with the fold that it was in, from its newest checkpoint.

A kept model's run holds the manifest of what it learned from (part.json: the whole dataset's digest, and the ids of the
articles), whose SHA-256 is its `dataset`. Its settings.yaml names folders that are gone, and does not repeat the run.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from rolecall.core import groups, jsonl
from rolecall.core.errors import RolecallError
from rolecall.core.records import Annotation
from rolecall.core.sealed import MANIFEST
from rolecall.core.staging import put
from rolecall.evaluate import card, files
from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.summary import Summary, summarise
from rolecall.train import fit as fits
from rolecall.train import folds, threads, unfinished
from rolecall.train import run as runs
from rolecall.train.pool import Pool, cut, open_pool
from rolecall.train.predict import predict
from rolecall.train.settings import FitConfig

MARK, SCORECARD, PART = "folds.json", "scorecard.json", "part.json"
FOLDS = 5
"""How many folds are drawn where neither the dataset nor anybody says it."""


class Plan(NamedTuple):
    """How to cross-validate: the number of folds to draw, the splits to take, and whether models are kept.

    Without a number, the folds are the dataset's own where it has all articles in some, else FOLDS are drawn.
    """

    folds: int | None = None
    splits: tuple[str, ...] = ("train",)
    keep_models: bool = False


class Watch(NamedTuple):
    """Who is told of each fold that begins (its number, of how many), and of what happens in it."""

    fold: Callable[[int, int], None] = lambda _number, _count: None
    fit: fits.Watch | None = None


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """One fold: the articles that were labelled by a model of all others, by id, and the scores on them."""

    fold: int
    stories: int
    articles: list[str]
    scores: Summary


class Folds(msgspec.Struct, frozen=True, kw_only=True):
    """The file folds.json; `dataset` is the SHA-256 of the dataset's manifest.

    `drawn` says whether the seed drew the folds, numbered from 1, or they are the dataset's own, numbered as there.
    """

    dataset: str
    splits: tuple[str, ...]
    seed: int
    drawn: bool
    epoch: Literal["last"]
    folds: list[Fold]


class CrossValidated(NamedTuple):
    """A finished cross-validation: its folder, its folds, and the scorecard of all articles together."""

    path: Path
    folds: Folds
    scorecard: Scorecard


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What an unfinished cross-validation was started with; `folds` are drawn, or without a number the dataset's."""

    settings: dict[str, Any]
    conditions: dict[str, str]
    dataset: str
    folds: int | None
    splits: tuple[str, ...]
    keep_models: bool


def cross_validate(
    settings: FitConfig,
    out: Path,
    plan: Plan,
    *,
    resume: bool = False,
    overwrite: bool = False,
    watch: Watch | None = None,
) -> CrossValidated:
    """Write the folder `out` with gold, out-of-fold predictions and their scores; of `settings`, `run` does not count.

    The settings' seed draws the folds too. Raises InputError as `fit` does, where there are too few stories, and where
    the dataset's own folds tear one apart.
    """
    unfinished.check_free(out, mark=MARK, resume=resume, overwrite=overwrite)
    pool = open_pool(settings.dataset, plan.splits)
    started, fold_of = _start(settings, pool, plan)
    numbers, watch = sorted(set(fold_of.values())), watch or Watch()
    with unfinished.held(
        out.resolve(), "cross-validation", started, _worth, resume=resume, overwrite=overwrite
    ) as part:
        work = _Work(pool, fold_of, settings, plan, part, out.resolve().name)
        work.result.mkdir(exist_ok=True)
        for number in numbers:
            watch.fold(number, len(numbers))
            _label(work, number, watch)
        found = _write(work)
        made = Folds(
            dataset=pool.digest,
            splits=plan.splits,
            seed=settings.seed,
            drawn=started.folds is not None,
            epoch="last",
            folds=[_fold(number, fold_of, found) for number in numbers],
        )
        jsonl.write_json(work.result / MARK, made)
        put(work.result, out.resolve())
    return CrossValidated(out, made, found)


def _start(settings: FitConfig, pool: Pool, plan: Plan) -> tuple[Started, dict[str, int]]:
    """Return what a cross-validation is started with, and the fold of each article by id."""
    group_of = groups.join(pool.articles())
    own = folds.settled(pool.folds(), group_of, pool.dataset) if plan.folds is None else None
    count = None if own else plan.folds or FOLDS
    started = Started(
        settings=settings.model_dump(mode="json", exclude={"run"}),
        conditions=runs.conditions(settings),
        dataset=pool.digest,
        folds=count,
        splits=plan.splits,
        keep_models=plan.keep_models,
    )
    return started, own or folds.draw(group_of, plan.folds or FOLDS, settings.seed)


class _Work(NamedTuple):
    """What is to be done, where its parts are, and what the predictions are signed with."""

    pool: Pool
    fold_of: Mapping[str, int]
    settings: FitConfig
    plan: Plan
    part: Path
    by: str

    @property
    def result(self) -> Path:
        """The folder that takes the place of the one to be."""
        return self.part / "result"

    def predictions(self, fold: int) -> Path:
        """The labels of a fold; it is full when they are there."""
        return self.part / f"fold-{fold}.jsonl"


def _label(work: _Work, fold: int, watch: Watch) -> None:
    """Train on all other folds and label this one, as far as that is not done."""
    dataset, run = work.part / f"dataset-{fold}", work.result / f"fold-{fold}"
    if not work.predictions(fold).is_file():
        if not dataset.exists():
            cut(work.pool, [name for name, other in work.fold_of.items() if other != fold], dataset)
        own = {"dataset": dataset, "run": run, "keep": "last", "patience": None}
        _train(work.settings.model_copy(update=own if work.plan.keep_models else {**own, "track": ()}), watch.fit)
        shutil.copyfile(dataset / MANIFEST, run / PART)
        opened = runs.open_run(run)
        with threads.limited(work.settings.threads):
            tagger = runs.load_tagger(opened, work.settings.device)
            held_out = (article for article in work.pool.articles() if work.fold_of[article.id] == fold)
            jsonl.write(work.predictions(fold), predict(opened, tagger, held_out, by=work.by))
    shutil.rmtree(dataset, ignore_errors=True)
    if not work.plan.keep_models:
        shutil.rmtree(run, ignore_errors=True)


def _train(settings: FitConfig, watch: fits.Watch | None) -> None:
    """Train a run, go on with it, or leave it where it is full."""
    own = unfinished.folder_of(settings.run)
    if not settings.run.exists():
        begun = (own / unfinished.MARK).is_file()
        fits.fit(settings, resume=begun, overwrite=not begun, watch=watch)
    shutil.rmtree(own, ignore_errors=True)


def _write(work: _Work) -> Scorecard:
    """Put the folds' predictions together, beside what they are scored against, and score them."""
    result, pool, fold_of = work.result, work.pool, work.fold_of
    labelled = {fold: jsonl.read(work.predictions(fold), Annotation) for fold in set(fold_of.values())}
    jsonl.write(result / "predictions.jsonl", (next(labelled[fold_of[article.id]]) for article in pool.articles()))
    jsonl.write(result / "articles.jsonl", pool.articles())
    jsonl.write(result / "gold.jsonl", pool.gold())
    people = jsonl.write(result / "annotators.jsonl", pool.people())
    shutil.copyfile(pool.dataset / "scheme.yaml", result / "scheme.yaml")
    found = files.score_files(
        result / "gold.jsonl",
        result / "predictions.jsonl",
        articles=result / "articles.jsonl",
        annotators=result / "annotators.jsonl" if people else None,
    )
    card.write(result / SCORECARD, found, card.derive(found))
    return found


def _fold(number: int, fold_of: Mapping[str, int], found: Scorecard) -> Fold:
    """Sum one fold up, from the rows of the pooled score."""
    rows = [row for row in found.tally.rows if fold_of[row.article] == number]
    return Fold(
        fold=number,
        stories=len({row.group for row in rows}),
        articles=[row.article for row in rows],
        scores=summarise(rows, found.layers, resamples=found.terms.resamples, seed=found.terms.seed),
    )


def _worth(part: Path, error: BaseException) -> bool:
    """Whether there is something to go on with: a mistake in the settings leaves nothing."""
    full = (*part.glob("fold-*.jsonl"), *part.glob("result/.fold-*.part/checkpoint-*"))
    return bool(full) or not isinstance(error, RolecallError)

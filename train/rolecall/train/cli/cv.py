"""The command that cross-validates."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rolecall.train.cli import options

if TYPE_CHECKING:
    from rich.table import Table

    from rolecall.train.cv import CrossValidated, Fold, Folds, Watch

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: rolecall train cv default dataset=dataset --folds 5 --out cv")
def cv(
    config: Annotated[str, typer.Argument(help="A shipped config (rolecall configs), or the path of a .yaml file.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.")] = None,
    *,
    out: Annotated[Path, typer.Option(help="The folder to make: predictions, gold, articles, folds, scorecard.")],
    folds: Annotated[
        int | None, typer.Option(min=2, help="How many folds to draw; else the dataset's own are taken, else 5 drawn.")
    ] = None,
    splits: Annotated[
        str, typer.Option(help="Splits of the dataset to take together, such as train,validation.")
    ] = "train",
    keep_models: Annotated[
        bool, typer.Option("--keep-models", help="Keep each fold's run, as OUT/fold-N; part.json there says what of.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted cross-validation.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what there is of this one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print folds.json, instead of tables.")] = False,
) -> None:
    """Train on all folds but one and label that one, in turn, and score all articles of the splits.

    Without --folds, the folds are those that `rolecall annotate dataset --folds` put into the dataset, where it has all
    of these articles in one (only train is); else they are drawn by story, from the config's seed. Nothing of a fold is
    used to train the model that labels it. No epoch is chosen: each model keeps its last one, whatever `keep` says. The
    test split is read only if --splits names it. OUT holds what `rolecall evaluate` reads.

    A kept run has learned from the articles in its part.json; its settings.yaml names folders that are gone by then,
    and does not repeat it.
    """
    from rolecall.core import config as configs
    from rolecall.core import shipped
    from rolecall.core.wording import names_in
    from rolecall.train.settings import FitConfig

    settings = configs.load(FitConfig, shipped.find("train", config), overrides or ())
    if resume and overwrite:
        raise typer.BadParameter("--resume goes on, --overwrite begins again: choose one")
    if not (chosen := tuple(names_in(splits))):
        raise typer.BadParameter("--splits names none: give one, such as train")

    from rolecall.train import cv as worker

    plan = worker.Plan(folds=folds, splits=chosen, keep_models=keep_models)
    try:
        with _watching() as watch:
            made = worker.cross_validate(settings, out, plan, resume=resume, overwrite=overwrite, watch=watch)
    except KeyboardInterrupt:
        raise options.interrupted(out, "the last full fold or checkpoint") from None
    if as_json:
        print((out / worker.MARK).read_text(encoding="utf-8"), end="")
    else:
        _print(made, asked=folds is not None)


@contextmanager
def _watching() -> Iterator["Watch"]:
    """Show a bar over the folds, and one over the steps of the fold at work."""
    from rolecall.core.progress import bars
    from rolecall.train import fit
    from rolecall.train.cv import Watch

    with bars() as progress:
        every, own = progress.add_task("folds", total=None), progress.add_task("fit", total=None)
        begun = 0

        def fold(number: int, count: int) -> None:
            nonlocal begun
            progress.update(every, completed=begun, total=count)
            progress.reset(own, description=f"fold {number}", total=None)
            begun += 1

        def step(done: int, total: int) -> None:
            progress.update(own, completed=done, total=total)

        yield Watch(fold, fit.Watch(step=step))
        progress.update(every, completed=progress.tasks[0].total)


def _print(made: "CrossValidated", *, asked: bool) -> None:
    """Print each fold's score, then the one of all articles."""
    from rolecall.evaluate import card, table

    shown = options.console()
    derived = card.derive(made.scorecard)
    shown.print(_fold_table(made.folds.folds))
    shown.print(table.score_table(derived, made.scorecard.layers))
    for warning in derived.warnings:
        shown.print(f"note: {warning}", soft_wrap=True)
    shown.print(f"note: {_origin(made.folds, asked=asked)}", soft_wrap=True)
    shown.print("note: each model keeps its last epoch: choosing one would take articles from training", soft_wrap=True)
    shown.print(derived.signature, soft_wrap=True)
    beside = " ".join(
        f"--{name} {path}"
        for name in ("articles", "annotators")
        if (path := made.path / f"{name}.jsonl").stat().st_size
    )
    again = f"rolecall evaluate score {made.path / 'gold.jsonl'} {made.path / 'predictions.jsonl'} {beside}"
    shown.print(f"wrote {made.path}; see more of it: {again}", soft_wrap=True)


def _origin(made: "Folds", *, asked: bool) -> str:
    """Say where the folds come from."""
    if not made.drawn:
        return "the folds are the dataset's own; --folds N draws others"
    why = "" if asked else ", as the dataset has no folds of its own for all of these articles"
    return f"{len(made.folds)} folds were drawn by story, from seed {made.seed}{why}"


def _fold_table(folds: "list[Fold]") -> "Table":
    from rich import box
    from rich.table import Table

    from rolecall.evaluate.summary import doubtful
    from rolecall.evaluate.table import FOOTNOTE, interval, number

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("fold", "stories", "articles", "gold", "P", "R", "F1"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95% interval", no_wrap=True)
    for fold in folds:
        micro = fold.scores.micro
        rates = (number(each.value) for each in (micro.precision, micro.recall, micro.f1))
        sizes = (fold.fold, f"{fold.stories:,}", f"{len(fold.articles):,}", f"{micro.gold:,}")
        table.add_row(*map(str, sizes), *rates, interval(micro))
    if any(doubtful(fold.scores.micro) for fold in folds):
        table.caption, table.caption_justify = FOOTNOTE, "left"
    return table

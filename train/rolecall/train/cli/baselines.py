"""The command that trains baselines and holds them against our own training."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rolecall.train.cli import options

if TYPE_CHECKING:
    from rich.table import Table

    from rolecall.train.baselines.race import Race, Watch

app = typer.Typer(rich_markup_mode=None)


class Split(StrEnum):
    """The splits that can be labelled."""

    VALIDATION = "validation"
    TEST = "test"


@app.command(epilog="Example: rolecall train baselines default dataset=dataset --out baselines --only lexicon,crf,ours")
def baselines(
    config: Annotated[str, typer.Argument(help="A shipped config (rolecall configs), or the path of a .yaml file.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.")] = None,
    *,
    out: Annotated[Path, typer.Option(help="The folder to make: NAME.jsonl and NAME.scorecard.json of each method.")],
    only: Annotated[
        str | None, typer.Option(help="Methods, of lexicon, crf, frozen, recipe, recipe-tuned, ours; else all.")
    ] = None,
    split: Annotated[Split, typer.Option(help="The split to label.")] = Split.VALIDATION,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted race.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what there is of this one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print baselines.json, instead of a table.")] = False,
) -> None:
    """Train simple methods and our own on the train split, label another, and say how far apart they are.

    The config is that of our own training; the others take its dataset, encoder, device and seed. All are scored on the
    same whole articles, so what a method cuts off counts as missed. Where validation is labelled, ours is trained
    without it and keeps its last epoch. OUT appears when all methods are done; until then its parts are in .OUT.part
    beside it, and with --resume methods that are done stand, while the one that was interrupted begins again.
    """
    from rolecall.core import config as configs
    from rolecall.core import jsonl, shipped
    from rolecall.core.wording import names_in
    from rolecall.train.settings import FitConfig

    if resume and overwrite:
        raise typer.BadParameter("--resume goes on, --overwrite begins again: choose one")
    settings = configs.load(FitConfig, shipped.find("train", config), overrides or ())

    from rolecall.train.baselines import race
    from rolecall.train.baselines.methods import METHODS

    names = tuple(METHODS) if only is None else tuple(names_in(only))
    if strange := [name for name in names if name not in METHODS]:
        raise typer.BadParameter(f"--only: no method {', '.join(strange)}; methods: {', '.join(METHODS)}")
    if not names or len(set(names)) < len(names):
        raise typer.BadParameter("--only: name at least one method, each once")
    try:
        with _watching(names) as watch:
            made = race.race(settings, out, names, split=split.value, resume=resume, overwrite=overwrite, watch=watch)
    except KeyboardInterrupt:
        raise options.interrupted(out, "the last full method") from None
    if as_json:
        print(jsonl.to_json(made), end="")
    else:
        _print(made, out)


@contextmanager
def _watching(names: Sequence[str]) -> Iterator["Watch"]:
    """Show a bar over the methods, and one over the steps of the one at work."""
    from rolecall.core.progress import bars
    from rolecall.train.baselines.race import Watch

    with bars() as progress:
        every, own = progress.add_task("methods", total=len(names)), progress.add_task("", total=None)

        def method(name: str) -> None:
            progress.update(every, completed=names.index(name))
            progress.reset(own, description=name, total=None)

        def step(done: int, total: int) -> None:
            progress.update(own, completed=done, total=total)

        yield Watch(method, step)
        progress.update(every, completed=len(names))


def _print(made: "Race", out: Path) -> None:
    from rolecall.train.baselines.methods import OURS

    shown = options.console()
    shown.print(_table(made))
    for result in made.results:
        shown.print(f"{result.method}: {result.what}", soft_wrap=True)
    if OURS in {result.method for result in made.results}:
        for note in _notes(made):
            shown.print(f"note: {note}", soft_wrap=True)
    for warning in made.warnings:
        shown.print(f"note: {warning}", soft_wrap=True)
    shown.print(made.signature, soft_wrap=True)
    shown.print(f"wrote {out}", soft_wrap=True)


def _notes(made: "Race") -> Iterator[str]:
    """Say what ours does otherwise than the methods beside it: how it chooses its epoch, and what its seconds hold."""
    if made.split == "validation":
        yield "ours kept its last epoch, without a look at the validation articles"
    else:
        if made.settings["keep"] == "best":
            yield "ours chose its epoch by the validation articles, which the others do not use"
        yield "ours also labelled the validation articles, if there are any, after each epoch: train s holds that too"
    if made.precision == "bfloat16" and any(result.method.startswith("recipe") for result in made.results):
        yield (
            "ours trained in bfloat16, as this machine multiplies it faster, and the recipe in float32, as people run "
            "it: train s compares these two; precision=float32 has ours in float32 too"
        )


def _table(made: "Race") -> "Table":
    """Lay the methods out; the last columns stay away where ours did not run."""
    from rich import box
    from rich.table import Table

    from rolecall.evaluate import compare_table, table
    from rolecall.evaluate.summary import doubtful

    compared = any(result.against is not None for result in made.results)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("method", no_wrap=True)
    rates = ("F1", "95% interval", "macro F1", "P", "R", "train s")
    for name in (*rates, *(("minus ours", "95% interval", "p") if compared else ())):
        shown.add_column(name, justify="left" if name == "95% interval" else "right", no_wrap=True)
    for result in made.results:
        micro, against = result.micro, result.against
        cells = [table.number(micro.f1.value), table.interval(micro), table.number(result.macro.f1.value)]
        cells += [table.number(micro.precision.value), table.number(micro.recall.value), f"{result.seconds:,.1f}"]
        if against is not None:
            cells += [
                compare_table.signed(against.value),
                compare_table.interval(against),
                compare_table.chance(against.p),
            ]
        shown.add_row(result.method, *cells)
    notes = ["p: two-sided, by swaps of stories, uncorrected"] if compared else []
    if any(doubtful(result.micro) or (result.against and result.against.doubtful) for result in made.results):
        notes.append(table.FOOTNOTE)
    shown.caption, shown.caption_justify = "\n".join(notes) or None, "left"
    return shown

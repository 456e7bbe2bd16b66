"""Commands of the train stage, one module a family; each imports what it needs when it runs."""

import typer

from rolecall.train.cli import baselines, cv, export, run

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Fine-tune a token classifier on a dataset, and predict.",
    epilog="Example: rolecall train fit default dataset=dataset run=runs/first",
)
app.add_typer(run.app)
app.add_typer(export.app)
app.add_typer(cv.app)
app.add_typer(baselines.app)

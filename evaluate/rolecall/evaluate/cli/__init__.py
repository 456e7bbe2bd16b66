"""Commands of the evaluate stage, one module a family; each imports what it needs when it runs."""

import typer

from rolecall.evaluate.cli import agree, judge, measure, show, study

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Score annotations against annotations, measure agreement, report, gate.",
    epilog="Example: rolecall evaluate score gold.jsonl predictions.jsonl --articles articles.jsonl",
)
app.add_typer(measure.app)
app.add_typer(agree.app)
app.add_typer(show.app)
app.add_typer(judge.app)
app.add_typer(study.app)

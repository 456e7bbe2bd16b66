"""Commands of the evaluate stage; each imports what it needs when it runs."""

import typer

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Score annotations against annotations, compare, report, gate."
)

"""Commands of the train stage; each imports what it needs when it runs."""

import typer

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Fine-tune a token classifier on a dataset, and predict."
)

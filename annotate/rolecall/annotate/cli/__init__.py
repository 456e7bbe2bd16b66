"""Commands of the annotate stage, one module a family; each imports what it needs when it runs."""

import typer

from rolecall.annotate.cli import (
    adjudicate,
    check,
    clean,
    dataset,
    enter,
    ingest,
    migrate,
    plan,
    publish,
    pull,
    push,
    scheme,
    stories,
    studio,
    verify,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="From articles to a dataset, by way of Label Studio.",
    epilog="Example: rolecall annotate ingest articles/ --out articles.jsonl",
)
app.add_typer(ingest.app)
app.add_typer(clean.app)
app.add_typer(stories.app)
app.add_typer(plan.app)
app.add_typer(studio.app, name="studio")
app.add_typer(scheme.app, name="scheme")
app.add_typer(push.app)
app.add_typer(enter.app)
app.add_typer(pull.app)
app.add_typer(verify.app)
app.add_typer(check.app)
app.add_typer(migrate.app)
app.add_typer(adjudicate.app, name="adjudicate")
app.add_typer(dataset.app)
app.add_typer(publish.app)

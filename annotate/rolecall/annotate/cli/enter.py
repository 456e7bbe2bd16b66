"""The command that enters annotations that exist already."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from rolecall.annotate.cli.options import AsJson, by_whom, connected, fingerprint_of, print_json, show

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog='Example: rolecall annotate enter annotations.jsonl --project "Reports" --studio studio')
def enter(
    annotations: Annotated[Path, typer.Argument(help="annotations.jsonl: each record's `by` names an account.")],
    *,
    studio: Annotated[Path, typer.Option("--studio", help="Directory of the local Label Studio.")],
    project: Annotated[str, typer.Option("--project", help="The project's title, or its id.")],
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="A shipped scheme's name, or a scheme file; else the labels' own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Enter annotations into a local Label Studio, each under its annotator's own account, none of them twice."""
    from rolecall.annotate import enter as worker
    from rolecall.annotate.studio import read_state
    from rolecall.core.progress import track
    from rolecall.core.scheme import scheme_for

    loaded = scheme_for(fingerprint_of(annotations), given=scheme, beside=annotations)
    state = read_state(studio)
    with connected(studio) as server:
        plan = worker.plan(annotations, server, state, loaded, project)
    people = Counter(
        entry.by for entry in track(worker.carry_out(plan, annotations, state, loaded), "enter", len(plan.entries))
    )
    if as_json:
        refused = [refusal._asdict() for refusal in plan.refused]
        print_json({"entered": people, "unchanged": plan.unchanged, "refused": refused})
    else:
        print(
            f"project {plan.project.id} {plan.project.title!r}: {people.total():,} entered{by_whom(people)}, "
            f"{plan.unchanged:,} unchanged, {len(plan.refused):,} refused"
        )
    show(f"{refusal.article} by {refusal.by}: {refusal.reason}" for refusal in plan.refused)
    if plan.refused:
        raise typer.Exit(1)

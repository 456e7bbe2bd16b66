"""The command that carries a Label Studio project to another scheme."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from rolecall.annotate.cli.options import AsJson, KeyFile, StudioDir, Url, connected, show

if TYPE_CHECKING:
    from rolecall.annotate.migrate import Plan, Refusal

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog="Example: rolecall annotate migrate --migration protest-1-to-2.yaml --project Reports --studio studio "
    "--backup reports-before.json"
)
def migrate(
    *,
    migration: Annotated[Path, typer.Option(help="Migration file: what becomes of every role that changes.")],
    project: Annotated[str, typer.Option(help="The project's title, or its id.")],
    backup: Annotated[
        Path, typer.Option(help="File for all that the project holds before; a run that was cut off goes on from it.")
    ],
    studio: StudioDir = None,
    url: Url = None,
    key_file: KeyFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would happen, and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Carry a project to another scheme in place: every annotation keeps its number, its author and its beginning.

    Suggestions and unsaved work go over as well. What the new scheme has no place for is listed in a ledger beside the
    backup: exit 1 when there is any. Ask people to stop labelling; work saved meanwhile is carried over where that is
    certain, and refused by name where it is not. Cut off, run it again with the same --backup.
    """
    from rolecall.annotate import migrate as worker
    from rolecall.annotate.migration import load_migration
    from rolecall.core.progress import track

    loaded = load_migration(migration)
    written, refused = 0, []
    with connected(studio, url, key_file) as server:
        plan = worker.prepare(server, loaded, project, backup, dry_run=dry_run)
        if not dry_run:
            steps = track(worker.carry_out(server, plan), "migrate", plan.project.tasks)
            written = sum(step.written for step in steps)
            refused = worker.finish(server, plan)
    _tell(plan, written, refused, backup, dry_run=dry_run, as_json=as_json)
    if refused:
        raise typer.Exit(2)
    if plan.lost:
        raise typer.Exit(1)


def _tell(plan: "Plan", written: int, refused: "list[Refusal]", backup: Path, *, dry_run: bool, as_json: bool) -> None:
    from rolecall.annotate.passage import ledger_path

    ends = {"source": plan.migration.source.fingerprint, "target": plan.migration.target.fingerprint}
    if as_json:
        what = {"project": plan.project.id, **ends, "changing": plan.changing, "written": written}
        listed = {"refused": [refusal._asdict() for refusal in refused], "books": msgspec.to_builtins(plan.books)}
        print(json.dumps(what | listed, ensure_ascii=False))
    else:
        changing = ", ".join(f"{count:,} {kind}" for kind, count in plan.changing.items())
        state = "is not finished" if refused else "would change" if dry_run else "is carried over"
        state = "was carried over before" if plan.settled and not written and not refused else state
        print(f"project {plan.project.id} {plan.project.title!r} {state}: {' -> '.join(ends.values())}: {changing}")
    for balance in plan.books:
        print(balance, file=sys.stderr)
    show(f"{refusal.article}: {refusal.what} {refusal.reason}" for refusal in refused)
    if refused:
        print(
            "put these right in Label Studio, in the old labels as they were or in the new ones, then run it again",
            file=sys.stderr,
        )
    if plan.lost and not dry_run:
        print(f"not everything could be kept; what could not, and why: {ledger_path(backup)}", file=sys.stderr)

"""The command that brings articles to Label Studio."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rolecall.annotate.cli.options import (
    Annotators,
    AsJson,
    KeyFile,
    ProjectName,
    SchemeName,
    StudioDir,
    Url,
    connected,
    names_in,
    print_json,
    required,
    show,
)
from rolecall.core.errors import InputError

if TYPE_CHECKING:
    from rolecall.annotate.push import Delivery, Pushed
    from rolecall.core.jsonl import ArticleFile
    from rolecall.core.scheme import Scheme

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog='Example: rolecall annotate push articles.jsonl --scheme protest --project "Reports" --studio studio '
    "--plan plan.jsonl --suggestions predictions.jsonl"
)
def push(
    articles: Annotated[Path, typer.Argument(help="articles.jsonl.")],
    *,
    scheme: SchemeName,
    project: ProjectName = None,
    studio: StudioDir = None,
    url: Url = None,
    key_file: KeyFile = None,
    annotators: Annotators = "",
    plan: Annotated[
        Path | None, typer.Option(help="Team plan: who labels what. Without it each annotator gets every article.")
    ] = None,
    suggestions: Annotated[
        Path | None,
        typer.Option(help="predictions.jsonl. Test articles and those that several people label go out without."),
    ] = None,
    guidelines: Annotated[Path | None, typer.Option(help="Markdown that annotators can open beside the text.")] = None,
    new_versions: Annotated[
        bool,
        typer.Option("--new-versions", help="Put a changed article beside its older text instead of refusing it."),
    ] = False,
    to_file: Annotated[
        Path | None, typer.Option("--to-file", help="Folder for tasks.json and config.xml, to import by hand.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what --to-file wrote before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring articles to a project, and make the project where there is none; what is there already is left alone.

    Cut off at any moment and run again, every article is there once. With --annotators or --plan, each annotator has a
    project of their own, so that nobody labels with a colleague's labels before their eyes; pull brings all home.
    """
    from rolecall.annotate.instructions import instructions
    from rolecall.annotate.push import push as work
    from rolecall.annotate.suggest import Suggestions
    from rolecall.core.jsonl import ArticleFile
    from rolecall.core.scheme import load_scheme

    loaded = load_scheme(scheme)
    texts = ArticleFile(articles)  # reads every record once before any is sent
    if not texts:
        raise InputError("holds no articles", path=articles, remedy="bring some in: rolecall annotate ingest")
    if to_file is not None:
        if project or studio or url or key_file or annotators or plan or suggestions or guidelines or dry_run:
            raise InputError("--to-file needs no server", remedy="leave out all but ARTICLES and --scheme")
        _hand_over(texts, loaded, to_file, overwrite=overwrite, as_json=as_json)
        return
    deliveries = _deliveries(texts, required(project), names_in(annotators), plan)
    suggested = None if suggestions is None else Suggestions(suggestions, loaded, texts)
    told = instructions(loaded, guidelines)
    results = []
    with connected(studio, url, key_file) as server:
        for delivery in deliveries:
            with _progress(f"push {delivery.title}", len(delivery.ids)) as watch:
                done = work(
                    server,
                    texts,
                    loaded,
                    delivery,
                    suggestions=suggested,
                    instructions=told,
                    update_instructions=guidelines is not None,
                    versions=new_versions,
                    dry_run=dry_run,
                    watch=watch,
                )
            results.append(done)
    _tell(results, dry_run=dry_run, as_json=as_json)
    if suggested is not None:
        _tell_withheld(deliveries, [name for name in texts if name in suggested])
    if any(done.refused for done in results):
        raise typer.Exit(1)


def _hand_over(texts: "ArticleFile", scheme: "Scheme", folder: Path, *, overwrite: bool, as_json: bool) -> None:
    from rolecall.annotate.handover import PAGE, TASKS, write_files
    from rolecall.core.progress import track

    count = write_files(track(texts.values(), "write", len(texts)), scheme, folder, overwrite=overwrite)
    if as_json:
        print_json({"tasks": count})
    else:
        print(f"{count:,} tasks: {folder / TASKS}; their labelling page: {folder / PAGE}")


def _deliveries(texts: "ArticleFile", project: str, annotators: list[str], plan: Path | None) -> "list[Delivery]":
    """Say which articles go to which project, and which of them may get suggestions."""
    from rolecall.annotate import plan as plans
    from rolecall.annotate.push import Delivery

    if plan is None and not annotators:
        return [Delivery(project, list(texts), list(texts))]
    if plan is None:
        return [
            Delivery(f"{project}, {name}", list(texts), list(texts) if len(annotators) == 1 else [])
            for name in annotators
        ]
    loaded = plans.read(plan)
    for article in texts.values():
        plans.assigned(loaded, article.id, article.hash, path=plan)
    work = plans.work(loaded)
    if unknown := [name for name in annotators if name not in work]:
        raise InputError(f"has no work for {', '.join(unknown)}", path=plan, remedy=f"annotators: {', '.join(work)}")
    return [
        Delivery(
            f"{project}, {name}",
            [one.article for one in work[name] if one.article in texts],
            {one.article for one in work[name] if one.suggest and one.article in texts},
        )
        for name in annotators or work
    ]


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar that is told how far the work has come, not by how much."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _tell(results: "list[Pushed]", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        shown = [done._asdict() | {"refused": [refusal._asdict() for refusal in done.refused]} for done in results]
        print_json({"projects": shown, "dry_run": dry_run})
    for done in results:
        if not as_json:
            print(_line(done, dry_run=dry_run))
        show(f"{refusal.article}: {refusal.reason}" for refusal in done.refused)
    if any("another text" in refusal.reason for done in results for refusal in done.refused):
        print(
            "to label a changed article, add --new-versions, give it an id of its own, or push to a new project",
            file=sys.stderr,
        )


def _line(done: "Pushed", *, dry_run: bool) -> str:
    state = " (to be made)" if done.made and dry_run else " (made)" if done.made else ""
    number = f"{done.project} " if done.project else ""
    parts = [f"{done.new:,} new", f"{done.unchanged:,} unchanged", f"{len(done.refused):,} refused"]
    parts += [f"{done.versions:,} changed, beside the older text"] if done.versions else []
    parts += [f"{done.doubles:,} doubles {'to remove' if dry_run else 'removed'}"] if done.doubles else []
    if done.suggested or done.kept:
        parts += [f"suggestions: {done.suggested:,} new, {done.kept:,} unchanged, {done.replaced:,} replaced"]
    return f"project {number}{done.title!r}{state}: {', '.join(parts)}"


def _tell_withheld(deliveries: "list[Delivery]", suggested: list[str]) -> None:
    given = {name for delivery in deliveries for name in delivery.suggest}
    withheld = [name for name in suggested if name not in given]
    if withheld:
        print(
            f"{len(withheld):,} suggestions are withheld: their articles are for test, or several people label them",
            file=sys.stderr,
        )

"""The command that brings articles to Label Studio."""

import sys
from collections.abc import Callable
from functools import partial
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
    print_json,
    required,
    show,
)
from rolecall.core.errors import InputError
from rolecall.core.wording import names_in

if TYPE_CHECKING:
    from rolecall.annotate.push import Delivery, Pushed
    from rolecall.annotate.suggest import Suggestions
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
    from rolecall.annotate.push import push as send
    from rolecall.core.scheme import load_scheme

    loaded, texts = load_scheme(scheme), _articles(articles)
    if to_file is not None:
        _check_none(project, studio, url, key_file, annotators, plan, suggestions, guidelines, dry_run)
        _hand_over(texts, loaded, to_file, overwrite=overwrite, as_json=as_json)
        return
    deliveries = _deliveries(texts, required(project), names_in(annotators), plan)
    suggested = _suggested(suggestions, loaded, texts)
    work = partial(
        send,
        suggestions=suggested,
        instructions=instructions(loaded, guidelines),
        update_instructions=guidelines is not None,
        versions=new_versions,
        dry_run=dry_run,
    )
    with connected(studio, url, key_file) as server:
        results = [_watched(partial(work, server, texts, loaded), delivery) for delivery in deliveries]
    _tell(results, dry_run=dry_run, as_json=as_json)
    if suggested is not None:
        _tell_suggestions(deliveries, suggested, [name for name in texts if name in suggested])
    if any(done.refused for done in results):
        raise typer.Exit(1)


def _articles(path: Path) -> "ArticleFile":
    """Read every record once before any is sent."""
    from rolecall.core.jsonl import ArticleFile

    texts = ArticleFile(path)
    if not texts:
        raise InputError("holds no articles", path=path, remedy="bring some in: rolecall annotate ingest")
    return texts


def _check_none(*options: object) -> None:
    """Raise InputError where an option is given that only a server has a use for."""
    if any(options):
        raise InputError("--to-file needs no server", remedy="leave out all but ARTICLES and --scheme")


def _suggested(path: Path | None, scheme: "Scheme", texts: "ArticleFile") -> "Suggestions | None":
    """Read every suggestion once before any is sent."""
    from rolecall.annotate.suggest import Suggestions

    return None if path is None else Suggestions(path, scheme, texts)


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

    hashes = {article.id: article.hash for article in texts.values()}
    if plan is None and not annotators:
        return [Delivery(project, hashes, hashes)]
    if plan is None:
        return [
            Delivery(f"{project}, {name}", hashes, hashes if len(annotators) == 1 else frozenset())
            for name in annotators
        ]
    loaded = plans.read(plan)
    for name, digest in hashes.items():
        plans.assigned(loaded, name, digest, path=plan)
    work = plans.work(loaded)
    if unknown := [name for name in annotators if name not in work]:
        raise InputError(f"has no work for {', '.join(unknown)}", path=plan, remedy=f"annotators: {', '.join(work)}")
    there = {name: [one for one in work[name] if one.article in hashes] for name in annotators or work}
    return [
        Delivery(
            f"{project}, {name}",
            {one.article: one.hash for one in ours},
            {one.article for one in ours if one.suggest},
        )
        for name, ours in there.items()
    ]


def _watched(work: "Callable[..., Pushed]", delivery: "Delivery") -> "Pushed":
    """Do the work on one project under a bar."""
    from rolecall.core.progress import bars

    with bars() as progress:
        bar = progress.add_task(f"push {delivery.title}", total=len(delivery.hashes))
        return work(delivery, watch=lambda done: progress.update(bar, completed=done))


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


def _tell_suggestions(deliveries: "list[Delivery]", suggested: "Suggestions", articles: list[str]) -> None:
    """Say which suggestions people will not see, of those for these articles."""
    given = {name for delivery in deliveries for name in delivery.suggest}
    withheld = [name for name in articles if name not in given]
    if withheld:
        print(
            f"{len(withheld):,} suggestions are withheld: their articles are for test, or several people label them",
            file=sys.stderr,
        )
    if len(suggested.versions) > 1:
        print(
            f"annotators start from one of {', '.join(suggested.versions)}: the project's settings say from which",
            file=sys.stderr,
        )

"""The command that brings annotations home."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from rolecall.annotate.cli.options import (
    Annotators,
    AsJson,
    KeyFile,
    ProjectName,
    SchemeName,
    StudioDir,
    Url,
    by_whom,
    connected,
    print_json,
    required,
    show,
)
from rolecall.core.errors import InputError
from rolecall.core.wording import few, names_in

if TYPE_CHECKING:
    from rolecall.annotate.labelstudio import LabelStudio, Project
    from rolecall.annotate.pull import Pulled
    from rolecall.annotate.wire import Json
    from rolecall.core.scheme import Scheme

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog='Example: rolecall annotate pull articles.jsonl --scheme protest --project "Reports" --annotators ana,ben '
    "--studio studio --out annotations.jsonl"
)
def pull(
    articles: Annotated[Path, typer.Argument(help="The articles.jsonl that was pushed.")],
    *,
    scheme: SchemeName,
    out: Annotated[Path, typer.Option(help="annotations.jsonl to write; its ledger goes beside it.")],
    project: ProjectName = None,
    studio: StudioDir = None,
    url: Url = None,
    key_file: KeyFile = None,
    annotators: Annotators = "",
    from_file: Annotated[
        Path | None, typer.Option("--from-file", help="A project exported as JSON, instead of a server.")
    ] = None,
    names: Annotated[str, typer.Option(help="Names for accounts that an export has by number only: 7=ana,8=ben.")] = "",
    adjudicated_by: Annotated[
        str, typer.Option(help="Whose annotations are adjudicated, commas between; else those marked ground truth.")
    ] = "",
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Keep the tasks in a file beside --out, and read only what changed.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace --out also where annotations in it do not come again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring every annotation of every annotator home, and tell what could not be kept.

    Unsaved work comes as status draft, skipped articles as skipped. Annotators are called by the names of the local
    Label Studio's accounts, elsewhere by their e-mail address. An export may have them by number only; then they are
    user-NUMBER, unless --studio, --url or --names tells who it is. Where annotations that stand in --out are gone from
    the server, nothing is written and the exit code is 1.
    """
    from rolecall.annotate import pull as worker
    from rolecall.core.jsonl import ArticleFile
    from rolecall.core.scheme import load_scheme

    loaded = load_scheme(scheme)
    worker.check_out(out, articles, from_file)
    texts = ArticleFile(articles)
    judges = frozenset(names_in(adjudicated_by)) or None
    known = _numbered(names)
    titles = _titles(project, names_in(annotators), from_file, incremental=incremental)
    beside = out if incremental else None
    with _source(from_file, titles, loaded, (studio, url, key_file), beside) as (tasks, people, address):
        called = people | known
        done = worker.pull(
            tasks, texts, loaded, out, names=called, adjudicators=judges, url=address, overwrite=overwrite
        )
    _tell(done, out, as_json=as_json)
    if absent := sorted((judges or frozenset()) - done.people.keys()):
        print(f"--adjudicated-by: no annotation here is by {', '.join(absent)}", file=sys.stderr)
    if done.lost or done.gone:
        raise typer.Exit(1)


def _titles(project: str | None, annotators: list[str], from_file: Path | None, *, incremental: bool) -> list[str]:
    """Name the projects to read, none for a file."""
    if from_file is not None:
        if project or annotators or incremental:
            raise InputError(
                "--from-file holds all there is to read", remedy="leave out --project, --annotators and --incremental"
            )
        return []
    title = required(project)
    return [f"{title}, {name}" for name in annotators] or [title]


@contextmanager
def _source(
    path: Path | None,
    titles: list[str],
    scheme: "Scheme",
    way: tuple[Path | None, str | None, Path | None],
    beside: Path | None,
) -> "Iterator[tuple[Iterator[Json], dict[int, str], str | None]]":
    """Find the tasks of an exported file or of projects, who is who where a server tells, and its address for links."""
    from rolecall.annotate.exported import read_export
    from rolecall.core.progress import track

    if path is None:
        with connected(*way) as server:
            yield _tasks(server, titles, scheme, beside), server.people(), server.access.url
        return
    people: dict[int, str] = {}
    if way != (None, None, None):
        with connected(*way) as server:
            people = server.people()
    yield track(read_export(path, scheme), "pull"), people, None


def _tasks(server: "LabelStudio", titles: list[str], scheme: "Scheme", beside: Path | None) -> "Iterator[Json]":
    """Yield the tasks of some projects; with a file `beside` which they are kept, only what changed is read."""
    from rolecall.annotate import mirror
    from rolecall.annotate.adjudication.page import refuse_adjudication
    from rolecall.annotate.labelling import check_page
    from rolecall.core.progress import track

    projects: list[Project] = [server.get_project(title) for title in titles]
    for project in projects:
        refuse_adjudication(project)
        check_page(project.page, scheme, project=project.title)
    for project in projects:
        if beside is None:
            tasks = mirror.fetch(server, project)
        else:
            path = beside.with_name(f"{beside.stem}.project-{project.id}.jsonl")
            fresh = mirror.refresh(server, project, path)
            gone = f", {len(fresh.gone):,} deleted" if fresh.gone else ""
            print(f"{project.title}: {fresh.read:,} tasks read, {fresh.unchanged:,} unchanged{gone}", file=sys.stderr)
            tasks = mirror.read(path)
        yield from track(tasks, f"pull {project.title}", project.tasks)


def _tell(done: "Pulled", out: Path, *, as_json: bool) -> None:
    """Print what a pull brought, on stderr what to look at."""
    from rolecall.annotate.pull import ledger_path

    if as_json:
        _print_json(done)
    elif done.written:
        print(f"{done.people.total():,} annotations{by_whom(done.people)}: {out}")
    else:
        print(f"not written: {out}")
    for balance in done.books:
        print(balance, file=sys.stderr)
        if balance.unit == "event" and balance.entered:
            print("  where an event is a relation that joins two triggers", file=sys.stderr)
    _tell_notes(done)
    show(f"task refused: {refusal.task}: {refusal.reason} {refusal.link or ''}".rstrip() for refusal in done.refused)
    for what, count in Counter(noted.remark.what for noted in done.remarks).items():
        print(f"remark: {what} ({count:,})", file=sys.stderr)
        show(f"{n.article} by {n.by}: {n.remark.where}" for n in done.remarks if n.remark.what == what)
    if done.lost and done.written:
        print(f"not everything came home; what did not, and why: {ledger_path(out)}", file=sys.stderr)
    if done.gone:
        print(f"{len(done.gone):,} annotations in {out} are gone from the server:", file=sys.stderr)
        show(f"{one.article} by {one.by}" for one in done.gone)
        print("choose another --out to keep them, or let go of them with --overwrite", file=sys.stderr)


def _tell_notes(done: "Pulled") -> None:
    if done.drafts:
        print(f"{done.drafts:,} are drafts: work that nobody has submitted", file=sys.stderr)
    if done.suggested:
        print(f"{done.suggested:,} started from a suggestion: agreement leaves them out", file=sys.stderr)
    if done.absent:
        names = ", ".join(few(done.absent, 3))
        print(f"{len(done.absent):,} of the articles stand in no task that was read: {names}", file=sys.stderr)
    if unnamed := sorted(name for name in done.people if name.startswith("user-") and name[5:].isdecimal()):
        print(
            f"no name for {', '.join(unnamed)}: tell who it is with --names {unnamed[0].removeprefix('user-')}=NAME, "
            "or where to ask with --studio or --url",
            file=sys.stderr,
        )


def _print_json(done: "Pulled") -> None:
    print_json(
        {
            "annotations": done.people,
            "written": done.written,
            "drafts": done.drafts,
            "suggested": done.suggested,
            "absent": done.absent,
            "gone": [one._asdict() for one in done.gone],
            "refused": [refusal._asdict() for refusal in done.refused],
            "remarks": [{"article": n.article, "by": n.by, "link": n.link, **n.remark._asdict()} for n in done.remarks],
            "books": msgspec.to_builtins(done.books),
        }
    )


def _numbered(names: str) -> dict[int, str]:
    found = {}
    for item in names_in(names):
        number, equals, name = item.partition("=")
        if not equals or not number.strip().isdecimal() or not name.strip():
            raise InputError(f"--names {item}: is no NUMBER=NAME", remedy="write it like 7=ana,8=ben")
        found[int(number)] = name.strip()
    return found

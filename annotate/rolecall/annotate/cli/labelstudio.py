"""Commands that go to Label Studio and back."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from rolecall.core.errors import InputError

if TYPE_CHECKING:
    from rolecall.annotate.labelstudio import LabelStudio
    from rolecall.annotate.pull import Pulled
    from rolecall.annotate.verify import Comparison
    from rolecall.annotate.wire import Json
    from rolecall.core.scheme import Scheme

app = typer.Typer(rich_markup_mode=None)

SHOWN = 10
"""How many findings of a kind are shown on a terminal; --json and the ledger hold all."""

SchemeName = Annotated[str, typer.Option("--scheme", help="A shipped scheme's name, or a scheme file.")]
ProjectName = Annotated[str | None, typer.Option("--project", help="The project's title, or its id.")]
StudioDir = Annotated[Path | None, typer.Option("--studio", help="Directory of the local Label Studio.")]
Url = Annotated[str | None, typer.Option("--url", help="Address of another Label Studio.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", help="File with your access token, mode 600; else LABEL_STUDIO_API_KEY is read."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(
    epilog='Example: rolecall annotate push articles.jsonl --scheme protest --project "Reports" --studio studio'
)
def push(
    articles: Annotated[Path, typer.Argument(help="articles.jsonl.")],
    *,
    scheme: SchemeName,
    project: ProjectName = None,
    studio: StudioDir = None,
    url: Url = None,
    key_file: KeyFile = None,
    to_file: Annotated[
        Path | None, typer.Option("--to-file", help="Folder for tasks.json and config.xml, to import by hand.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring articles to a project, and make the project where there is none; what is there already is left alone."""
    from rolecall.annotate import push as worker
    from rolecall.core.jsonl import ArticleFile, read
    from rolecall.core.progress import track
    from rolecall.core.records import Article
    from rolecall.core.scheme import load_scheme

    loaded = load_scheme(scheme)
    count = len(ArticleFile(articles))  # reads every record once before any is sent
    if not count:
        raise InputError("holds no articles", path=articles, remedy="bring some in: rolecall annotate ingest")
    stream = track(read(articles, Article), "push", count)
    if to_file is not None:
        if project or studio or url or key_file:
            raise InputError("--to-file needs no server", remedy="leave out --project, --studio, --url and --key-file")
        written = worker.write_files(stream, loaded, to_file)
        if as_json:
            _print_json({"tasks": written})
        else:
            print(f"{written:,} tasks: {to_file / 'tasks.json'}; their labelling page: {to_file / 'config.xml'}")
        return
    name = _required(project)
    with _connect(studio, url, key_file) as server:
        done = worker.push(server, stream, loaded, name)
    if as_json:
        _print_json(done._asdict() | {"refused": [refusal._asdict() for refusal in done.refused]})
    else:
        print(
            f"project {done.project} {name!r}{' (made)' if done.made else ''}: {done.new:,} new, "
            f"{done.unchanged:,} unchanged, {len(done.refused):,} refused"
        )
    _show(f"{refusal.article}: {refusal.reason}" for refusal in done.refused)
    if done.refused:
        print("to label a changed article, give it an id of its own, or push to a new project", file=sys.stderr)
        raise typer.Exit(1)


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

    loaded = scheme_for(_fingerprint(annotations), given=scheme, beside=annotations)
    state = read_state(studio)
    with _connect(studio) as server:
        plan = worker.plan(annotations, server, state, loaded, project)
    people = Counter(
        entry.by for entry in track(worker.carry_out(plan, annotations, state, loaded), "enter", len(plan.entries))
    )
    if as_json:
        refused = [refusal._asdict() for refusal in plan.refused]
        _print_json({"entered": people, "unchanged": plan.unchanged, "refused": refused})
    else:
        print(
            f"project {plan.project.id} {plan.project.title!r}: {people.total():,} entered{_by(people)}, "
            f"{plan.unchanged:,} unchanged, {len(plan.refused):,} refused"
        )
    _show(f"{refusal.article} by {refusal.by}: {refusal.reason}" for refusal in plan.refused)
    if plan.refused:
        raise typer.Exit(1)


@app.command(
    epilog='Example: rolecall annotate pull articles.jsonl --scheme protest --project "Reports" --studio studio '
    "--out annotations.jsonl"
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
    from_file: Annotated[
        Path | None, typer.Option("--from-file", help="A project exported as JSON, instead of a server.")
    ] = None,
    names: Annotated[str, typer.Option(help="Names for accounts that an export has by number only: 7=ana,8=ben.")] = "",
    adjudicated_by: Annotated[
        str, typer.Option(help="Whose annotations are adjudicated, commas between; else those marked ground truth.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Bring every annotation of every annotator home, and tell what could not be kept.

    Annotators are called by the names of the local Label Studio's accounts, elsewhere by their e-mail address. An
    export may have them by number only; then they are user-NUMBER, unless --studio, --url or --names tells who it is.
    """
    from rolecall.annotate import pull as worker
    from rolecall.core.jsonl import ArticleFile
    from rolecall.core.scheme import load_scheme

    loaded = load_scheme(scheme)
    worker.check_out(out, articles, from_file)
    texts = ArticleFile(articles)
    judges = frozenset(_list(adjudicated_by)) or None
    known = _numbered(names)
    with _source(from_file, project, loaded, (studio, url, key_file)) as (tasks, people):
        done = worker.pull(tasks, texts, loaded, out, names=people | known, adjudicators=judges)
    _tell(done, out, as_json=as_json)
    if absent := sorted((judges or frozenset()) - done.people.keys()):
        print(f"--adjudicated-by: no annotation here is by {', '.join(absent)}", file=sys.stderr)
    if done.lost:
        raise typer.Exit(1)


@contextmanager
def _source(
    path: Path | None, project: str | None, scheme: "Scheme", way: tuple[Path | None, str | None, Path | None]
) -> "Iterator[tuple[Iterator[Json], dict[int, str]]]":
    """Find the tasks of an exported file or of a server's project, and who is who there."""
    from rolecall.annotate.labelling import check_page
    from rolecall.annotate.pull import read_export
    from rolecall.core.progress import track

    if path is not None and way == (None, None, None):
        yield track(read_export(path, scheme), "pull"), {}
        return
    with _connect(*way) as server:
        if path is not None:
            yield track(read_export(path, scheme), "pull"), server.people()
            return
        found = server.get_project(_required(project))
        check_page(found.page, scheme, project=found.title)
        yield track(server.tasks(found.id), "pull", found.tasks), server.people()


def _tell(done: "Pulled", out: Path, *, as_json: bool) -> None:
    """Print what a pull brought, on stderr what to look at."""
    from rolecall.annotate.pull import ledger_path

    if as_json:
        _print_json(
            {
                "annotations": done.people,
                "drafts": done.drafts,
                "refused": [refusal._asdict() for refusal in done.refused],
                "remarks": [{"article": n.article, "by": n.by, **n.remark._asdict()} for n in done.remarks],
                "books": msgspec.to_builtins(done.books),
            }
        )
    else:
        print(f"{done.people.total():,} annotations{_by(done.people)}: {out}")
    for balance in done.books:
        print(balance, file=sys.stderr)
        if balance.unit == "event" and balance.entered:
            print("  where an event is a relation that joins two triggers", file=sys.stderr)
    if done.drafts:
        print(f"{done.drafts:,} drafts stay behind: work that nobody has submitted", file=sys.stderr)
    _show(f"task refused: {refusal.task}: {refusal.reason}" for refusal in done.refused)
    for what, count in Counter(noted.remark.what for noted in done.remarks).items():
        print(f"remark: {what} ({count:,})", file=sys.stderr)
        _show(f"{n.article} by {n.by}: {n.remark.where}" for n in done.remarks if n.remark.what == what)
    if unnamed := sorted(name for name in done.people if name.startswith("user-") and name[5:].isdecimal()):
        print(
            f"no name for {', '.join(unnamed)}: tell who it is with --names {unnamed[0].removeprefix('user-')}=NAME, "
            "or where to ask with --studio or --url",
            file=sys.stderr,
        )
    if done.lost:
        print(f"not everything came home; what did not, and why: {ledger_path(out)}", file=sys.stderr)


@app.command(epilog="Example: rolecall annotate verify entered.jsonl pulled.jsonl")
def verify(
    first: Annotated[Path, typer.Argument(help="annotations.jsonl.")],
    second: Annotated[Path, typer.Argument(help="annotations.jsonl that should say the same.")],
    *,
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="A shipped scheme's name, or a scheme file; else the labels' own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether two annotation files say the same, whatever the order, the times and the time spent.

    Compared by article and annotator: spans, links, and events. An event is a group of triggers, or a trigger that
    stands alone in an annotation with links or groups.
    """
    from rolecall.annotate import verify as worker
    from rolecall.core.jsonl import by_article, read_annotations
    from rolecall.core.scheme import scheme_for

    loaded = scheme_for(_fingerprint(first), given=scheme, beside=first)
    sides = [by_article(read_annotations(path, scheme=loaded.fingerprint), path=path) for path in (first, second)]
    comparison = worker.verify(sides[0], sides[1], loaded.triggers)
    if as_json:
        rows = {
            unit: {name: getattr(row, name) for name in row.__struct_fields__} for unit, row in comparison.rows.items()
        }
        differences = [difference._asdict() for difference in comparison.differences]
        print(json.dumps({"same": comparison.same, "rows": rows, "differences": differences}))
    else:
        _table(comparison)
    if not comparison.same:
        raise typer.Exit(1)


def _table(comparison: "Comparison") -> None:
    print(f"{'':12}{'first':>9}{'second':>9}{'identical':>11}{'missing':>9}{'extra':>9}")
    for unit, row in comparison.rows.items():
        print(f"{unit:12}{row.first:9,}{row.second:9,}{row.identical:11,}{row.missing:9,}{row.extra:9,}")
    for difference in comparison.differences[:SHOWN]:
        print(f"  {difference}")
    if more := len(comparison.differences[SHOWN:]):
        print(f"  and {more:,} more: --json prints all")
    print("the same" if comparison.same else "they differ")


@contextmanager
def _connect(studio: Path | None, url: str | None = None, key_file: Path | None = None) -> "Iterator[LabelStudio]":
    """Reach the server that the options name, and say so when it has to be asked again."""
    import stamina.instrumentation
    from stamina.typing import RetryDetails

    from rolecall.annotate.labelstudio import access, connect

    def again(details: RetryDetails) -> None:
        print(f"Label Studio does not answer yet; asking again in {details.wait_for:.1f} s", file=sys.stderr)

    way = access(studio, url, key_file)
    stamina.instrumentation.set_on_retry_hooks([again])
    with connect(way) as server:
        yield server


def _fingerprint(path: Path) -> str:
    """The scheme that a file's first annotation was made with."""
    from rolecall.core.jsonl import read
    from rolecall.core.records import Annotation

    for annotation in read(path, Annotation):
        return annotation.scheme
    raise InputError("holds no annotations", path=path, remedy="check the path")


def _required(project: str | None) -> str:
    if not project:
        raise InputError("which project?", remedy='name it: --project "Its title"')
    return project


def _print_json(what: dict[str, Any]) -> None:
    print(json.dumps(what, ensure_ascii=False))


def _list(words: str) -> list[str]:
    return [word for part in words.split(",") if (word := part.strip())]


def _numbered(names: str) -> dict[int, str]:
    found = {}
    for item in _list(names):
        number, equals, name = item.partition("=")
        if not equals or not number.strip().isdecimal() or not name.strip():
            raise InputError(f"--names {item}: is no NUMBER=NAME", remedy="write it like 7=ana,8=ben")
        found[int(number)] = name.strip()
    return found


def _by(people: Counter[str]) -> str:
    """How many by whom."""
    return f" by {', '.join(f'{name} {count:,}' for name, count in sorted(people.items()))}" if people else ""


def _show(lines: Iterable[str]) -> None:
    """Print the first few of some findings on stderr, and how many more there are."""
    every = list(lines)
    for line in every[:SHOWN]:
        print(f"  {line}", file=sys.stderr)
    if more := len(every[SHOWN:]):
        print(f"  and {more:,} more: --json prints all", file=sys.stderr)

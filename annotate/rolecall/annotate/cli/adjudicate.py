"""The commands that make one reading of several: by rule, in Label Studio, or in a file that people edit."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rolecall.annotate.cli.adjudicated import tell, tell_sent, tell_written
from rolecall.annotate.cli.options import (
    AsJson,
    KeyFile,
    ProjectName,
    SchemeName,
    StudioDir,
    Url,
    connected,
    required,
)
from rolecall.core.errors import InputError
from rolecall.core.wording import names_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rolecall.annotate.adjudication.versions import Versions
    from rolecall.annotate.labelstudio import LabelStudio
    from rolecall.annotate.wire import Json
    from rolecall.core.jsonl import ArticleFile
    from rolecall.core.scheme import Scheme

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Make one reading of several people's, with who decided what from whose.",
)

Labels = Annotated[Path, typer.Argument(help="annotations.jsonl with the readings of several people.")]
Articles = Annotated[Path, typer.Option("--articles", help="The articles.jsonl that was labelled.")]
Readers = Annotated[
    str, typer.Option("--annotators", help="Whose readings count, commas between; else everybody's who finished.")
]
Out = Annotated[Path, typer.Option("--out", help="gold.jsonl to write; its ledger goes beside it.")]
Decisions = Annotated[Path, typer.Option("--decisions", help="decisions.jsonl to write: what became of each label.")]
By = Annotated[str, typer.Option("--by", help="The gold's name in its records; the decisions say who decided.")]
TakeSingle = Annotated[
    bool, typer.Option("--take-single", help="Take the one reading of an article for gold as it is.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what was written before.")]


@app.command(
    epilog="Example: rolecall annotate adjudicate merge annotations.jsonl --articles articles.jsonl --scheme protest "
    "--rule majority --out gold.jsonl --decisions decisions.jsonl"
)
def merge(
    annotations: Labels,
    *,
    articles: Articles,
    scheme: SchemeName,
    out: Out,
    decisions: Decisions,
    rule: Annotated[str, typer.Option(help="majority, or precedence:ana,ben: where they differ, ana's stands.")],
    ties: Annotated[
        str,
        typer.Option(
            help="What the rule leaves open: leave (the article has no gold), drop (it has, without the label), "
            "or precedence:ana,ben."
        ),
    ] = "leave",
    annotators: Readers = "",
    by: By = "gold",
    take_single: TakeSingle = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Decide by a rule, without a server: what all agree on stands, and where they differ, what the rule says.

    Majority is more than half of those with a say: of a span all who read the article have one, of a link or event
    those who labelled its ends. Articles on which the rule cannot decide are listed and have no gold: exit 1.
    """
    from rolecall.annotate.adjudication import merge as worker
    from rolecall.annotate.adjudication.outcome import Paths
    from rolecall.annotate.adjudication.rules import parse_rule, with_ties
    from rolecall.core.progress import track

    chosen, drop = with_ties(parse_rule(rule), ties)
    paths = Paths(out, decisions)
    paths.check(annotations, articles, overwrite=overwrite)
    loaded, texts, versions = _open(annotations, articles, scheme, annotators)
    done = worker.merge(
        versions, texts, loaded, chosen, paths,
        drop_ties=drop, take_singles=take_single, by=by, watch=partial(track, what="merge", total=len(texts)),
    )  # fmt: skip
    tell(done, paths, as_json=as_json)


@app.command(
    epilog="Example: rolecall annotate adjudicate push annotations.jsonl --articles articles.jsonl --scheme protest "
    '--project "Reports, adjudication" --studio studio'
)
def push(
    annotations: Labels,
    *,
    articles: Articles,
    scheme: SchemeName,
    project: ProjectName = None,
    studio: StudioDir = None,
    url: Url = None,
    key_file: KeyFile = None,
    annotators: Readers = "",
    single: Annotated[
        bool, typer.Option("--single", help="Send articles that one person read as well, to be looked through.")
    ] = False,
    guidelines: Annotated[Path | None, typer.Option(help="Markdown that people can open beside the text.")] = None,
    new_versions: Annotated[
        bool,
        typer.Option("--new-versions", help="Put a changed article beside its older text instead of refusing it."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send the articles on which readings differ to a project of their own, each reading by its maker's name.

    Articles on which all agree need no adjudicator and stay at home. Pushed again, what is there is left alone, and
    what nobody has begun is brought up to date.
    """
    from rolecall.annotate.adjudication.page import instructions
    from rolecall.annotate.adjudication.sending import send, survey_work
    from rolecall.core.progress import bars, track

    title = required(project)
    loaded, texts, versions = _open(annotations, articles, scheme, annotators)
    work = survey_work(versions, texts, loaded, partial(track, what="compare", total=len(texts)))
    with connected(studio, url, key_file) as server, bars() as progress:
        bar = progress.add_task(f"push {title}", total=len(work.points) + single * len(work.singles))
        sent = send(
            server, versions, texts, loaded,
            title=title,
            work=work,
            singles=single,
            instructions=instructions(loaded, guidelines),
            update_instructions=guidelines is not None,
            new_versions=new_versions,
            dry_run=dry_run,
            watch=lambda count: progress.update(bar, completed=count),
        )  # fmt: skip
    tell_sent(sent, work, single=single, dry_run=dry_run, as_json=as_json)


@app.command(
    epilog="Example: rolecall annotate adjudicate pull annotations.jsonl --articles articles.jsonl --scheme protest "
    '--project "Reports, adjudication" --studio studio --out gold.jsonl --decisions decisions.jsonl'
)
def pull(
    annotations: Labels,
    *,
    articles: Articles,
    scheme: SchemeName,
    out: Out,
    decisions: Decisions,
    project: ProjectName = None,
    studio: StudioDir = None,
    url: Url = None,
    key_file: KeyFile = None,
    annotators: Readers = "",
    by: By = "gold",
    take_single: TakeSingle = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace --out also where gold in it does not come again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring home what adjudicators submitted, and beside it the articles on which all agreed.

    Tasks that nobody has finished, that were skipped, or that two people submitted are listed and have no gold: exit 1.
    What was pulled before is brought up to date; where gold in --out would be gone, nothing is written: exit 1.
    """
    from rolecall.annotate.adjudication.home import Way, bring_home
    from rolecall.annotate.adjudication.outcome import Paths

    title = required(project)
    paths = Paths(out, decisions)
    paths.check(annotations, articles, overwrite=overwrite, renew=True)
    loaded, texts, versions = _open(annotations, articles, scheme, annotators)
    with connected(studio, url, key_file) as server:
        done = bring_home(
            _tasks(server, title, loaded), versions, texts, loaded, paths,
            way=Way(server.people(), server.access.url),
            take_singles=take_single,
            by=by,
            overwrite=overwrite,
        )  # fmt: skip
    tell(done, paths, as_json=as_json)


@app.command(
    epilog="Example: rolecall annotate adjudicate write annotations.jsonl --articles articles.jsonl --scheme protest "
    "--out adjudication.txt"
)
def write(
    annotations: Labels,
    *,
    articles: Articles,
    scheme: SchemeName,
    out: Annotated[Path, typer.Option("--out", help="The form to write.")],
    annotators: Readers = "",
    update: Annotated[
        bool, typer.Option("--update", help="Write a form that stands there anew, and keep the choices made in it.")
    ] = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write a form to decide in with a text editor: a block for each point on which readings differ."""
    from rolecall.annotate.adjudication.form import write_form
    from rolecall.core.progress import track

    if out.exists() and not (update or overwrite):
        raise InputError("exists already", path=out, remedy="keep its choices with --update, or add --overwrite")
    if out.resolve() in {annotations.resolve(), articles.resolve()}:
        raise InputError("would be replaced by the form", path=out, remedy="choose another --out")
    loaded, texts, versions = _open(annotations, articles, scheme, annotators)
    watch = partial(track, what="compare", total=len(texts))
    written = write_form(versions, texts, loaded, out, update=update and not overwrite, watch=watch)
    tell_written(written, out, as_json=as_json)


@app.command(
    epilog="Example: rolecall annotate adjudicate read adjudication.txt annotations.jsonl --articles articles.jsonl "
    "--scheme protest --adjudicator dora --out gold.jsonl --decisions decisions.jsonl"
)
def read(
    form: Annotated[Path, typer.Argument(help="The form, with choices.")],
    annotations: Labels,
    *,
    articles: Articles,
    scheme: SchemeName,
    adjudicator: Annotated[str, typer.Option(help="Who decided.")],
    out: Out,
    decisions: Decisions,
    annotators: Readers = "",
    by: By = "gold",
    take_single: TakeSingle = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Read a form back: articles all of whose points are decided have gold, and those on which all agreed.

    Articles with open points are listed by line: exit 1. Fill in the rest and read it again.
    """
    from rolecall.annotate.adjudication.outcome import Paths
    from rolecall.annotate.adjudication.reading import read_form
    from rolecall.core.progress import track

    paths = Paths(out, decisions)
    paths.check(annotations, articles, form, overwrite=overwrite)
    loaded, texts, versions = _open(annotations, articles, scheme, annotators)
    done = read_form(
        form, versions, texts, loaded, paths,
        adjudicator=adjudicator, take_singles=take_single, by=by, watch=partial(track, what="read", total=len(texts)),
    )  # fmt: skip
    tell(done, paths, as_json=as_json)


def _open(annotations: Path, articles: Path, scheme: str, annotators: str) -> "tuple[Scheme, ArticleFile, Versions]":
    """Read every record once."""
    from rolecall.annotate.adjudication.versions import Versions
    from rolecall.core.jsonl import ArticleFile
    from rolecall.core.scheme import load_scheme

    loaded, texts = load_scheme(scheme), ArticleFile(articles)
    return loaded, texts, Versions(annotations, loaded, texts, names_in(annotators))


def _tasks(server: "LabelStudio", title: str, scheme: "Scheme") -> "Iterator[Json]":
    """Yield the tasks of an adjudication project."""
    from rolecall.annotate import mirror
    from rolecall.annotate.adjudication.page import check_adjudication
    from rolecall.annotate.labelling import check_page
    from rolecall.core.progress import track

    project = server.get_project(title)
    check_adjudication(project)
    check_page(project.page, scheme, project=project.title)
    yield from track(mirror.fetch(server, project), f"pull {project.title}", project.tasks)

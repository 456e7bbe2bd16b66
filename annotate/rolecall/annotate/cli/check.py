"""The command that looks for what is wrong with labels."""

import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rolecall.annotate.cli.options import (
    AsJson,
    KeyFile,
    ProjectName,
    StudioDir,
    Url,
    connected,
    fingerprint_of,
    print_json,
    required,
)
from rolecall.core.errors import InputError
from rolecall.core.wording import names_in

if TYPE_CHECKING:
    from rich.console import Console

    from rolecall.annotate.checks.addresses import Addresses
    from rolecall.annotate.checks.run import Corpus
    from rolecall.annotate.checks.settings import Active
    from rolecall.annotate.checks.table import Tally
    from rolecall.core.scheme import Scheme

app = typer.Typer(rich_markup_mode=None)


def _list_rules(asked: bool) -> None:
    """Print every rule with its severity, and whether it runs where the scheme says nothing."""
    if asked:
        from rolecall.annotate.checks.rules import RULES

        for rule in RULES.values():
            print(f"{rule.name:18}{rule.severity:9}{'on' if rule.on else 'off':5}{rule.what}")
        raise typer.Exit


@app.command(
    epilog="Example: rolecall annotate check annotations.jsonl --articles articles.jsonl --jsonl findings.jsonl"
)
def check(
    annotations: Annotated[Path, typer.Argument(help="annotations.jsonl, of one person or of many.")],
    *,
    articles: Annotated[Path, typer.Option(help="The articles.jsonl that was labelled.")],
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="A shipped scheme's name, or a scheme file; else the labels' own.")
    ] = None,
    by: Annotated[str, typer.Option(help="Tell about these people's labels only, commas between.")] = "",
    only: Annotated[str, typer.Option(help="Rules to run, commas between, also those that are off.")] = "",
    without: Annotated[str, typer.Option(help="Rules to leave out, commas between.")] = "",
    jsonl: Annotated[Path | None, typer.Option("--jsonl", help="File to write every finding to, one a line.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the --jsonl file where it exists.")] = False,
    project: ProjectName = None,
    studio: StudioDir = None,
    url: Url = None,
    key_file: KeyFile = None,
    from_file: Annotated[
        Path | None,
        typer.Option("--from-file", help="A project exported as JSON, to link to its tasks; with --studio or --url."),
    ] = None,
    fail_on: Annotated[
        Literal["error", "warning", "hint", "never"], typer.Option(help="Severity from which the exit code is 1.")
    ] = "error",
    as_json: AsJson = False,
    _: Annotated[
        bool, typer.Option("--rules", help="List the rules, and stop.", is_eager=True, callback=_list_rules)
    ] = False,
) -> None:
    """Look for labels that are probably wrong: half words, edges, odd roles, gaps, drift; one rule for each.

    A scheme's `checks` switches rules on and off and sets their options. What is usual is learnt from everybody in the
    file, whoever is told about. Skipped readings are left out, and a model's unless --by names it. Findings carry links
    to their tasks where the file was pulled with --incremental, or --project or --from-file tells where the tasks are.
    """
    from rolecall.annotate.checks.findings import at_least
    from rolecall.annotate.checks.settings import active
    from rolecall.annotate.checks.table import Tally
    from rolecall.core.scheme import scheme_for

    _check_out(jsonl, annotations, articles, overwrite=overwrite)
    loaded = scheme_for(fingerprint_of(annotations), given=scheme, beside=annotations)
    rules = active(loaded, names_in(only), names_in(without))
    corpus = _read(annotations, articles, loaded, names_in(by))
    places = _places(annotations, corpus, project, (studio, url, key_file), from_file)
    tally = Tally()
    _find(corpus, rules, names_in(by), places, tally=tally, out=jsonl)
    _tell(tally, corpus, jsonl, as_json=as_json)
    if fail_on != "never" and any(at_least(kind.severity, fail_on) for kind in tally.counts):
        raise typer.Exit(1)


def _read(annotations: Path, articles: Path, scheme: "Scheme", people: list[str]) -> "Corpus":
    """Read the annotations once; raise InputError for people who made none of them."""
    from rolecall.annotate.checks.run import Corpus
    from rolecall.core.jsonl import ArticleFile
    from rolecall.core.progress import track

    corpus = Corpus(
        annotations, ArticleFile(articles), scheme, named=people, watch=lambda located: track(located, "read")
    )
    if unknown := sorted(set(people) - corpus.people.keys()):
        known = ", ".join(sorted(corpus.people))
        raise InputError(f"--by: no reading by {', '.join(unknown)}", remedy=f"people: {known}")
    return corpus


def _find(
    corpus: "Corpus",
    rules: "dict[str, Active]",
    people: list[str],
    places: "Addresses | None",
    *,
    tally: "Tally",
    out: Path | None,
) -> None:
    """Run the rules, count what they find, and write it where a file is named."""
    from rolecall.annotate.checks.run import check as find
    from rolecall.core import jsonl
    from rolecall.core.progress import track

    link = places.link if places else lambda _: None
    found = find(corpus, rules, by=people, link=link, watch=lambda readings: track(readings, "check", len(corpus)))
    counted = tally.watch(found)
    if out is None:
        deque(counted, maxlen=0)
    else:
        jsonl.write(out, counted)


def _check_out(out: Path | None, *inputs: Path, overwrite: bool) -> None:
    """Refuse to write over what is read, or over a file that is there unless told to."""
    if out is None:
        return
    if any(out.resolve() == path.resolve() for path in inputs):
        raise InputError("would be replaced by the findings", path=out, remedy="choose another --jsonl")
    if out.is_file() and not overwrite:
        raise InputError("exists already", path=out, remedy="choose another --jsonl, or replace it with --overwrite")


def _places(
    annotations: Path,
    corpus: "Corpus",
    project: str | None,
    way: tuple[Path | None, str | None, Path | None],
    from_file: Path | None,
) -> "Addresses | None":
    """Find out where tasks are: from a server, an exported file, or the mirrors beside the annotations."""
    from rolecall.annotate.checks import addresses

    if from_file is not None:
        from rolecall.annotate.exported import read_export

        if project is not None:
            raise InputError("--from-file and --project name two places", remedy="leave one out")
        return addresses.read_tasks(read_export(from_file, corpus.scheme), _address(way[0], way[1]))
    if project is not None or way != (None, None, None):
        title = required(project)
        with connected(*way) as server:
            return addresses.ask(server, title, sorted(corpus.people))
    return addresses.read_mirrors(addresses.mirrors_of(annotations))


def _address(studio: Path | None, url: str | None) -> str:
    """Return the address that links begin with; nothing is asked there."""
    if (studio is None) == (url is None):
        raise InputError("where are the tasks of --from-file?", remedy="name the server: --url URL, or --studio DIR")
    if studio is not None:
        from rolecall.annotate.studio import read_state

        return read_state(studio).url
    if not str(url).startswith(("http://", "https://")):
        raise InputError(f"{url} is no address", remedy="write --url like http://localhost:8080")
    return str(url).rstrip("/")


def _tell(tally: "Tally", corpus: "Corpus", out: Path | None, *, as_json: bool) -> None:
    """Print what was found; on stderr what was looked at and what was not."""
    from rolecall.annotate.checks.findings import some
    from rolecall.annotate.checks.table import findings_table

    if as_json:
        print_json(
            {
                "articles": len(corpus),
                "readings": corpus.people,
                "skipped": corpus.skipped,
                "models": corpus.models,
                "severities": tally.severities(),
                "findings": [
                    {**kind._asdict(), "count": tally.counts[kind], "by": tally.people.get(kind, {})}
                    for kind in tally.kinds()
                ],
            }
        )
    else:
        if tally.counts:
            _console().print(findings_table(tally))
        counts = ", ".join(some(number, severity) for severity, number in tally.severities().items())
        print(f"{some(len(corpus), 'article')}, {some(corpus.people.total(), 'reading')}: {counts}")
    if corpus.skipped:
        print(f"{some(corpus.skipped, 'reading')} skipped by annotators: not checked", file=sys.stderr)
    if corpus.models:
        print(f"{some(corpus.models, 'reading')} by models: not checked; name one with --by", file=sys.stderr)
    if out is not None:
        print(f"all findings: {out}", file=sys.stderr)


def _console() -> "Console":
    """Print to standard output; in a pipe, wide enough for links."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else 160)

"""The command that finds duplicates and stories."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from rolecall.core.terminal import shown
from rolecall.core.wording import few

if TYPE_CHECKING:
    from rolecall.annotate.filling import Report

app = typer.Typer()


@app.command(epilog="Example: rolecall annotate stories articles.jsonl --out articles.jsonl")
def stories(
    articles: Annotated[Path, typer.Argument(help="articles.jsonl, earlier articles with their fields included.")],
    *,
    out: Annotated[Path, typer.Option(help="articles.jsonl to write; may be the one that is read.")],
    likeness: Annotated[
        float, typer.Option(min=0.1, max=1, help="Share of common three-word sequences that makes a duplicate.")
    ] = 0.5,
    similarity: Annotated[
        float, typer.Option(min=0.01, max=1, help="Mean cosine of word vectors that makes a story.")
    ] = 0.1,
    days: Annotated[int, typer.Option(min=0, help="Days that reports of one story may lie apart.")] = 30,
    overwrite_fields: Annotated[
        bool, typer.Option("--overwrite-fields", help="Find all anew, whatever story and duplicate_of say already.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output even if records in it are lost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Find near-duplicates and reports of one event, and write them as duplicate_of and story.

    Plans, splits and intervals keep such articles together. Every article is written, in its order, with its text
    untouched. What the fields say already stays: an article that comes later joins a story under the name that it has.

    A duplicate shares most of its wording with an earlier article. A story is similar in its words, rare and
    capitalised ones above all, and near in time; articles without an ISO 8601 date are compared with all others.
    Lower --similarity where stories come out torn, raise it where they run together.
    """
    import msgspec

    from rolecall.annotate.filling import fill, sum_up
    from rolecall.annotate.stories import Found, Settings, find
    from rolecall.core import jsonl
    from rolecall.core.progress import track
    from rolecall.core.records import Article

    settings = Settings(likeness, similarity, days)

    def search() -> Found:
        return find(jsonl.read(articles, Article), settings, anew=overwrite_fields, watch=track, path=articles)

    written = track(jsonl.read(articles, Article), "Writing articles")
    report = sum_up(fill(written, out, search, anew=overwrite_fields, overwrite=overwrite))
    if as_json:
        print(msgspec.json.encode(report).decode())
    else:
        _print(report, out)


def _print(report: "Report", out: Path) -> None:
    print(f"{out}: {report.articles:,} articles in {report.groups:,} groups")
    print(f"duplicates: {report.duplicates:,}, {len(report.new_duplicates):,} of them new")
    _list([f"{each.article} of {each.duplicate_of}: {each.likeness:.2f} alike" for each in report.new_duplicates])
    print(
        f"stories: {report.stories:,} of {report.in_stories:,} articles; {report.new_stories:,} new, "
        f"{report.grown_stories:,} grown"
    )
    if report.sizes:
        sizes = (f"{count:,} of {size:,}" for size, count in report.sizes.items())
        print(f"articles in a story: {', '.join(sizes)}")
    if large := [each for each in report.largest if each.articles > 2]:
        print(shown(f"largest: {', '.join(f'{each.group} ({each.articles:,})' for each in large)}"))
    if report.undated:
        print(f"without an ISO 8601 date, so compared with all: {report.undated:,} articles", file=sys.stderr)
    if report.apart:
        print(f"near-duplicates in different stories, as given: {len(report.apart):,}", file=sys.stderr)
        _list([f"{one} and {other}" for one, other in report.apart], sys.stderr)


def _list(lines: Sequence[str], file: TextIO | None = None) -> None:
    for line in few(lines, more="and {} more: --json lists all"):
        print(f"  {shown(line)}", file=file)

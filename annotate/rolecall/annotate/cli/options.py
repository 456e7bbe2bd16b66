"""What the commands that go to Label Studio have in common: options, and ways to print."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rolecall.core.errors import InputError
from rolecall.core.wording import few

if TYPE_CHECKING:
    from rolecall.annotate.labelstudio import LabelStudio

MORE = "and {} more: --json prints all"
"""What stands below the first few findings of a kind on a terminal; the ledger holds all too."""

SchemeName = Annotated[str, typer.Option("--scheme", help="A shipped scheme's name, or a scheme file.")]
ProjectName = Annotated[str | None, typer.Option("--project", help="The project's title, or its id.")]
StudioDir = Annotated[Path | None, typer.Option("--studio", help="Directory of the local Label Studio.")]
Url = Annotated[
    str | None, typer.Option("--url", help="Address of another Label Studio; else LABEL_STUDIO_URL is read.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", help="File with your access token, mode 600; else LABEL_STUDIO_API_KEY is read."),
]
Annotators = Annotated[
    str, typer.Option("--annotators", help="Names, commas between: a project for each, titled 'PROJECT, NAME'.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def connected(studio: Path | None, url: str | None = None, key_file: Path | None = None) -> "Iterator[LabelStudio]":
    """Reach the server that the options name, and say so when it has to be asked again."""
    import stamina.instrumentation
    from stamina.typing import RetryDetails

    from rolecall.annotate.access import access
    from rolecall.annotate.labelstudio import connect

    def again(details: RetryDetails) -> None:
        print(f"Label Studio does not answer yet; asking again in {details.wait_for:.1f} s", file=sys.stderr)

    way = access(studio, url, key_file)
    stamina.instrumentation.set_on_retry_hooks([again])
    with connect(way) as server:
        yield server


def required(project: str | None) -> str:
    """Return the project's name; raise InputError where there is none."""
    if not project:
        raise InputError("which project?", remedy='name it: --project "Its title"')
    return project


def fingerprint_of(path: Path) -> str:
    """Return the scheme that a file's first annotation was made with."""
    from rolecall.core.jsonl import read
    from rolecall.core.records import Annotation

    for annotation in read(path, Annotation):
        return annotation.scheme
    raise InputError("holds no annotations", path=path, remedy="check the path")


def print_json(what: dict[str, Any]) -> None:
    """Print a result for a script."""
    print(json.dumps(what, ensure_ascii=False))


def by_whom(people: Counter[str]) -> str:
    """Say how many by whom."""
    return f" by {', '.join(f'{name} {count:,}' for name, count in sorted(people.items()))}" if people else ""


def show(lines: Iterable[str]) -> None:
    """Print the first few of some findings on stderr, and how many more there are."""
    for line in few(lines, more=MORE):
        print(f"  {line}", file=sys.stderr)

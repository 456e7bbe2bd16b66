"""The commands for a dataset folder that is there: check it, and put it on the Hugging Face Hub."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rolecall.annotate.cli.options import AsJson, print_json
from rolecall.core.cli import FINDING
from rolecall.core.terminal import shown

if TYPE_CHECKING:
    from rolecall.annotate.publish import Published, Shipment

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: rolecall annotate audit dataset --scheme protest")
def audit(
    folder: Annotated[Path, typer.Argument(help="A folder that rolecall annotate dataset made.")],
    *,
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="Scheme that its labels must have: a name or a path.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether a dataset folder is as it was built: every file by its SHA-256, and the scheme.

    Exit code 1 where a file is missing, altered or added.
    """
    from rolecall.core.errors import SchemeMismatchError
    from rolecall.core.scheme import load_scheme
    from rolecall.core.sealed import REMEDY, find_faults, read_seal

    seal = read_seal(folder)
    if scheme is not None and (wanted := load_scheme(scheme).fingerprint) != seal.scheme:
        raise SchemeMismatchError(seal.scheme, wanted, path=folder)
    faults = list(find_faults(folder, seal))
    if as_json:
        found = [fault._asdict() for fault in faults]
        print_json({"scheme": seal.scheme, "files": len(seal.files), "faults": found})
    else:
        for fault in faults:
            print(shown(f"{fault.what:8} {fault.file}"))
        print(f"{folder}: {len(seal.files):,} files of {seal.scheme}, {len(faults):,} not as they were built")
        if faults:
            print(f"  remedy: {REMEDY}", file=sys.stderr)
    if faults:
        raise typer.Exit(FINDING)


@app.command(epilog="Example: rolecall annotate publish dataset --repo owner/name")
def publish(
    folder: Annotated[Path, typer.Argument(help="A folder that rolecall annotate dataset made.")],
    *,
    repo: Annotated[str, typer.Option("--repo", help="Repository on the Hub, owner/name; made if it is not there.")],
    yes: Annotated[bool, typer.Option("--yes", help="Upload; without it you are only shown what would be.")] = False,
    public: Annotated[
        bool,
        typer.Option(
            "--public",
            help="Everybody may read it: made so if it is new, refused if it is private; without it the reverse.",
        ),
    ] = False,
    message: Annotated[str, typer.Option("--message", help="What the commit says.")] = "Dataset built by rolecall",
    as_json: AsJson = False,
) -> None:
    """Show what would go to the Hugging Face Hub, file by file with size and SHA-256; with --yes upload exactly that.

    It is the whole folder in one commit: every file that manifest.json names, and manifest.json, so that a download can
    be checked (rolecall annotate audit). A folder that is not as it was built is refused. The token is read from
    HF_TOKEN, else from the file of `hf auth login`. Nothing on the Hub is deleted; what is left of other versions is
    named.
    """
    from rolecall.annotate import publish as worker

    worker.check_repo(repo)
    shipment = worker.survey(folder)
    if not as_json:
        _show(shipment, repo, public=public)
    done = worker.publish(folder, repo, shipment.items, public=public, message=message) if yes else None
    if as_json:
        print_json(_as_json(shipment, repo, done))
    elif done is None:
        print("nothing was sent: add --yes to upload exactly this")
    else:
        print(f"uploaded: {shown(done.url)}")
        for path in done.left:
            print(shown(f"left there, not of this dataset: {path}"))


def _show(shipment: "Shipment", repo: str, *, public: bool) -> None:
    for item in shipment.items:
        print(shown(f"{item.bytes:12,} {item.sha256} {item.path}"))
    total = sum(item.bytes for item in shipment.items)
    made, refused = ("public", "private") if public else ("private", "public")
    print(
        f"{len(shipment.items):,} files, {total:,} bytes, for {repo}: made {made} if it is new, "
        f"refused if it is {refused}"
    )
    print(f"licence: {shipment.licence or 'not named: build with --license if it is known'}")
    if shipment.annotators:
        print(shown(f"names of annotators in the files: {', '.join(shipment.annotators)}"))


def _as_json(shipment: "Shipment", repo: str, done: "Published | None") -> dict[str, Any]:
    from msgspec import to_builtins

    return {
        "repo": repo,
        "files": to_builtins(shipment.items),
        "licence": shipment.licence,
        "annotators": list(shipment.annotators),
        "uploaded": to_builtins(done),
    }

"""Commands that run a local Label Studio."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from rolecall.core.wording import names_in

if TYPE_CHECKING:
    from rolecall.annotate.archive import Manifest
    from rolecall.annotate.database import Counts
    from rolecall.annotate.studio import Status, Studio

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A Label Studio of one's own on this machine, reachable from this machine only unless told otherwise.",
    epilog="Example: rolecall annotate studio start --dir demo/studio --annotators ana,ben,gold",
)

Directory = Annotated[Path, typer.Option("--dir", help="Directory that holds the server's data, accounts and log.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog="Example: rolecall annotate studio start --dir demo/studio --annotators ana,ben,gold")
def start(
    directory: Directory,
    *,
    annotators: Annotated[str, typer.Option(help="Names to make accounts for, with commas between.")] = "",
    port: Annotated[
        int | None, typer.Option(min=1024, max=65535, help="Port; else the last one, or a free one.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Listen on this address, 0.0.0.0 being all of them; else on 127.0.0.1, for this machine only. "
            "It is not remembered: say it at each start.",
        ),
    ] = None,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay until Ctrl-C, then stop the server.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start the server, make the accounts that are new, wait until it answers, and print its URL."""
    from rolecall.annotate import studio

    names = names_in(annotators)
    found = studio.running(directory)
    first = not (directory / studio.STATE).exists()
    with _termination_as_ctrl_c():
        with _spinner("Starting Label Studio" + (" for the first time (about a minute)" if first else "")):
            started = studio.start(directory, names, port, host)
        tell = partial(_tell_start, directory, started, found=found, as_json=as_json)
        if foreground:
            _stay(directory, tell)
        else:
            tell()


def _tell_start(directory: Path, started: "Studio", *, found: bool, as_json: bool) -> None:
    from rolecall.annotate import server

    print(
        f"Label Studio {'runs already' if found else 'is running'}; accounts: "
        f"{', '.join(started.accounts) or 'none but the admin'}",
        file=sys.stderr,
    )
    print(f"  passwords: rolecall annotate studio accounts --dir {directory}", file=sys.stderr)
    if not server.is_loopback(started.host):
        print(
            f"warning: it listens on {started.host}: whoever reaches this machine there reaches the log-in page.\n"
            "  It speaks HTTP without TLS: passwords and texts can be read on the way. On a network that others use,\n"
            "  start it without --host, and put a proxy with TLS or an SSH tunnel before it",
            file=sys.stderr,
        )
    print(json.dumps({"started": not found, **_place(started)}) if as_json else started.url, flush=True)


def _stay(directory: Path, tell: Callable[[], None]) -> None:
    """Wait for Ctrl-C, or `stop` from elsewhere; who has been told the URL may end it from then on."""
    from rolecall.annotate import studio

    try:
        tell()
        studio.wait(directory)
    except KeyboardInterrupt:
        studio.stop(directory)
    print("Label Studio has stopped", file=sys.stderr)


@app.command(epilog="Example: rolecall annotate studio stop --dir demo/studio")
def stop(directory: Directory, as_json: AsJson = False) -> None:
    """Stop the server; its data and accounts stay."""
    from rolecall.annotate import studio

    stopped = studio.stop(directory)
    print("Label Studio has stopped" if stopped else "Label Studio was not running", file=sys.stderr)
    if as_json:
        print(json.dumps({"stopped": stopped}))


@app.command(epilog="Example: rolecall annotate studio status --dir demo/studio --json")
def status(directory: Directory, as_json: AsJson = False) -> None:
    """Tell whether the server runs, where, and how much it holds: exit 0 when it runs, 1 when it does not."""
    from rolecall.annotate import studio

    # Where there is no studio, none runs: an answer, and no error.
    found = studio.status(directory) if studio.running(directory) or (directory / studio.STATE).exists() else None
    current = found.studio if found else None
    if as_json:
        print(json.dumps({"running": current is not None, "directory": str(directory), **_details(found)}))
    else:
        print(f"running at {current.url}" if current else "not running")
        if found and found.counts:
            print(f"  Label Studio {found.label_studio}: {_amount(found.counts)}")
    if current is None:
        raise typer.Exit(1)


def _details(found: "Status | None") -> dict[str, Any]:
    import msgspec

    if found is None:
        return {}
    place = _place(found.studio) if found.studio else {}
    return {
        "label_studio": found.label_studio,
        **place,
        **(msgspec.structs.asdict(found.counts) if found.counts else {}),
    }


def _place(running: "Studio") -> dict[str, Any]:
    return {"url": running.url, "host": running.host, "pid": running.pid, "accounts": list(running.accounts)}


def _amount(counts: "Counts") -> str:
    import msgspec

    amounts = msgspec.structs.asdict(counts).items()
    return ", ".join(f"{number:,} {noun.removesuffix('s') if number == 1 else noun}" for noun, number in amounts)


@app.command(name="accounts", epilog="Example: rolecall annotate studio accounts --dir demo/studio")
def list_accounts(directory: Directory, as_json: AsJson = False) -> None:
    """Print names, e-mail addresses and PASSWORDS, for logging in with a browser."""
    from rolecall.annotate import studio

    logins = studio.logins(directory)
    if as_json:
        print(json.dumps({name: {"email": one.email, "password": one.password} for name, one in logins.items()}))
        return
    width = max(len(one.email) for one in logins.values())
    for name, one in logins.items():
        print(f"{name:{width - len('@studio.invalid')}}  {one.email:{width}}  {one.password}")


@app.command(epilog="Example: rolecall annotate studio backup --dir demo/studio --out studio.tar.gz")
def backup(
    directory: Directory,
    out: Annotated[Path, typer.Option(help="Archive to write, a .tar.gz that its owner alone may read.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an archive that exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pack accounts, projects, annotations and uploads into one file, whether the server runs or not.

    The archive holds PASSWORDS. Files that Label Studio wrote for exports are left out. While it is made, a copy of the
    database lies beside it, which takes room.
    """
    from rich.filesize import decimal

    from rolecall.annotate import archive

    with _termination_as_ctrl_c(), _spinner("Packing"):
        manifest = archive.backup(directory, out, overwrite=overwrite)
    size = out.stat().st_size
    print(f"packed {_amount(manifest.counts)} into {decimal(size)}, which hold passwords", file=sys.stderr)
    print(json.dumps({"archive": str(out), "bytes": size, **_contents(manifest)}) if as_json else out)


@app.command(epilog="Example: rolecall annotate studio restore studio.tar.gz --dir demo/restored")
def restore(
    archive: Annotated[Path, typer.Argument(help="Archive that `studio backup` wrote.")],
    directory: Annotated[Path, typer.Option("--dir", help="New or empty directory to restore into.")],
    as_json: AsJson = False,
) -> None:
    """Unpack a backup into a new directory, whole or not at all, to be started there.

    Its digests tell damage, not forgery: whoever made the archive chose the accounts that may log in.
    """
    from rolecall.annotate import archive as packed

    with _termination_as_ctrl_c(), _spinner("Unpacking"):
        manifest = packed.restore(archive, directory)
    print(f"restored {_amount(manifest.counts)}, as of {manifest.made}", file=sys.stderr)
    print(f"  start it: rolecall annotate studio start --dir {directory}", file=sys.stderr)
    print(json.dumps({"directory": str(directory), **_contents(manifest)}) if as_json else directory)


def _contents(manifest: "Manifest") -> dict[str, Any]:
    import msgspec

    about = {"made": manifest.made, "label_studio": manifest.label_studio, "files": len(manifest.files)}
    return about | msgspec.structs.asdict(manifest.counts)


@contextmanager
def _termination_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM end what goes on as Ctrl-C does, which leaves nothing half done."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _spinner(what: str) -> Iterator[None]:
    """Show on standard error that work goes on, and for how long."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        print(f"{what} ...", file=sys.stderr)
    with Progress(SpinnerColumn(), TextColumn(what), TimeElapsedColumn(), console=console, transient=True) as progress:
        progress.add_task(what, total=None)
        yield

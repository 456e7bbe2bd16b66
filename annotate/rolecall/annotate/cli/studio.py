"""Commands that run a local Label Studio."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A Label Studio of one's own on this machine, reachable from this machine only.",
    epilog="Example: rolecall annotate studio start --dir demo/studio --annotators ana,ben,gold",
)

Directory = Annotated[Path, typer.Option("--dir", help="Directory that holds the server's data, accounts and log.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog="Example: rolecall annotate studio start --dir demo/studio --annotators ana,ben,gold")
def start(
    directory: Directory,
    annotators: Annotated[str, typer.Option(help="Names to make accounts for, with commas between.")] = "",
    port: Annotated[
        int | None, typer.Option(min=1024, max=65535, help="Port; else the last one, or a free one.")
    ] = None,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay until Ctrl-C, then stop the server.")] = False,
) -> None:
    """Start the server, make the accounts that are new, wait until it answers, and print its URL."""
    from rolecall.annotate import studio

    names = [name.strip() for name in annotators.split(",") if name.strip()]
    found = studio.running(directory)
    first = not (directory / studio.STATE).exists()
    with _spinner("Starting Label Studio" + (" for the first time (about a minute)" if first else "")):
        started = studio.start(directory, names, port)
    print(
        f"Label Studio {'runs already' if found else 'is running'}; accounts: "
        f"{', '.join(started.accounts) or 'none but the admin'}",
        file=sys.stderr,
    )
    print(f"  passwords: rolecall annotate studio accounts --dir {directory}", file=sys.stderr)
    print(started.url)
    if foreground:
        _stay(directory)


def _stay(directory: Path) -> None:
    """Wait for Ctrl-C, SIGTERM, or `stop` from elsewhere."""
    from rolecall.annotate import studio

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    sys.stdout.flush()
    try:
        studio.wait(directory)
    except KeyboardInterrupt:
        studio.stop(directory)
    print("Label Studio has stopped", file=sys.stderr)


@app.command(epilog="Example: rolecall annotate studio stop --dir demo/studio")
def stop(directory: Directory) -> None:
    """Stop the server; its data and accounts stay."""
    from rolecall.annotate import studio

    stopped = studio.stop(directory)
    print("Label Studio has stopped" if stopped else "Label Studio was not running", file=sys.stderr)


@app.command(epilog="Example: rolecall annotate studio status --dir demo/studio --json")
def status(directory: Directory, as_json: AsJson = False) -> None:
    """Tell whether the server runs, and where: exit 0 when it does, 1 when it does not."""
    from rolecall.annotate import studio

    current = studio.read_state(directory) if studio.running(directory) else None
    if as_json:
        known = {"url": current.url, "pid": current.pid, "accounts": list(current.accounts)} if current else {}
        print(json.dumps({"running": current is not None, **known}))
    else:
        print(f"running at {current.url}" if current else "not running")
    if current is None:
        raise typer.Exit(1)


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

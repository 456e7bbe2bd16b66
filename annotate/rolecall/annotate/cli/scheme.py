"""Commands about labelling schemes."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from rich.table import Table

    from rolecall.core.scheme import Layer

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check, show and apply labelling schemes.",
    epilog="Example: rolecall annotate scheme show protest",
)

SchemeName = Annotated[str, typer.Argument(metavar="SCHEME", help="Name of a shipped scheme, or path of a YAML file.")]


@app.command(epilog="Example: rolecall annotate scheme check my-scheme.yaml")
def check(
    scheme: SchemeName,
    as_json: Annotated[bool, typer.Option("--json", help="Print the fingerprint and how many there are.")] = False,
) -> None:
    """Check a scheme file, name all that is wrong with it at once, and print its fingerprint."""
    from rolecall.annotate.checks.settings import active
    from rolecall.annotate.labelling import labelling_config, validate
    from rolecall.core.scheme import load_scheme

    loaded = load_scheme(scheme)
    validate(labelling_config(loaded))
    active(loaded)
    sizes = {"layers": len(loaded.layers), "roles": len(loaded.roles)}
    print(json.dumps({"fingerprint": loaded.fingerprint, **sizes}) if as_json else loaded.fingerprint)
    print(f"{', '.join(f'{size} {what}' for what, size in sizes.items())}: the scheme is good", file=sys.stderr)


@app.command(epilog="Example: rolecall annotate scheme show protest")
def show(
    scheme: SchemeName,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole scheme, with its fingerprint.")] = False,
) -> None:
    """Print a scheme for people to read: each role with its key, definition and example."""
    from rich.console import Console

    from rolecall.core.scheme import load_scheme

    loaded = load_scheme(scheme)
    if as_json:
        print(json.dumps({"fingerprint": loaded.fingerprint, **loaded.model_dump(mode="json")}, ensure_ascii=False))
        return
    # The examples hold [brackets], which are no markup here.
    console = Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else 140)
    console.print(f"{loaded.fingerprint}\n{loaded.purpose}\n")
    for layer in loaded.layers:
        console.print(_table(layer))


def _table(layer: "Layer") -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"layer {layer.name}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("role", no_wrap=True)
    table.add_column("key", no_wrap=True)
    table.add_column("is", no_wrap=True)
    table.add_column("definition", ratio=4)
    table.add_column("example", ratio=3)
    table.add_column("attaches to", ratio=2)
    for role in layer.roles:
        kind = "trigger" if role.trigger else "" if role.value == "none" else role.value
        name = Text.assemble(("  ", f"on {role.colour}"), " ", role.name)
        table.add_row(name, role.hotkey or "", kind, role.definition, role.example, ", ".join(role.attaches_to))
    return table


@app.command(epilog="Example: rolecall annotate scheme xml protest > labelling.xml")
def xml(scheme: SchemeName) -> None:
    """Print the labelling page of a scheme, to paste into Label Studio by hand."""
    from rolecall.annotate.labelling import labelling_config
    from rolecall.core.scheme import load_scheme

    sys.stdout.write(labelling_config(load_scheme(scheme)))


@app.command(
    epilog="Example: rolecall annotate scheme stamp annotations.jsonl --scheme protest-2.yaml --out restamped.jsonl"
)
def stamp(
    annotations: Annotated[Path, typer.Argument(help="annotations.jsonl to read.")],
    scheme: Annotated[str, typer.Option(help="Scheme that every label keeps its meaning in: a name or a path.")],
    out: Annotated[Path, typer.Option(help="File to write; it may be the one read.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace another file that stands at --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print how many carried which fingerprint before.")] = False,
) -> None:
    """Put a scheme's fingerprint on labels made with another, once every role is known to be in it."""
    from rolecall.annotate.stamp import stamp as restamp
    from rolecall.core.scheme import load_scheme

    loaded = load_scheme(scheme)
    before = restamp(annotations, loaded, out, overwrite=overwrite)
    if as_json:
        print(json.dumps({"scheme": loaded.fingerprint, "before": dict(sorted(before.items()))}))
        return
    for fingerprint, count in sorted(before.items()):
        print(f"{count:,} annotations: {fingerprint} -> {loaded.fingerprint}")


@app.command(
    epilog="Example: rolecall annotate scheme migrate annotations.jsonl --migration protest-1-to-2.yaml --out new.jsonl"
)
def migrate(
    annotations: Annotated[Path, typer.Argument(help="annotations.jsonl to read.")],
    migration: Annotated[Path, typer.Option(help="Migration file: what becomes of every role that changes.")],
    out: Annotated[Path, typer.Option(help="File to write; its ledger goes beside it.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files that stand there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the books.")] = False,
) -> None:
    """Carry labels over to another scheme, and tell what could not be kept: exit 1 when something was dropped."""
    from rolecall.annotate.migration import load_migration
    from rolecall.annotate.passage import ledger_path, migrate_file

    loaded = load_migration(migration)
    done = migrate_file(annotations, loaded, out, overwrite=overwrite)
    source, target = loaded.source.fingerprint, loaded.target.fingerprint
    if as_json:
        counts = {"annotations": done.annotations, "source": source, "target": target}
        print(json.dumps(counts | {"books": msgspec.to_builtins(done.books)}, ensure_ascii=False))
    else:
        print(f"{done.annotations:,} annotations: {source} -> {target}: {out}")
    for balance in done.books:
        print(balance, file=sys.stderr)
    if done.lost:
        print(f"not everything could be kept; what could not, and why: {ledger_path(out)}", file=sys.stderr)
        raise typer.Exit(1)

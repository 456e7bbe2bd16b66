"""The command line: finds the stages by their entry points, and imports one only when it is asked for."""

import json
import sys
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rolecall.core import __version__
from rolecall.core.errors import RolecallError
from rolecall.core.terminal import shown

GOOD, FINDING, MISUSE, INTERRUPTED = 0, 1, 2, 130


class Stages(TyperGroup):
    """The commands of core, and each installed stage as a group of its own."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the stages that are installed, then the commands of core."""
        own = super().list_commands(ctx)
        return [*sorted(point.name for point in entry_points(group="rolecall.stages")), *own]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a stage when it is asked for by name."""
        for point in entry_points(group="rolecall.stages"):
            if point.name == cmd_name:
                return typer.main.get_group(point.load())
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    cls=Stages,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Turn news articles into event-role data and models.",
    epilog="Example: rolecall evaluate score dataset/test/gold.jsonl predictions.jsonl",
)


@app.callback(invoke_without_command=True)
def main_options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    """Turn news articles into event-role data and models."""
    if version:
        print(__version__)
        raise typer.Exit


@app.command(epilog="Example: rolecall schema annotation > annotation.schema.json")
def schema(record: Annotated[str, typer.Argument(help="article, annotation, or ledger")]) -> None:
    """Print the JSON Schema of a record, made from the type that reads it."""
    import msgspec

    from rolecall.core.ledger import Balance, Entry
    from rolecall.core.records import Annotation, Article

    kinds: dict[str, Any] = {"article": Article, "annotation": Annotation, "ledger": Entry | Balance}
    if record not in kinds:
        raise typer.BadParameter(f"{record!r} is none of {', '.join(kinds)}")
    print(json.dumps(msgspec.json.schema(kinds[record]), indent=2))


@app.command(epilog="Example: rolecall configs")
def configs(
    as_json: Annotated[bool, typer.Option("--json", help="Print {folder: {name: path}}.")] = False,
) -> None:
    """List the shipped configs, which are known by name everywhere."""
    from rolecall.core.shipped import configs_dir, shipped

    folders = sorted(path.name for path in configs_dir().iterdir() if path.is_dir())
    if as_json:
        print(json.dumps({folder: {name: str(path) for name, path in shipped(folder).items()} for folder in folders}))
        return
    for folder in folders:
        for name, path in shipped(folder).items():
            print(f"{folder:10} {name:12} {path}")


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 good, 1 a finding, 2 misuse or failure, 130 interrupted."""
    try:
        code = app(args=arguments, prog_name="rolecall", standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else GOOD if stop.code is None else MISUSE
    except RolecallError as error:
        print(shown(f"error: {error}", keep="\n"), file=sys.stderr)
        return MISUSE
    except OSError as error:  # one is no finding (1), whatever was being read or written
        where = "" if error.filename is None else f"{error.filename}: "
        print(
            f"error: {where}{error.strerror or error}\n"
            "  remedy: check the path, its permissions, and whether the disk is full",
            file=sys.stderr,
        )
        return MISUSE
    except ModuleNotFoundError as error:
        stage = (arguments or sys.argv[1:] or [""])[0]
        if stage not in {"annotate", "train"} or (error.name or "").startswith("rolecall"):
            raise
        print(
            f"error: rolecall {stage} needs {error.name}, which is not installed\n"
            f"  remedy: pip install 'rolecall[{stage}]'",
            file=sys.stderr,
        )
        return MISUSE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return code if isinstance(code, int) else GOOD


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run())

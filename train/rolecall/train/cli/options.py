"""What several commands of the train stage have in common: how results are shown, and what an interrupt is told."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console


def console() -> "Console":
    """Make the console for results, which are not to be broken where nobody looks at a terminal."""
    from rich.console import Console

    found = Console(markup=False, highlight=False, emoji=False)
    return found if found.is_terminal else Console(markup=False, highlight=False, emoji=False, width=160)


def interrupted(out: Path, goes_on: str) -> typer.Exit:
    """Say that work was interrupted, and from where --resume goes on if anything of it stands; return the exit."""
    from rolecall.core.cli import INTERRUPTED
    from rolecall.train.unfinished import folder_of

    stands = folder_of(out).exists()
    print(f"interrupted; --resume goes on after {goes_on}" if stands else "interrupted", file=sys.stderr)
    return typer.Exit(INTERRUPTED)

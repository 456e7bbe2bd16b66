"""What several commands of the train stage have in common: how results and progress are shown."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console() -> "Console":
    """Make the console for results, which are not to be broken where nobody looks at a terminal."""
    from rich.console import Console

    found = Console(markup=False, highlight=False, emoji=False)
    return found if found.is_terminal else Console(markup=False, highlight=False, emoji=False, width=160)


def names(text: str) -> tuple[str, ...]:
    """Part a list of names at its commas."""
    return tuple(name for part in text.split(",") if (name := part.strip()))

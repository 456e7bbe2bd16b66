"""How lists are put into words, and read out of them."""

from collections.abc import Iterable

FEW = 10


def names_in(words: str | None) -> list[str]:
    """Return the names in a list with commas, without the blanks around them; of nothing there are none."""
    return [name for part in (words or "").split(",") if (name := part.strip())]


def few(words: Iterable[str], most: int = FEW, *, more: str = "...", among: int = 0) -> list[str]:
    """Return the first `most` words, and `more` behind them where there are others; a {} in it is how many others.

    `among` is how many there are, where not all of them are at hand.
    """
    every = list(words)
    left = max(among, len(every)) - most
    return [*every[:most], *([more.format(f"{left:,}")] if left > 0 else [])]

"""Progress of long work, on standard error, so that standard output stays for results."""

from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")


def bars(period: float = 30.0) -> "Progress":
    """Make the bars of a command: what is done, how far it is, how long it took, and how long it will take.

    How long it will take follows from the last `period` seconds: more than what comes at once takes to come.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), speed_estimate_period=period
    )


def track(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield the items while a bar counts them; `total` is their number where it is known.

    On a terminal the bar moves; elsewhere one line tells the end result. For command lines: library functions take
    iterables and know nothing of it.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    with bars() as progress:
        yield from progress.track(items, total=total, description=what)


@contextmanager
def without_bars() -> Iterator[None]:
    """Keep datasets, which must be installed, from drawing progress bars of its own."""
    import datasets

    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()

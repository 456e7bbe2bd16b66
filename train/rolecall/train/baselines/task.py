"""What every baseline is given, and what it gives back."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import datasets

from rolecall.core.errors import InputError
from rolecall.core.records import Article, Span
from rolecall.core.scheme import Scheme
from rolecall.train.settings import FitConfig

Label = Callable[[Iterable[Article]], Iterator[tuple[Span, ...]]]
"""A trained method: the spans of each article, in the order of the articles."""


class Task(NamedTuple):
    """The articles to learn from, as rows of the dataset's train split, and with what.

    `settings` are those of our own training, of which the others take encoder, windows, device and seed. `folder` is
    empty, and for whatever a method writes while it works. `step` is told of progress (done, total).
    """

    rows: datasets.Dataset
    scheme: Scheme
    settings: FitConfig
    dataset: Path
    folder: Path
    step: Callable[[int, int], None]


class Method(NamedTuple):
    """A baseline: `what` says in a sentence what it does, `train` does it."""

    name: str
    what: str
    train: Callable[[Task], Label]


def check_columns(task: Task, *names: str) -> None:
    """Raise InputError where the dataset lacks columns that a method learns from."""
    if lacking := set(names) - set(task.rows.column_names):
        raise InputError(
            f"lacks columns {', '.join(sorted(lacking))}",
            path=task.dataset,
            remedy="build it anew: rolecall annotate dataset",
        )


def rows_of(task: Task) -> Iterator[dict[str, Any]]:
    """Yield the rows, one at a time, and tell of each."""
    for number, row in enumerate(task.rows, 1):
        yield row
        task.step(number, len(task.rows))

"""Work done ahead: the next item is made in a thread while the one before it is used."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the items; while one is used, the next is made. At most two are there at a time.

    Gains time where making and using them take turns at releasing Python's lock, as tokenizers and networks do. What
    making an item raises is raised where the item is asked for.
    """
    source = iter(items)
    with ThreadPoolExecutor(1, "ahead") as pool:
        coming = pool.submit(next, source, _END)
        while (item := coming.result()) is not _END:
            coming = pool.submit(next, source, _END)
            yield item  # type: ignore[misc]  # it is not the end

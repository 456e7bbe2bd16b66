"""Items made ahead: in order, one at a time, with their errors, and not after the end."""

import threading
from collections.abc import Iterator

import pytest

from rolecall.train.ahead import ahead


def test_the_next_is_made_while_one_is_used() -> None:
    made = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    for number in ahead(items()):
        if number < 3:
            assert made[number + 1].wait(10)  # never, were it made only when asked for
        assert number > 1 or not made[number + 2].is_set()


def test_what_makes_them_fails_where_they_are_asked_for() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    stream = ahead(items())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="no second one"):
        next(stream)


def test_an_end_at_once_and_one_that_comes_early() -> None:
    assert list(ahead([])) == []
    before = threading.active_count()
    stream = ahead(range(100))
    assert next(stream) == 0
    stream.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before

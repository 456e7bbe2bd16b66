"""Progress that is shown once, by whom it is to be shown."""

from collections.abc import Iterator

import datasets
import pytest

from rolecall.core.progress import without_bars


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the bars of datasets as they are for other tests."""
    off = datasets.are_progress_bars_disabled()
    yield
    (datasets.disable_progress_bars if off else datasets.enable_progress_bars)()


def break_off() -> None:
    with without_bars():
        raise KeyError(datasets.are_progress_bars_disabled())


def test_datasets_draws_its_bars_again_even_where_work_broke_off() -> None:
    datasets.enable_progress_bars()
    with pytest.raises(KeyError, match="True"):
        break_off()
    assert not datasets.are_progress_bars_disabled()


def test_bars_that_were_off_stay_off() -> None:
    datasets.disable_progress_bars()
    with without_bars():
        assert datasets.are_progress_bars_disabled()
    assert datasets.are_progress_bars_disabled()

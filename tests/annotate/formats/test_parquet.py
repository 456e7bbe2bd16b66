import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from rolecall.annotate.columns import Columns
from rolecall.annotate.formats.parquet import read
from rolecall.annotate.formats.rows import Reading
from rolecall.core.errors import InputError

write: Any = pyarrow.parquet.write_table


def test_values_become_what_json_has(tmp_path: Path) -> None:
    record = {
        "text": "Rally\r\n ",
        "date": dt.date(2019, 4, 10),
        "seen": dt.datetime(2019, 4, 10, 9, 30, tzinfo=dt.UTC),
        "tags": ["a", "b"],
        "source": {"name": "KTK"},
        "price": Decimal("1.50"),
        "raw": "Актау".encode(),
        "none": None,
    }
    write(pa.Table.from_pylist([record]), tmp_path / "a.parquet")
    (row,) = read(tmp_path / "a.parquet", Reading())
    assert row.record == {
        "text": "Rally\r\n ",
        "date": "2019-04-10",
        "seen": "2019-04-10T09:30:00Z",
        "tags": ["a", "b"],
        "source": {"name": "KTK"},
        "price": "1.50",
        "raw": "Актау",
        "none": None,
    }
    assert str(row.place) == f"{tmp_path}/a.parquet:1"
    assert row.done == (tmp_path / "a.parquet").stat().st_size


@pytest.mark.parametrize("skip", [0, 1, 299, 300, 301, 700, 999, 1000])
def test_rows_keep_their_order_and_the_first_can_be_passed_over(tmp_path: Path, skip: int) -> None:
    write(pa.table({"text": [str(n) for n in range(1000)]}), tmp_path / "a.parquet", row_group_size=300)
    rows = list(read(tmp_path / "a.parquet", Reading(), skip=skip))
    assert [row.record["text"] for row in rows] == [str(n) for n in range(skip, 1000)]
    assert [row.place.line for row in rows] == list(range(skip + 1, 1001))


def test_what_is_no_table_of_articles_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("text\nRally\n")
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read as Parquet: Parquet magic bytes not found"):
        list(read(tmp_path / "a.parquet", Reading()))
    write(pa.table({"n": [1], "words": ["Rally"]}), tmp_path / "b.parquet")
    with pytest.raises(InputError, match="no column that is known to hold the text") as caught:
        list(read(tmp_path / "b.parquet", Reading()))
    assert "columns: n, words" in caught.value.remedy
    with pytest.raises(InputError, match="has no column 'word', which --columns names") as caught:
        list(read(tmp_path / "b.parquet", Reading(columns=Columns(text=("word",)))))
    assert caught.value.remedy == "columns: n, words"

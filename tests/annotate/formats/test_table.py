import sys
from pathlib import Path

import pytest

from rolecall.annotate.columns import Columns
from rolecall.annotate.formats.rows import Reading
from rolecall.annotate.formats.table import read
from rolecall.core.errors import InputError


def table(tmp_path: Path, text: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    (tmp_path / name).write_bytes(text.encode(encoding))
    return tmp_path / name


def test_cells_are_taken_as_they_are(tmp_path: Path) -> None:
    path = table(tmp_path, '\ufefftext,n\r\n"He said ""no"".\r\n\r\nThen, he left. ",1\r\n\r\nRally,\r\n')
    rows = list(read(path, Reading()))
    assert [row.record for row in rows] == [
        {"text": 'He said "no".\r\n\r\nThen, he left. ', "n": "1"},
        {"text": "Rally", "n": ""},
    ]
    assert [row.place.line for row in rows] == [2, 6]
    assert rows[-1].done == path.stat().st_size
    assert [row.record["text"] for row in read(path, Reading(), skip=1)] == ["Rally"]
    assert list(read(path, Reading(), skip=2)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("title,text\nA,B\n", "a.csv"),
        ("title;text\nA;B\n", "a.csv"),
        ("title\ttext\nA\tB\n", "a.csv"),
        ("title\ttext\nA\tB\n", "a.tsv"),
    ],
)
def test_the_delimiter_is_the_one_that_fits(tmp_path: Path, text: str, name: str) -> None:
    assert [row.record for row in read(table(tmp_path, text, name), Reading())] == [{"title": "A", "text": "B"}]


def test_a_delimiter_can_be_named(tmp_path: Path) -> None:
    reading = Reading(columns=Columns(delimiter="|"))
    assert [row.record["text"] for row in read(table(tmp_path, "n|text\n1|a,b\n"), reading)] == ["a,b"]


def test_other_encodings(tmp_path: Path) -> None:
    path = table(tmp_path, "text\nМитинг\n", encoding="utf-16")
    assert [row.record["text"] for row in read(path, Reading("utf-16"))] == ["Митинг"]
    path = table(tmp_path, "text\nМитинг\n", encoding="cp1251")
    with pytest.raises(InputError, match=r"a\.csv:1: is not utf-8 in this line or soon after it: byte 0xcc") as caught:
        list(read(path, Reading()))
    assert "--encoding" in caught.value.remedy


def test_a_row_of_another_length_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    rows = list(read(table(tmp_path, "n,text\n1,a,b\n2\n3,c\n"), Reading()))
    assert [row.refusal for row in rows] == [
        "has 3 cells where the header has 2: check its quotes and delimiters",
        "has 1 cells where the header has 2: check its quotes and delimiters",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "says", "remedy"),
    [
        ("n,m\n1,2\n", "has no column that is known to hold the text", "columns: n, m"),
        ("", "has no column that is known to hold the text", "columns: none"),
        ("text,n,n\na,1,2\n", r"a\.csv:1: has two columns named 'n'", "rename one"),
        ('text,n\na,1\n"b,2\nc,3\n', r"a\.csv:3: the row that begins here is no CSV", "quote cells"),
        ('text,n\na,1\n"b"c,2\n', r"a\.csv:3: the row that begins here is no CSV", "quote cells"),
    ],
)
def test_what_is_no_table_of_articles_is_named(tmp_path: Path, text: str, says: str, remedy: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        list(read(table(tmp_path, text), Reading()))
    assert remedy in caught.value.remedy


def test_a_column_of_the_config_must_be_there(tmp_path: Path) -> None:
    reading = Reading(columns=Columns(text=("story",), title="head"))
    with pytest.raises(InputError, match="has no column 'head', which --columns names") as caught:
        list(read(table(tmp_path, "story;headline\na;b\n"), reading))
    assert caught.value.remedy == "columns: story, headline"


def test_a_cell_may_be_long_and_a_column_may_have_no_name(tmp_path: Path) -> None:
    long = "x" * 200_000  # the csv module's own limit is 131,072
    (row,) = read(table(tmp_path, f",text\n0,{long}\n"), Reading())
    assert row.record == {"column 1": "0", "text": long}
    assert sys.getsizeof(long) > 131_072

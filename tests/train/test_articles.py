"""A file of articles is read whole or from a place on, and says what is wrong with it."""

from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.train import articles as files
from rolecall.train.labelling import Survey, survey

SAMPLE = Path(__file__).parents[2] / "sample" / "articles.jsonl"
parquet: Any = pyarrow.parquet  # untyped


def write(path: Path, columns: dict[str, Any], rows: int = 5) -> Path:
    """Write a .parquet file of small row groups."""
    parquet.write_table(pa.table(columns), path, row_group_size=rows)
    return path


@pytest.fixture
def articles() -> list[Article]:
    return list(islice(jsonl.read(SAMPLE, Article), 12))


@pytest.fixture(params=["jsonl", "parquet"])
def path(request: pytest.FixtureRequest, articles: list[Article], tmp_path: Path) -> Path:
    path = tmp_path / f"articles.{request.param}"
    if request.param == "jsonl":
        jsonl.write(path, articles)
        return path
    return write(path, {"n": range(12), "text": [a.text for a in articles], "id": [a.id for a in articles]})


def test_articles_are_read_whole_and_from_each_place_on(path: Path, articles: list[Article]) -> None:
    known = [(article.id, article.hash, article.text) for article in articles]
    assert [(a.id, a.hash, a.text) for a in files.read(path)] == known
    placed = list(files.locate(path))
    assert [each.place.line for each in placed] == list(range(1, 13))
    for number, each in enumerate(placed):
        rest = list(files.locate(path, each.place))
        assert [(other.article.id, other.place) for other in rest] == [(p.article.id, p.place) for p in placed[number:]]
    assert survey(path) == Survey(12, sum(len(article.text) for article in articles))


def test_a_place_behind_the_last_row_has_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"id": ["a", "b"], "text": ["A.", "B."]})
    assert list(files.read(path, files.Place(3))) == []
    assert list(files.read(write(path, {"id": pa.array([], pa.string()), "text": pa.array([], pa.string())}))) == []


def test_an_id_may_be_a_number_and_a_hash_is_held_against_the_text(tmp_path: Path) -> None:
    article = Article.of("Miners march.", id="7")
    path = write(tmp_path / "a.parquet", {"id": [7], "text": [article.text], "hash": [None]})
    assert list(files.read(path)) == [article]
    write(path, {"id": [7], "text": [article.text], "hash": [article.hash]})
    assert list(files.read(path)) == [article]
    write(path, {"id": [7], "text": ["Nurses march."], "hash": [article.hash]})
    with pytest.raises(InputError, match=r"a\.parquet:1: article '7': hash is not the SHA-256 of text"):
        list(files.read(path))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"id": ["a"], "body": ["A."]},
            r"a\.parquet: has no column text\n  remedy: rename the one .* there are id, body",
        ),
        ({"name": ["a"], "text": ["A."]}, r"a\.parquet: has no column id"),
        ({"id": ["a", "b"], "text": ["A.", None]}, r"a\.parquet:2: column text holds nothing\n  remedy: mend or"),
        ({"id": ["a"], "text": [3]}, r"a\.parquet:1: column text holds no text \(int\)"),
        ({"id": [1.5], "text": ["A."]}, r"a\.parquet:1: column id holds no text \(float\)"),
        ({"id": ["a"], "text": [""]}, r"a\.parquet:1: article 'a' has no text"),
        ({"id": ["a", "b", "a"], "text": ["A.", "B.", "A."]}, r"a\.parquet:3: article id 'a' stands twice"),
    ],
)
def test_what_is_wrong_is_named(columns: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        survey(write(tmp_path / "a.parquet", columns))


def test_a_file_that_is_no_parquet_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read: No such file"):
        survey(tmp_path / "a.parquet")
    (tmp_path / "a.parquet").write_text("{}")
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read as Parquet: .*\n  remedy: write it again"):
        survey(tmp_path / "a.parquet")


def test_a_wrong_line_is_named_from_any_place_on(articles: list[Article], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    jsonl.write(path, articles)
    places = [each.place for each in files.locate(path)]
    with path.open("ab") as file:
        file.write(b"\n{}\n")
    with pytest.raises(InputError, match=r"a\.jsonl:14: not a record of kind article"):
        list(files.read(path, places[-1]))

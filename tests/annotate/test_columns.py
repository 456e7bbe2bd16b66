from pathlib import Path

import pytest

from rolecall.annotate.columns import Columns, Sorted, assign, require, sort
from rolecall.core.config import load
from rolecall.core.errors import ConfigError, InputError
from rolecall.core.shipped import find


def config(tmp_path: Path, text: str) -> Columns:
    (tmp_path / "columns.yaml").write_text(text)
    return load(Columns, tmp_path / "columns.yaml")


def test_usual_names_need_no_config() -> None:
    there = ("DocNo", "Headline", "body", "Publication Date", "site-name", "URL", "language", "desk")
    assert assign(there, Columns()) == {
        "text": ("body",),
        "title": ("Headline",),
        "published": ("Publication Date",),
        "source": ("site-name",),
        "url": ("URL",),
        "lang": ("language",),
    }


def test_the_field_s_own_name_comes_first_and_only_one_column_is_taken() -> None:
    assert assign(("body", "text", "content"), Columns()) == {"text": ("text",)}
    record = {"text": "Rally", "body": "March", "date": None, "timestamp": "2019", "n": float("nan"), "note": ""}
    assert sort(record, Columns()) == Sorted(
        {"text": "Rally", "published": "2019"}, {"text": "text", "published": "timestamp"}, {"body": "March"}
    )


def test_a_config_names_columns_and_the_rest_is_still_known(tmp_path: Path) -> None:
    columns = config(tmp_path, "text: [Lead, Story]\nsource: source.name\ntitle: null\n")
    record = {"Lead": "One.", "Story": "Two.", "source": {"name": "KTK", "id": 4}, "title": "No", "date": "2019"}
    assert sort(record, columns) == Sorted(
        {"text": "One.\n\nTwo.", "source": "KTK", "published": "2019"},
        {"text": "Lead", "source": "source.name", "published": "date"},
        {"source": {"name": "KTK", "id": 4}, "title": "No"},
    )


def test_a_column_that_is_not_there_is_an_error_with_those_that_are(tmp_path: Path) -> None:
    columns = config(tmp_path, "text: Story\ntitle: Headline\nsource: source.name\n")
    with pytest.raises(InputError, match=r"a\.csv: has no column 'Headline', 'source.name', which") as caught:
        require(columns, ["Story", "Title"], Path("a.csv"))
    assert caught.value.remedy == "columns: Story, Title"
    require(columns, ["Story", "Headline", "source"], Path("a.csv"))


def test_all_that_is_wrong_with_a_config_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, "text: []\ntitel: x\nday_first: maybe\ndelimiter: ';;'\nurl: 5\nid: No\n")
    problems = {problem.key: str(problem) for problem in caught.value.problems}
    assert set(problems) == {"text", "titel", "day_first", "delimiter", "url", "id"}
    assert "did you mean title?" in problems["titel"]
    assert "must be a single character" in problems["delimiter"]
    assert "The column with the address" in problems["url"]
    assert 'put the column\'s name in quotes, such as "No"' in problems["id"]


def test_the_shipped_config_reads(tmp_path: Path) -> None:
    columns = load(Columns, find("annotate", "columns"))
    assert columns.named == ("DocID", "Lead", "Story", "Headline", "Pub Date", "Outlet", "Web")
    assert (columns.day_first, columns.delimiter, columns.lang) == (True, ";", None)
    assert "lang" not in assign(("Lead", "language"), columns)

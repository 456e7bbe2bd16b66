import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import jsonl
from rolecall.core.records import Article
from rolecall.evaluate import card as cards
from rolecall.evaluate.detail import Asked
from rolecall.evaluate.files import score_files
from rolecall.evaluate.score import score
from rolecall.evaluate.sheet import HEAD, harmless, write_sheet
from tests.evaluate.material import SCHEME
from tests.evaluate.reported import label


def test_every_table_by_hand(tmp_path: Path) -> None:
    articles = [
        Article.of("Miners struck in Jarkul.", id="a", meta={"desk": '=HYPERLINK("x")'}),
        Article.of("Two held.", id="b", meta={"desk": "home, abroad"}),
    ]
    miners, two = articles
    gold = [label(miners, [("struck", "PROTEST"), ("Jarkul", "PLACE")]), label(two, [("Two", "DETAINED_COUNT")])]
    found = [label(miners, [("struck", "PROTEST"), ("in Jarkul", "PLACE")], by="m"), label(two, [], by="m")]
    people = [label(miners, [("struck", "PROTEST")], by="-ana"), label(miners, [("struck", "PROTEST")], by="ben")]
    for name, records in (("articles", articles), ("gold", gold), ("found", found), ("people", people)):
        jsonl.write(tmp_path / name, records)
    card = score_files(
        tmp_path / "gold",
        tmp_path / "found",
        articles=tmp_path / "articles",
        annotators=tmp_path / "people",
        fields=("meta.desk",),
        tokens=True,
        resamples=0,
    )
    lines = write_sheet(card, cards.derive(card)).splitlines()
    assert lines[0] == "section,name,gold,predicted,correct,precision,recall,f1,low,high"
    # 1 of 3 gold spans found, 1 of 2 predictions right. Of the 3 roles that gold has, one is perfect.
    assert lines[1:4] == [
        "all,micro,3,2,1,0.500000,0.333333,0.400000,,",
        "all,macro,,,,0.333333,0.333333,0.333333,,",
        "all,weighted,,,,0.333333,0.333333,0.333333,,",
    ]
    assert lines[4:7] == [
        "layer,event,1,1,1,1.000000,1.000000,1.000000,,",
        "role,PROTEST,1,1,1,1.000000,1.000000,1.000000,,",
        "role,VIOLENCE,0,0,0,,,,,",
    ]
    # "in Jarkul" overlaps "Jarkul" in the same role: half a credit for partial, a whole one for type.
    assert [line for line in lines if line.startswith("schema")] == [
        "schema,strict,3,2,1,0.500000,0.333333,0.400000,,",
        "schema,exact,3,2,1,0.500000,0.333333,0.400000,,",
        "schema,partial,3,2,1.500000,0.750000,0.500000,0.600000,,",
        "schema,type,3,2,2,1.000000,0.666667,0.800000,,",
    ]
    assert [line for line in lines if line.startswith(("by", "value"))] == [
        'by meta.desk,"\'=HYPERLINK(""x"")",2,2,1,0.500000,0.500000,0.500000,,',
        'by meta.desk,"home, abroad",1,0,0,,0.000000,0.000000,,',
        "value,DETAINED_COUNT,1,0,0,,0.000000,0.000000,,",
    ]
    assert "tokens setting,PLACE,1,2,1,0.500000,1.000000,0.666667,," in lines
    assert "people all,micro,1,1,1,1.000000,1.000000,1.000000,," in lines
    assert lines[-3] == "people,ben against -ana,1,1,1,1.000000,1.000000,1.000000,,"
    assert lines[-2] == "people,'-ana against gold,2,1,1,1.000000,0.500000,0.666667,,"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1"])
def test_what_a_spreadsheet_would_compute_is_text(text: str) -> None:
    assert harmless(text) == f"'{text.strip()}"


@pytest.mark.parametrize("text", ["", "a=1", "'=1", "1,000 to 2,999", "–"])
def test_other_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_a_row_is_one_line_and_comes_back(name: str) -> None:
    article = Article.of("x", id="a")
    one = label(article, [("x", "PROTEST")])
    card = score({"a": one}, {"a": one}, SCHEME, asked=Asked(fields={"a": {"title": name}}), resamples=0)
    sheet = write_sheet(card, cards.derive(card))
    rows = list(csv.reader(io.StringIO(sheet, newline="")))
    assert sheet.count("\n") == len(rows)
    assert tuple(rows[0]) == HEAD
    assert {len(row) for row in rows} == {len(HEAD)}
    assert [row[1] for row in rows if row[0] == "by title"] == [harmless(name)]

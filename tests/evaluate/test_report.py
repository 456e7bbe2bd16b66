import re
from pathlib import Path

import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation
from rolecall.evaluate import card as cards
from rolecall.evaluate.errors import Error
from rolecall.evaluate.files import score_files
from rolecall.evaluate.report import open_report, write_report
from rolecall.evaluate.templating import environment
from tests.evaluate.reported import TEXT, Files, Reader, write_corpus


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_the_page_shows_the_whole_text_and_every_span(files: Files) -> None:
    page = Reader(files.report()[0])
    assert page.columns == {"gold": TEXT + "Nothing at all.", "predicted": TEXT + "Nothing at all."}
    assert page.chips["gold"] == [
        "DETAINEE <i>ana</i> missed: ",
        "PARTICIPANT correct: ",
        "ORGANIZER missed: ",
        "PROTEST correct: ",
    ]
    assert page.chips["predicted"] == ["PARTICIPANT correct: ", "PROTEST correct: ", "PLACE ben spurious: "]


def test_a_span_taken_over_from_a_suggestion_bears_no_witness(files: Files) -> None:
    readings = [*jsonl.read(files["annotators"], Annotation)]
    jsonl.write(files["annotators"], [msgspec.structs.replace(each, from_prediction="m1") for each in readings])
    card = score_files(
        files["gold"], files["predictions"], articles=files["articles"], annotators=files["annotators"], resamples=0
    )
    cards.write(files.card, card, cards.derive(card))
    html, markdown = files.report()
    assert Reader(html).chips["predicted"] == ["PARTICIPANT correct: ", "PROTEST correct: ", "PLACE spurious: "]
    assert "agreement leaves out 2 annotations made from" in html
    assert "agreement leaves out 2 annotations made from" in markdown


def test_nothing_from_outside_becomes_markup(files: Files) -> None:
    html, markdown = files.report()
    assert re.findall(r"<script>(.*?)</script>", html, re.DOTALL) == [
        environment(markdown=False).get_template("report.js").render()
    ]
    assert html.count("<script") == 1
    assert "<img" not in html
    assert "<i>ana" not in html
    assert html.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") >= 5
    assert 'lang="kk&#34;&gt;&lt;b&gt;"' in html
    assert Reader(html).tags.count("script") == 1
    assert set(Reader(html).tags).isdisjoint({"img", "iframe", "object"})
    assert re.search(r"(src|href)=\"(?!#|data:,\")", html) is None
    assert [name for name in Reader(html).attributes if re.match("style$|on", name)] == []
    assert re.findall(r"(?<!\\)<.*", markdown) == ["<details><summary>Every article</summary>", "</details>"]
    assert r"| a\|\<script\>alert('x')\</script\> | \<script\>alert('x')\</script\> \| \*title\* |" in markdown


def test_a_hostile_role_is_refused(files: Files) -> None:
    text = files["predictions"].read_text().replace('"PLACE"', '"<script>"')
    files["predictions"].write_text(text)
    with pytest.raises(InputError, match="role '<script>' is not in the scheme"):
        score_files(files["gold"], files["predictions"])


def test_the_markdown_by_hand(files: Files) -> None:
    lines = files.report()[1].splitlines()
    model = r"\<script\>alert('x')\</script\>"
    article = rf"a\|{model}"
    # 2 of 4 gold spans found, 2 of 3 predictions right; the quiet article is perfect and has nothing to find.
    assert lines[:7] == [
        f"# {model} against gold",
        "",
        "**Strict micro F1 0.571**, macro 0.500, on 2 articles in 2 groups with 4 gold spans.",
        "Annotators with each other on the same articles: 0.000. A yardstick, not a bound.",
        "",
        "> Note: 2 groups of articles: below 20 the intervals are unreliable",
        "",
    ]
    at = lines.index("| role | gold | P | R | F1 | 95% interval | human F1 |")
    assert lines[at + 2 : at + 7] == [
        "| **micro** | 4 | 0.667 | 0.500 | 0.571 |  | 0.000 |",
        "| **macro** | 4 roles | 0.500 | 0.500 | 0.500 |  | 0.000 |",
        "| **weighted** | 4 roles | 0.500 | 0.500 | 0.500 |  | 0.000 |",
        "| **event** | 1 | 1.000 | 1.000 | 1.000 |  | – |",
        "| PROTEST | 1 | 1.000 | 1.000 | 1.000 |  | – |",
    ]
    at = lines.index("| schema | correct | incorrect | partial | missing | spurious | P | R | F1 | 95% interval |")
    assert lines[at + 2 : at + 6] == [
        f"| {schema} | 2 | 0 | 0 | 2 | 1 | 0.667 | 0.500 | 0.571 |  |"
        for schema in ("strict", "exact", "partial", "type")
    ]
    at = lines.index("| error | number | an example: gold → predicted | article |")
    assert lines[at + 2 : at + 5] == [
        f"| missed | 2 | ORGANIZER «Union» → nothing | {article} |",
        f"| spurious | 1 | nothing → PLACE «🎉 in Қарағанды» | {article} |",
        "",
    ]
    at = lines.index("| hardest articles | title | errors | F1 |")
    assert lines[at + 2 : at + 4] == [rf"| {article} | {model} \| \*title\* | 3 | 0.571 |", ""]
    at = lines.index("<details><summary>Every article</summary>")
    assert lines[at + 2 : at + 8] == [
        "| article | title | correct | missed | spurious | F1 |",
        "|:--|:--|--:|--:|--:|--:|",
        rf"| {article} | {model} \| \*title\* | 2 | 2 | 1 | 0.571 |",
        "| quiet |  | 0 | 0 | 0 | – |",
        "",
        "</details>",
    ]
    assert lines[-1].startswith("`match:strict|scheme:protest:1:")


def test_a_long_list_of_articles_stays_out_of_the_markdown(tmp_path: Path) -> None:
    html = write_corpus(tmp_path, {f"Title {at}": ("Calm.", [], []) for at in range(51)})
    markdown = html.with_suffix(".md").read_text()
    assert "Title" not in markdown
    assert "<details>" not in markdown
    assert "Title 50" in html.read_text()


def test_every_error_is_written(files: Files) -> None:
    files.report()
    found = [*jsonl.read(files.folder / "report" / "errors.jsonl", Error)]
    assert [(error.kind, [span.text for span in error.gold + error.predicted]) for error in found] == [
        ("missed", ["Union"]),
        ("missed", ["Union men"]),
        ("spurious", ["🎉  in Қарағанды"]),
    ]


def test_a_prediction_that_lacks_has_missed_everything(files: Files) -> None:
    files["predictions"].write_text(files["predictions"].read_text().splitlines()[1] + "\n")
    card = score_files(files["gold"], files["predictions"], articles=files["articles"], allow_missing=True, resamples=0)
    cards.write(files.card, card, cards.derive(card))
    sides = {name: files[name] for name in ("gold", "predictions", "articles")}
    html, _, _, errors = write_report(open_report(files.card, **sides), files.folder / "report")
    assert html.read_text().count("chip missed") == 5  # one is in the legend
    assert [error.kind for error in jsonl.read(errors, Error)] == ["missed"] * 4


@pytest.mark.parametrize("name", ["gold", "predictions", "articles", "annotators"])
def test_other_files_than_those_scored_are_refused(files: Files, name: str) -> None:
    files[name].write_text(files[name].read_text() + "\n")
    with pytest.raises(InputError, match=f"is not the file that was scored as {name}") as caught:
        files.report()
    assert str(files[name]) in str(caught.value)
    assert not (files.folder / "report").exists()


def test_a_card_that_names_no_files_is_refused(files: Files) -> None:
    card = msgspec.structs.replace(cards.read(files.card), sources={})
    cards.write(files.card, card, cards.derive(card))
    with pytest.raises(InputError, match="does not say which files"):
        files.report()


def test_a_card_with_other_counts_than_its_files_is_refused(files: Files) -> None:
    card = cards.read(files.card)
    fewer = msgspec.structs.replace(card, tally=msgspec.structs.replace(card.tally, rows=card.tally.rows[:1]))
    cards.write(files.card, fewer, cards.derive(fewer))
    with pytest.raises(InputError, match="does not hold the counts of the files it names") as caught:
        files.report()
    assert str(files.card) in str(caught.value)

"""A form written anew loses no choice and no note."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolecall.annotate.adjudication.case import components
from rolecall.annotate.adjudication.form import write_form
from rolecall.core import jsonl
from rolecall.core.records import Article, Span, normalise
from tests.annotate.adjudication.forms import Form
from tests.annotate.adjudication.material import AGREED, ANA, MARCH, SCHEME, Files, reading


def test_a_form_written_anew_keeps_choices_and_notes(form: Form, capsys: pytest.CaptureFixture[str]) -> None:
    form.fill("a", "b", "", "b", "a", "apart")
    text = form.path.read_text(encoding="utf-8")
    form.path.write_text(text.replace("--- 2", "# to be asked\n--- 2"), encoding="utf-8")
    assert form.write() == 2
    longer = reading(
        "ben",
        MARCH,
        "ORGANIZER Miners | PROTEST walk out | PLACE Jarkul | PROTEST marched | FACILITY office | TIME Monday"
        " | AUTHORITY police in helmets | ARREST detained | PROTEST rally | FACILITY bridge",
        "walk out > Miners | walk out > Jarkul | marched > Monday | detained > police in helmets",
        "walk out + marched",
    )
    form.files.label(ANA, longer, *AGREED)
    capsys.readouterr()
    assert form.read() == 2
    assert "write the form anew with --update" in capsys.readouterr().err
    assert form.write("--update") == 0
    shown = capsys.readouterr()
    assert "4 choices made before are kept" in shown.out
    assert "1 choices belong to points that are not there any more\n  " in shown.err
    assert "bounds: b\n" in shown.err
    text = form.path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("choose:")] == [
        "choose: a", "choose:", "choose:", "choose: b", "choose: a", "choose: apart",
    ]  # fmt: skip
    # The note, and the choice at a point that is another now, with what it was.
    assert text.count("# to be asked\n") == 1
    lost = text[text.index("\n# --- not there any more: bounds\n") :].splitlines()
    assert lost[2:] == [
        "#     | … marched to the office on Monday. [Riot police in helmets] "
        "detained six near the bridge. A rally ended at …",
        '#     a 70:81 AUTHORITY "Riot police" ana',
        '#     b 70:92 AUTHORITY "Riot police in helmets" ben',
        "# to be asked",
        "# choose: b",
    ]
    assert form.write("--update") == 0
    assert form.path.read_text(encoding="utf-8") == text
    assert form.read() == 1


def test_notes_above_and_below_and_words_in_the_wrong_place_stay(form: Form) -> None:
    text = form.path.read_text(encoding="utf-8").replace("choose:\n\n--- 2", "choose:\n  a\n\n--- 2")
    form.path.write_text(f"# Dora, Monday\n{text}# all but the last\n", encoding="utf-8")
    assert form.write("--update") == 0
    lines = form.path.read_text(encoding="utf-8").splitlines()
    assert (lines.count("# Dora, Monday"), lines[-1], lines.count("# a")) == (1, "# all but the last", 1)
    assert lines[0].startswith("# Adjudication, scheme ")
    assert lines.index("# Dora, Monday") < lines.index(f'=== "march" {MARCH.hash[:12]}')
    assert form.write("--update") == 0
    assert form.path.read_text(encoding="utf-8").splitlines() == lines


def test_an_article_that_is_not_disputed_any_more_leaves_its_choices_as_notes(
    form: Form, capsys: pytest.CaptureFixture[str]
) -> None:
    form.fill("a", "", "", "", "", "apart")
    form.files.label(ANA, msgspec.structs.replace(ANA, by="ben"), *AGREED)
    assert form.write("--update") == 0
    assert f'  === "march" {MARCH.hash[:12]} one event or several: apart\n' in capsys.readouterr().err
    lines = form.path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "choose: a" in line] == ["# choose: a", "# choose: apart"]
    assert all(not line or line.startswith("#") for line in lines)


STRIKES = Article.of("They said a strike and then strike followed. " * 3, id="strikes")
TRIGGERS = st.integers(0, 5)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    joins=st.lists(st.lists(st.tuples(TRIGGERS, TRIGGERS).filter(lambda pair: pair[0] != pair[1])), max_size=2),
    links=st.lists(st.sets(st.tuples(TRIGGERS, st.integers(6, 8))), min_size=2, max_size=2),
    data=st.data(),
)
def test_an_update_with_the_same_readings_changes_no_choice(
    joins: list[list[tuple[int, int]]], links: list[set[tuple[int, int]]], data: st.DataObject, tmp_path: Path
) -> None:
    found = [(match.start(), match.end(), "PROTEST") for match in re.finditer("strike", STRIKES.text)]
    found += [(match.start(), match.end(), "PARTICIPANT") for match in re.finditer("They", STRIKES.text)]
    spans = tuple(Span(*key, STRIKES.text[key[0] : key[1]]) for key in found)
    bare = reading("ana", STRIKES, "")
    drawn = zip("ab", [*joins, [], []][:2], links, strict=True)
    made = [
        normalise(msgspec.structs.replace(
            bare, by=name, spans=spans, links=tuple(link), events=tuple(components(pairs))
        ))
        for name, pairs, link in drawn
    ]  # fmt: skip
    files = Files(tmp_path, *made)
    jsonl.write(files.articles, [STRIKES])
    form = Form(files)
    texts = jsonl.ArticleFile(files.articles)
    write_form(files.versions(), texts, SCHEME, form.path)
    count = form.path.read_text(encoding="utf-8").count("\nchoose:")
    form.fill(*data.draw(st.lists(st.sampled_from(["", "a", "b", "apart"]), min_size=count, max_size=count)))
    before = form.path.read_text(encoding="utf-8")
    assert write_form(files.versions(), texts, SCHEME, form.path, update=True).lost == []
    assert form.path.read_text(encoding="utf-8") == before

"""What may be chosen in a form, and what comes of it."""

import json
from pathlib import Path

import msgspec
import pytest

from rolecall.annotate.adjudication.decisions import CONVENTION
from rolecall.annotate.adjudication.outcome import read_decisions
from rolecall.core import jsonl
from rolecall.core.records import Article, quote
from tests.annotate.adjudication.forms import Form, said
from tests.annotate.adjudication.material import ALONE, ANA, BEN, MARCH, Files, reading


def test_names_and_ids_cannot_break_a_form(tmp_path: Path) -> None:
    form = Form(Files(tmp_path, msgspec.structs.replace(ANA, by="an\na"), BEN))
    assert form.write() == 0
    form.fill(*"aaaaaa")
    assert form.read() == 0
    assert said(form.files.made()["march"]) == said(ANA)


def test_more_than_26_options_have_two_letters(tmp_path: Path) -> None:
    words = [MARCH.text[:end] for end in range(len("Miners"), len("Miners") + 28)]
    readings = [reading(f"r{at:02}", MARCH, "") for at in range(28)]
    spans = [(quote(MARCH, 0, len(word), "PARTICIPANT"),) for word in words]
    made = [msgspec.structs.replace(one, spans=own) for one, own in zip(readings, spans, strict=True)]
    form = Form(Files(tmp_path, *made))
    assert form.write() == 0
    assert f'    ab  0:33 PARTICIPANT "{" ".join(words[-1].split())}"' in form.path.read_text(encoding="utf-8")
    form.fill("ab")
    assert form.read() == 0
    assert form.files.made()["march"].spans[0].end == 33


def test_questions_are_answered_in_a_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ana = msgspec.structs.replace(ALONE, choices={"article": ("no event",)})
    form = Form(Files(tmp_path, ana, msgspec.structs.replace(ALONE, by="ben")))
    assert form.write("--json") == 0
    assert json.loads(capsys.readouterr().out) == {"articles": 1, "points": 1, "carried": 0, "lost": []}
    for choice, expected in (("b", {}), ("none", {}), ("a", ana.choices), ('"no event"', ana.choices)):
        form.fill(choice)
        assert form.read("--overwrite") == 0
        assert form.files.made()["strike"].choices == expected
    form.fill('"perhaps"')
    assert form.read("--overwrite") == 2
    assert "'perhaps' is no answer to article; there are: no event" in capsys.readouterr().err


def test_a_semicolon_in_quotation_marks_is_part_of_the_words(form: Form) -> None:
    article = Article.of("Miners; marched.", id="march")
    jsonl.write(form.files.articles, [article])
    form.files.label(reading("ana", article, "PARTICIPANT Miners"), reading("ben", article, "PROTEST marched"))
    assert form.write("--overwrite") == 0
    form.fill("none", 'PROTEST "Miners; marched"; PARTICIPANT "Miners";')
    assert form.read() == 0
    assert [span.text for span in form.files.made()["march"].spans] == ["Miners", "Miners; marched"]


def test_a_question_that_the_scheme_lacks_is_a_mistake_with_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ana = msgspec.structs.replace(ALONE, choices={"relevance": ("relevant",)})
    form = Form(Files(tmp_path, ana, msgspec.structs.replace(ALONE, by="ben")))
    assert form.write() == 0
    form.fill('"relevant"')
    assert form.read() == 2
    assert f"form.txt:{form.line(1)}: the scheme has no question 'relevance'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "  ", "agreement", "only reader"])
def test_an_adjudicator_has_a_name(form: Form, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    form.fill(*"aaaaaa")
    assert form.read("--adjudicator", name) == 2
    assert f"--adjudicator {name!r}: is nobody's name" in capsys.readouterr().err


def test_choices_that_overlap_in_one_layer_are_refused_by_their_lines(
    form: Form, capsys: pytest.CaptureFixture[str]
) -> None:
    form.fill("a", "both", "b", "a", "a", "a")
    assert form.read() == 2
    line = form.line(2)
    assert (
        f'form.txt:{line}: 70:81 AUTHORITY "Riot police" (line {line}) and 70:92 AUTHORITY "Riot police in helmets" '
        f"(line {line}) overlap in one layer"
    ) in capsys.readouterr().err
    form.fill("a", "a", 'TIME "on Monday"', "a", "a", "a")
    assert form.read() == 2
    assert (
        f'{form.line(3)}) and 62:68 TIME "Monday" (on which all agree) overlap in one layer' in capsys.readouterr().err
    )
    assert not form.files.gold.exists()


def test_nobody_s_links_are_made_only_where_the_scheme_has_them(form: Form, capsys: pytest.CaptureFixture[str]) -> None:
    form.files.label(
        reading("ana", MARCH, "ARREST detained | AUTHORITY Riot police", "detained > Riot police"),
        reading("ben", MARCH, "ARREST detained | DETAINEE Riot police", "detained > Riot police"),
    )
    assert form.write("--overwrite") == 0
    form.fill('VICTIM "Riot police"')
    assert form.read() == 0
    assert form.files.made()["march"].links == ()
    assert "a link is left out, since the labels that stand cannot carry it (1)" in capsys.readouterr().err
    form.fill('AUTHORITY "six"; AUTHORITY "police"')
    assert form.read("--overwrite") == 0
    (gold,) = form.files.made().values()
    assert [gold.spans[other].text for _, other in gold.links] == ["police"]


def test_marks_of_doubt_and_links_between_variants_are_not_put_down_to_a_person(form: Form) -> None:
    doubted = msgspec.structs.replace(
        ANA, spans=tuple(msgspec.structs.replace(span, unsure=True) for span in ANA.spans)
    )
    form.files.label(doubted, BEN, reading("caro", MARCH, "PROTEST walk out | PLACE Jarkul | TIME dusk"))
    assert form.write("--overwrite") == 0
    text = form.path.read_text(encoding="utf-8")
    count = text.count("\nchoose:")
    form.fill(*["a"] * count)
    assert form.read() == 0
    found = list(read_decisions(form.files.decisions))
    marks = {each.by for each in found if each.item.startswith("unsure: ") and each.outcome != "kept"}
    assert marks == {CONVENTION}
    # All who link draw this one; caro, who links nothing, was not asked.
    (jarkul,) = [each for each in found if each.unit == "link" and "Jarkul" in each.item]
    assert (jarkul.by, jarkul.readers, jarkul.versions) == ("agreement", ("ana", "ben"), ("ana", "ben"))

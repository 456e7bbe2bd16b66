"""A form is written, filled in with any editor, and read back."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolecall.annotate.adjudication.case import components
from rolecall.annotate.adjudication.decisions import CONVENTION
from rolecall.annotate.adjudication.form import write_form
from rolecall.annotate.adjudication.outcome import read_decisions
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article, Span, normalise, quote
from tests.annotate.adjudication.material import AGREED, ALONE, ANA, BEN, MARCH, SCHEME, Files, reading


class Form:
    """A form of the two readings that differ, at six points."""

    def __init__(self, files: Files) -> None:
        self.files, self.path = files, files.folder / "form.txt"

    def write(self, *options: str) -> int:
        return run(["annotate", "adjudicate", "write", *self.files.inputs, "--out", str(self.path), *options])

    def read(self, *options: str) -> int:
        command = ["annotate", "adjudicate", "read", str(self.path), *self.files.inputs, "--adjudicator", "dora"]
        return run([*command, *self.files.outputs, *options])

    def fill(self, *choices: str) -> None:
        """Write a choice behind each point, in order."""
        parts = self.path.read_text(encoding="utf-8").split("\nchoose:")
        rests = [part.partition("\n")[2] for part in parts[1:]]
        filled = [f"\nchoose: {choice}".rstrip() + f"\n{rest}" for choice, rest in zip(choices, rests, strict=True)]
        self.path.write_text(parts[0] + "".join(filled), encoding="utf-8")

    def line(self, number: int) -> int:
        """The line on which a point is chosen, counted from 1."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return [at for at, line in enumerate(lines, 1) if line.startswith("choose:")][number - 1]


@pytest.fixture
def form(tmp_path: Path) -> Form:
    made = Form(Files(tmp_path, ANA, BEN, *AGREED))
    assert made.write() == 0
    return made


def said(annotation: Annotation) -> object:
    plain = normalise(annotation)
    return plain.spans, plain.links, plain.events


def test_each_point_is_a_block_with_its_place_and_who_says_what(form: Form) -> None:
    blocks = form.path.read_text(encoding="utf-8").split("\n\n")
    assert blocks[1] == f'\n=== "march" {MARCH.hash[:12]}\n    | {" ".join(MARCH.text.split())[:100].strip()}'
    assert blocks[3].splitlines() == [
        "--- 2 bounds",
        "    | … marched to the office on Monday. [Riot police in helmets] "
        "detained six near the bridge. A rally ended at …",
        '    a  70:81 AUTHORITY "Riot police"             ana',
        '    b  70:92 AUTHORITY "Riot police in helmets"  ben',
        "choose:",
    ]
    assert blocks[5].splitlines() == [
        "--- 4 link",
        '    | 37:44 PROTEST "marched" → 52:58 FACILITY "office"',
        "    a  a link   ana",
        "    b  no link  ben",
        "choose:",
    ]
    assert blocks[7].splitlines() == [
        "--- 6 one event or several",
        '    a  7:15 "walk out" + 37:44 "marched" + 125:130 "rally"       ana',
        '    b  7:15 "walk out" + 37:44 "marched"; 125:130 "rally" alone  ben',
        "choose:",
    ]
    assert len(blocks) == 8


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (("a", "a", "a", "a", "a", "a"), ANA),
        (("b", "b", "b", "b", "b", "b"), BEN),
    ],
)
def test_one_reader_s_side_throughout_is_that_reading(
    form: Form, choices: tuple[str, ...], expected: Annotation
) -> None:
    form.fill(*choices)
    assert form.read() == 0
    gold = form.files.made()["march"]
    assert said(gold) == said(expected)
    assert (gold.by, gold.kind) == ("gold", "adjudicated")
    decisions = list(read_decisions(form.files.decisions))
    assert {each.by for each in decisions if len(each.versions) < 2} == {"dora"}
    assert {each.by for each in decisions if len(each.versions) == 2} == {"agreement"}
    assert all(each.at for each in decisions if each.by == "dora")


def test_none_both_labels_of_one_s_own_and_apart(form: Form) -> None:
    form.fill("None", 'AUTHORITY "police in helmets"; 73:79 ORGANIZER;', "Both", "b", "", "Apart")
    # The miners are gone, and with them a link on which nothing was to choose.
    assert form.read() == 1
    form.fill("none", 'AUTHORITY "police  in\thelmets"; 75:81 ORGANIZER "police"', "both", "b", "a", "apart")
    assert form.read("--overwrite") == 0
    assert said(form.files.made()["march"]) == said(
        reading(
            "gold",
            MARCH,
            "PROTEST walk out | PLACE Jarkul | PROTEST marched | FACILITY office | TIME Monday | ORGANIZER police"
            " | AUTHORITY police in helmets | ARREST detained | PROTEST rally | FACILITY bridge",
            "walk out > Jarkul | detained > police in helmets",  # an organizer attaches to no arrest
        )
    )


def test_a_link_without_an_end_is_no_open_point(form: Form) -> None:
    ana = reading("ana", MARCH, "PROTEST walk out | PLACE Jarkul | PLACE office", "walk out > Jarkul")
    ben = reading("ben", MARCH, "PROTEST walk out | FACILITY Jarkul | PLACE office", "walk out > office")
    form.files.label(ana, ben)
    assert form.write("--overwrite") == 0
    form.fill("none", "", "b")
    assert form.read() == 0
    assert form.files.made()["march"].links == ((0, 1),)


@pytest.mark.parametrize(
    ("point", "choice", "message"),
    [
        (1, "c", "there is no c here; there are: a, b"),
        (1, "ab", "'ab' is no choice"),
        (1, "a; none", "'a; none' is no choice: none stands for itself"),
        (1, ";", "';' is no choice"),
        (1, "yes", "'yes' is no choice: write letters, none, both"),
        (1, 'COP "Miners"', "role 'COP' is not in the scheme: PROTEST"),
        (2, 'AUTHORITY "Army"', "the text has no 'Army'"),
        (2, "70:999 AUTHORITY", "70:999 is not inside the text's 145 characters"),
        (2, "69:81 AUTHORITY", "69:81 is ' Riot police': leave out the white space"),
        (2, '70:81 AUTHORITY "Army"', "70:81 is 'Riot police', not 'Army'"),
        (3, 'FACILITY "the"', "'the' stands there 2 times: write its offsets and role, 48:51 or 111:114"),
        (4, "a b", "'a b' is no choice: write one letter or none"),
        (6, "both", "'both' is no choice: write one letter or together or apart"),
    ],
)
def test_what_is_no_choice_is_refused_by_its_line(
    form: Form, point: int, choice: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    form.fill(*[choice if number == point else "a" for number in range(1, 7)])
    assert form.read() == 2
    assert f"form.txt:{form.line(point)}: {message}" in capsys.readouterr().err
    assert not form.files.gold.exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Riot police in helmets] detained", "Riot cops] detained", "stands where the form has"),
        ("    a  nothing", "", "stands where the form has 'a nothing ana'"),
        ("--- 2 bounds\n", "", "stands where the form has '--- 2 bounds'"),
        ("choose:\n\n--- 6", "\n--- 6", "stands where the form has 'choose:'"),
        ('=== "march"', '=== "none such"', "article 'none such' is not among those given"),
        ('=== "march"', '=== "rally"', "article 'rally' has no point on which its readings differ"),
        ("===", "---", "holds no articles"),
    ],
)
def test_a_mangled_form_is_refused_by_its_line(
    form: Form, old: str, new: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = form.path.read_text(encoding="utf-8")
    assert old in text
    form.path.write_text(text.replace(old, new), encoding="utf-8")
    assert form.read() == 2
    assert message in capsys.readouterr().err


def test_editors_may_change_line_ends_and_add_notes(form: Form) -> None:
    form.fill(*"abbaab")
    text = form.path.read_text(encoding="utf-8").replace("--- 3", "# to be asked\n\n--- 3").replace("    ", "  ")
    form.path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert form.read() == 0
    assert [span.role for span in form.files.made()["march"].spans][:1] == ["PARTICIPANT"]


def test_what_is_left_empty_stays_open_and_can_be_filled_in_later(
    form: Form, capsys: pytest.CaptureFixture[str]
) -> None:
    form.fill("a", "", "b", "a", "a", "")
    assert form.read() == 1
    said = capsys.readouterr().err
    assert f'  march line {form.line(2)}: AUTHORITY "Riot police" | AUTHORITY "Riot police in helmets"; ' in said
    assert f'; line {form.line(6)}: events PROTEST "walk out" + PROTEST "marched" + PROTEST "rally"\n' in said
    assert set(form.files.made()) == {"rally"}
    form.fill("a", "b", "b", "a", "a", "together")
    assert form.read("--overwrite") == 0
    assert set(form.files.made()) == {"march", "rally"}


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

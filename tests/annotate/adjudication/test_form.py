"""A form is written, filled in with any editor, and read back."""

import pytest

from rolecall.annotate.adjudication.outcome import read_decisions
from rolecall.core.records import Annotation
from tests.annotate.adjudication.forms import Form, said
from tests.annotate.adjudication.material import ANA, BEN, MARCH, reading


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

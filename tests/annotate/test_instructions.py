"""The instructions: guidelines as they read, their own HTML as text, and every role of the scheme in a table."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from rolecall.annotate.instructions import instructions
from rolecall.core.errors import InputError
from rolecall.core.scheme import Choice, Layer, Question, Role, load_scheme
from rolecall.core.shipped import shipped

GUIDELINES = Path(__file__).parents[2] / "annotate" / "guidelines" / "protest.md"


def body(html: str) -> ET.Element:
    """The part that is read; it is well-formed where nothing breaks out of it."""
    return ET.fromstring(html.partition("</style>")[2])  # noqa: S314  # our own


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "guidelines.md"
    path.write_text(text, encoding=encoding)
    return path


def test_markdown_becomes_html(tmp_path: Path) -> None:
    text = "# Rules\n\nMark *all*.\n\n- one\n- `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    found = body(instructions(load_scheme("case"), written(tmp_path, text)))
    assert found.get("class") == "rolecall-guide"
    assert found.findtext("h1") == "Rules"
    assert found.findtext("p/em") == "all"
    assert ["".join(item.itertext()) for item in found.findall("ul/li")] == ["one", "two"]
    assert [cell.text for cell in found.find("table") or () for cell in cell.iter() if cell.tag == "td"] == ["1", "2"]


def test_html_in_guidelines_is_text(tmp_path: Path) -> None:
    text = "<script>alert(1)</script>\n\n</div><img src=x onerror=alert(2)> &amp; [x](javascript:alert(3)) <b>b</b>\n"
    html = instructions(load_scheme("case"), written(tmp_path, text))
    said = "".join(body(html).itertext())
    assert "<script>alert(1)</script>" in said
    assert "</div><img src=x onerror=alert(2)> & [x](javascript:alert(3)) <b>b</b>" in said
    assert {"script", "img", "a"}.isdisjoint(element.tag for element in body(html).iter())


@pytest.mark.parametrize("name", sorted(shipped("schemes")))
def test_every_role_stands_in_the_table_under_its_layer(name: str) -> None:
    scheme = load_scheme(name)
    rows = [["".join(cell.itertext()) for cell in row] for row in body(instructions(scheme)).iter("tr")]
    expected = [["role", "key", "meaning", "example"]]
    for layer in scheme.layers:
        expected.append([layer.name])
        for role in layer.roles:
            example = role.example.replace("[", "").replace("]", "")
            expected.append([role.name, role.hotkey or "", role.definition, example])
    assert rows == expected


def test_the_span_of_an_example_is_bold_and_words_are_escaped() -> None:
    scheme = load_scheme("protest")
    role = Role(name="X", definition="<b> & co", example='A <i> ["rally"] & more', colour="#112233")
    changed = scheme.model_copy(update={"purpose": "<script>", "layers": (Layer(name="event", roles=(role,)),)})
    found = body(instructions(changed))
    assert found.findtext("p") == "<script>"
    *_, row = found.iter("tr")
    assert [cell.text for cell in row] == [None, None, "<b> & co", "A <i> "]
    assert [bold.text for bold in row.iter("b")] == ["X", '"rally"']


def test_the_shipped_guidelines_come_before_the_roles() -> None:
    found = body(instructions(load_scheme("protest"), GUIDELINES))
    heads = [head.text for head in found.findall("h2")]
    assert heads[0] == "How the page works"
    assert heads[-1] == "protest, version 1"


def test_guidelines_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    found = body(instructions(load_scheme("case"), written(tmp_path, "# Rules\n", "utf-8-sig")))
    assert found.findtext("h1") == "Rules"


def test_unreadable_guidelines_are_refused(tmp_path: Path) -> None:
    scheme = load_scheme("case")
    with pytest.raises(InputError, match=r"missing\.md: cannot be read: No such file"):
        instructions(scheme, tmp_path / "missing.md")
    with pytest.raises(InputError, match="Is a directory"):
        instructions(scheme, tmp_path)
    with pytest.raises(InputError, match=r"guidelines\.md: is not UTF-8 at byte 0"):
        instructions(scheme, written(tmp_path, "Ça dépend", "latin-1"))


def test_questions_stand_below_the_roles_with_their_answers_and_keys() -> None:
    tone = Question(
        name="tone", question="What <tone>?", choices=(Choice(value="angry", hotkey="j"), Choice(value="a & b"))
    )
    about = Question(name="about", question="About what?", choices=(Choice(value="labour"),), several=True)
    found = body(instructions(load_scheme("case").model_copy(update={"questions": (tone, about)})))
    assert [heading.text for heading in found.findall("h3")] == ["What <tone>?", "About what?"]
    assert [text.text for text in found.findall("p")][-2:] == ["one may be ticked:", "several may be ticked:"]
    assert [[item.text for item in each] for each in found.findall("ul")] == [["angry (j)", "a & b"], ["labour"]]

"""The labelling page: what Label Studio reads from it, what stays when people edit it, what is refused."""

import xml.etree.ElementTree as ET

import pytest
from label_studio_sdk.label_interface.interface import LabelInterface

from rolecall.annotate.labelling import TAKEN_KEYS, check_page, labelling_config, labels_on, validate
from rolecall.core.errors import ConfigError, InputError, SchemeMismatchError
from rolecall.core.scheme import Choice, Layer, Question, Role, Scheme, load_scheme
from rolecall.core.shipped import shipped

SCHEMES = sorted(shipped("schemes"))


def parsed(page: str) -> ET.Element:
    return ET.fromstring(page)  # noqa: S314  # our own page


def scheme_with(**changes: str | None) -> Scheme:
    fields: dict[str, object] = {
        "name": "RALLY",
        "definition": "Any.",
        "example": "A [rally].",
        "colour": "#112233",
        "hotkey": "1",
    }
    role = Role.model_validate({**fields, "trigger": True, **changes})
    return Scheme(name="tiny", version=1, layers=(Layer(name="event", roles=(role,)),))


@pytest.mark.parametrize("name", SCHEMES)
def test_label_studio_reads_every_layer_role_and_colour(name: str) -> None:
    scheme = load_scheme(name)
    page = labelling_config(scheme)
    interface = LabelInterface(page)
    interface.validate()  # type: ignore[no-untyped-call]
    layers = {layer.name: [role.name for role in layer.roles] for layer in scheme.layers}
    assert {control.name: control.labels for control in interface.controls if control.tag == "Labels"} == layers
    assert {control.name for control in interface.controls} == {*layers, "unsure", "article"}
    assert {control.to_name[0] for control in interface.controls} == {"text"}
    labels = {label.attrib["value"]: label.attrib for label in parsed(page).iter("Label")}
    assert {value: (label["background"], label["hotkey"]) for value, label in labels.items()} == {
        role.name: (role.colour, role.hotkey) for role in scheme.roles.values()
    }
    check_page(page, scheme, project="any")


@pytest.mark.parametrize("name", SCHEMES)
def test_a_page_is_the_same_bytes_each_time_with_line_feeds_only(name: str) -> None:
    page = labelling_config(load_scheme(name))
    assert page == labelling_config(load_scheme(name))
    assert "\r" not in page
    assert page.endswith("</View>\n")


def test_the_text_keeps_its_white_space_and_shows_labels() -> None:
    page = labelling_config(load_scheme("protest"))
    text = parsed(page).find(".//Text")
    assert text is not None
    assert text.attrib == {
        "name": "text",
        "value": "$text",
        "valueType": "text",
        "granularity": "symbol",
        "showLabels": "true",
    }
    assert "white-space: pre-wrap" in page
    assert "position: sticky" in page


def test_words_of_people_are_escaped() -> None:
    words = "Say \"no\" & 'yes' if <b> > 1."
    page = labelling_config(scheme_with(definition=words, example="[a]\n  & b"))
    label = parsed(page).find(".//Label")
    assert label is not None
    assert label.attrib["hint"] == f"{words} Example: [a] & b"


def test_a_role_without_hotkey_leaves_the_choice_to_label_studio() -> None:
    assert 'value="RALLY" hotkey="1" background' in labelling_config(scheme_with())
    assert 'value="RALLY" background' in labelling_config(scheme_with(hotkey=None))


@pytest.mark.parametrize("key", sorted(TAKEN_KEYS))
def test_a_hotkey_that_the_page_needs_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match=r"RALLY\.hotkey") as caught:
        labelling_config(scheme_with(hotkey=key))
    assert key in str(caught.value)
    assert "choose another key" in str(caught.value)


def test_a_page_of_another_scheme_is_refused() -> None:
    page = labelling_config(load_scheme("case"))
    with pytest.raises(SchemeMismatchError, match="project 'Reports': labelled with scheme 'case:1:"):
        check_page(page, load_scheme("protest"), project="Reports")


def test_a_page_that_rolecall_did_not_make_is_refused() -> None:
    with pytest.raises(InputError, match="carries no scheme") as caught:
        check_page("<View/>", load_scheme("case"), project="Reports")
    assert "rolecall annotate scheme xml" in str(caught.value)


def test_a_page_whose_labels_were_edited_is_refused() -> None:
    scheme = load_scheme("case")
    page = labelling_config(scheme).replace('value="fname"', 'value="FACILITY"')
    with pytest.raises(InputError, match=r"layer role has .*FACILITY.* the scheme has .*fname"):
        check_page(page, scheme, project="Reports")
    with pytest.raises(InputError, match="is not XML"):
        check_page(page.removesuffix("</View>\n"), scheme, project="Reports")


def test_further_questions_on_a_page_do_no_harm() -> None:
    scheme = load_scheme("case")
    extra = '<Choices name="tone" toName="text"><Choice value="angry"/></Choices>\n</View>\n'
    page = labelling_config(scheme).removesuffix("</View>\n") + extra
    check_page(page, scheme, project="Reports")
    assert list(labels_on(page)) == ["role", "unsure", "article", "tone"]


QUESTIONS = (
    Question(
        name="tone", question="What is the tone?", choices=(Choice(value="angry", hotkey="j"), Choice(value="calm"))
    ),
    Question(name="kind", question="What is it?", choices=(Choice(value="news & views"),), several=True),
)


def test_questions_of_the_scheme_stand_on_the_page() -> None:
    scheme = scheme_with().model_copy(update={"questions": QUESTIONS})
    page = labelling_config(scheme)
    validate(page)
    tone, kind = (parsed(page).find(f".//Choices[@name='{name}']") for name in ("tone", "kind"))
    assert tone is not None
    assert kind is not None
    assert (tone.get("choice"), kind.get("choice")) == ("single-radio", "multiple")
    assert [(one.get("value"), one.get("hotkey")) for one in tone] == [("angry", "j"), ("calm", None)]
    assert labels_on(page)["kind"] == ["news & views"]
    check_page(page, scheme, project="Reports")
    with pytest.raises(InputError, match="question tone has furious, calm, the scheme has angry, calm"):
        check_page(page.replace('"angry"', '"furious"'), scheme, project="Reports")


def test_a_choice_takes_no_key_of_the_page() -> None:
    taken = Question(name="tone", question="?", choices=(Choice(value="angry", hotkey="u"),))
    with pytest.raises(ConfigError, match=r"tone\.angry\.hotkey: u is Label Studio's 'unselect'"):
        labelling_config(scheme_with().model_copy(update={"questions": (taken,)}))


@pytest.mark.parametrize("scheme", ["protest", "case", "ecbplus"])
def test_label_studios_own_check_passes(scheme: str) -> None:
    validate(labelling_config(load_scheme(scheme)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('toName="text"', 'toName="txt"', 'toName="txt" not found'),
        ('value="fname" ', "", "'value' is a required property"),
        ("</View>", "", "refuses the labelling page"),
    ],
)
def test_label_studios_own_check_fails(old: str, new: str, said: str) -> None:
    page = labelling_config(load_scheme("case"))
    assert old in page
    with pytest.raises(InputError, match=said):
        validate(page.replace(old, new))

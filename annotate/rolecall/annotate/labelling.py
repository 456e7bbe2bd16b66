"""The labelling page: a scheme as Label Studio's labelling XML, and the checks of a page that a server holds.

One `<Labels>` control a layer, named as the layer: two labels of one control would replace each other on a phrase.
The page carries the scheme's fingerprint in a comment, which Label Studio stores and its editor passes over.
Tags: https://labelstud.io/tags
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from rolecall.core.errors import ConfigError, InputError, Problem, SchemeMismatchError
from rolecall.core.scheme import Layer, Question, Role, Scheme

TEXT = "text"
"""Name of the text on the page, and its key in a task's data."""
UNSURE = "unsure"
"""The mark on a single span: name of the control and its only choice."""
ARTICLE = "article"
"""Name of the control with choices about the article as a whole."""
NO_EVENT, COME_BACK = "no event", "come back"

TAKEN_KEYS = {
    "5": "the page's mark 'unsure'",
    "shift+9": f"the page's choice {NO_EVENT!r}",
    "shift+0": f"the page's choice {COME_BACK!r}",
    "u": "Label Studio's 'unselect'",
    "alt+r": "Label Studio's 'draw a relation'",
    "alt+h": "Label Studio's 'hide the region'",
    "alt+l": "Label Studio's 'lock the region'",
    "alt+m": "Label Studio's 'describe the region'",
}

# The panel stays beside the text while it scrolls; pre-wrap keeps line ends and double spaces as they are labelled.
# Relations are drawn across the text: pale, or an article with fifty of them cannot be read. A colour may be too dark
# for the dark theme, or too light for the other: so spans are underlined, and lighter in the dark, and the list of
# regions writes roles in the colour of its text, beside a badge in their own.
_STYLE = """\
.rolecall { display: flex; align-items: flex-start; gap: 14px }
.rolecall-roles { position: sticky; top: 0; flex: none; width: 176px; max-height: calc(100vh - 160px); overflow-y: auto }
.rolecall-roles h4 { margin: 7px 0 2px !important; font-size: 11px !important; line-height: 14px !important; letter-spacing: .04em; text-transform: uppercase; opacity: .65 }
.rolecall-roles .lsf-labels { display: flex; flex-direction: column; gap: 2px; margin: 0 !important }
.rolecall-roles .lsf-label { height: 24px; margin: 0 !important; font-size: 13px }
.rolecall-roles .lsf-choices { gap: 0 !important; margin: 8px 0 0 !important }
.rolecall-roles .lsf-choices * { min-height: 0; margin-top: 0 !important; margin-bottom: 0 !important; font-size: 13px; line-height: 20px }
.rolecall-roles .lsf-choices sup { font-size: 9px !important; line-height: 1 !important }
.rolecall-text { flex: 1; min-width: 0 }
.rolecall-text .htx-highlight { box-shadow: inset 0 -1px rgba(128, 128, 128, .7) }
[data-color-scheme=dark] .rolecall-text .htx-highlight { background-image: linear-gradient(rgba(255, 255, 255, .12) 0 0) }
.lsf-outliner-item .lsf-labels-list { color: var(--color-neutral-content) !important; font-weight: 600 }
.relations-overlay { opacity: .4 }
.lsf-htx-richtext { white-space: pre-wrap; font-size: 15px; line-height: 2 }"""  # noqa: E501  # one rule a line

_STAMP = re.compile(r"<!-- rolecall scheme (\S+) -->")
_MOVING = re.compile(r"<!-- rolecall moves (\S+) to (\S+) by (\S+) with backup (\S+) -->")


def labelling_config(scheme: Scheme, *, panel: Sequence[str] = (), style: str = "") -> str:
    """Write the labelling page of a scheme; the same scheme gives the same bytes.

    `panel` is XML to stand above the text, `style` CSS for it. Raises ConfigError naming every role and choice whose
    hotkey the page or Label Studio needs for something else.
    """
    keys = {f"{role.name}.hotkey": role.hotkey for role in scheme.roles.values()}
    keys |= {f"{each.name}.{one.value}.hotkey": one.hotkey for each in scheme.questions for one in each.choices}
    problems = [
        Problem(name, f"{key} is {TAKEN_KEYS[key]}", "choose another key")
        for name, key in keys.items()
        if key in TAKEN_KEYS
    ]
    if problems:
        raise ConfigError(f"scheme {scheme.name}", problems)
    return "".join(f"{line}\n" for line in _page(scheme, panel, style))


def answers_of(scheme: Scheme) -> dict[str, set[str]]:
    """Return the answers that can stand in a record: those to the scheme's questions, and the page's "no event"."""
    return {ARTICLE: {NO_EVENT}} | {each.name: {one.value for one in each.choices} for each in scheme.questions}


def validate(page: str) -> None:
    """Let Label Studio's own SDK check a labelling page; raise InputError with what it says against it."""
    from label_studio_sdk._legacy import exceptions as refusals  # the SDK has no public place for them
    from label_studio_sdk.label_interface.interface import LabelInterface

    try:
        LabelInterface(page).validate()  # type: ignore[no-untyped-call]
    except (
        refusals.LabelStudioValidationErrorSentryIgnored,
        refusals.LabelStudioXMLSyntaxErrorSentryIgnored,
        ValueError,
        KeyError,
    ) as error:
        raise InputError(
            f"Label Studio's SDK refuses the labelling page: {' '.join(str(error).split())[:500]}",
            remedy="correct the names in the scheme",
        ) from error


def _page(scheme: Scheme, panel: Sequence[str], style: str) -> Iterator[str]:
    yield '<View className="rolecall">'
    yield f"<!-- rolecall scheme {scheme.fingerprint} -->"
    yield f"<Style>\n{_STYLE}\n{style}</Style>"
    yield '<View className="rolecall-roles">'
    for layer in scheme.layers:
        yield from _labels(layer)
    yield (
        f'<Choices name="{UNSURE}" toName="{TEXT}" perRegion="true" visibleWhen="region-selected" '
        f'choice="multiple" showInline="true"><Choice value="{UNSURE}" hotkey="5"/></Choices>'
    )
    for question in scheme.questions:
        yield from _choices(question)
    yield (
        f'<Choices name="{ARTICLE}" toName="{TEXT}" choice="multiple" showInline="true">'
        f'<Choice value="{NO_EVENT}" hotkey="shift+9"/><Choice value="{COME_BACK}" hotkey="shift+0"/></Choices>'
    )
    yield "</View>"
    yield '<View className="rolecall-text">'
    yield from panel
    # showLabels writes the role beside its span; without it, overlapping spans are one grey blend.
    # valueType says that the text is the text, also on servers that take long values for addresses.
    yield f'<Text name="{TEXT}" value="${TEXT}" valueType="text" granularity="symbol" showLabels="true"/>'
    yield "</View>"
    yield "</View>"


def _labels(layer: Layer) -> Iterator[str]:
    yield f'<Header value={quoteattr(layer.name)} size="6"/>'
    yield f'<Labels name={quoteattr(layer.name)} toName="{TEXT}" showInline="false">'
    for role in layer.roles:
        yield _label(role)
    yield "</Labels>"


def _label(role: Role) -> str:
    key = f" hotkey={quoteattr(role.hotkey)}" if role.hotkey else ""
    # Label Studio has no way to write a line end inside a hint.
    hint = quoteattr(" ".join(f"{role.definition} Example: {role.example}".split()))
    return f"  <Label value={quoteattr(role.name)}{key} background={quoteattr(role.colour)} hint={hint}/>"


def _choices(question: Question) -> Iterator[str]:
    yield f'<Header value={quoteattr(question.question)} size="6"/>'
    yield (
        f'<Choices name={quoteattr(question.name)} toName="{TEXT}" '
        f'choice="{"multiple" if question.several else "single-radio"}" showInline="false">'
    )
    for choice in question.choices:
        key = f" hotkey={quoteattr(choice.hotkey)}" if choice.hotkey else ""
        yield f"  <Choice value={quoteattr(choice.value)}{key}/>"
    yield "</Choices>"


def check_page(config: str, scheme: Scheme, *, project: str) -> None:
    """Refuse a server's page that is not this scheme's, whether by its fingerprint or by labels edited since.

    Raises SchemeMismatchError for another fingerprint, InputError for a page that carries none or other labels, or that
    stands for a project half carried over to another scheme.
    """
    where = f"project {project!r}"
    if between := moving(config):
        raise InputError(
            f"is being carried over from {between.source} to {between.target}, and that was not finished",
            path=where,
            remedy="finish it, with the backup that it began with: rolecall annotate migrate --backup FILE",
        )
    stamp = _STAMP.search(config)
    if stamp is None:
        raise InputError(
            "its labelling page carries no scheme, so rolecall did not make it",
            path=where,
            remedy="choose another --project; or, if its labels are this scheme's, paste the scheme's page into the "
            f"project's settings (Labeling Interface, Code): rolecall annotate scheme xml {scheme.name}",
        )
    if stamp[1] != scheme.fingerprint:
        raise SchemeMismatchError(stamp[1], scheme.fingerprint, path=where)
    found = labels_on(config)
    expected = {f"layer {layer.name}": list(scheme.layer_roles[layer.name]) for layer in scheme.layers}
    expected |= {f"question {each.name}": [choice.value for choice in each.choices] for each in scheme.questions}
    for control, values in expected.items():
        there = found.get(control.partition(" ")[2], [])
        if there != values:
            raise InputError(
                f"its labelling page was edited: {control} has {', '.join(there) or 'nothing'}, "
                f"the scheme has {', '.join(values)}",
                path=where,
                remedy="paste the scheme's page back into the project's settings (Labeling Interface, Code): "
                f"rolecall annotate scheme xml {scheme.name}",
            )


def labels_on(config: str) -> dict[str, list[str]]:
    """Return {name: labels} of every `<Labels>` and `<Choices>` control on a page."""
    try:
        root = ET.fromstring(config)  # noqa: S314  # expat stops entity bombs, and the page is the user's own server's
    except ET.ParseError as error:
        raise InputError(f"the labelling page is not XML: {error}") from error
    return {
        control.get("name", ""): [value.get("value", "") for value in control.iter(kind.removesuffix("s"))]
        for kind in ("Labels", "Choices")
        for control in root.iter(kind)
    }


class Moving(NamedTuple):
    """What a page says while its project is carried over: from which scheme to which, by which migration and backup."""

    source: str
    target: str
    migration: str
    backup: str

    def __str__(self) -> str:
        return "<!-- rolecall moves {} to {} by {} with backup {} -->".format(*self)


def moving(page: str) -> Moving | None:
    """Return what a page says of its project's being carried over, or None where it says nothing."""
    found = _MOVING.search(page)
    return Moving(*found.groups()) if found else None

"""What disagreements ask of the guidelines: for each group a question to settle, and where the guidelines speak of it.

The words are put together from the kind, the roles and what differs; they ask, and leave the answer to people.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from rolecall.core.scheme import Scheme
from rolecall.evaluate.boundaries import TOLD
from rolecall.evaluate.disagreements import Kind
from rolecall.evaluate.dissent import Dissent, Example, Feature, Group
from rolecall.evaluate.guidelines import Passage, Pointers, point

FEATURES = 3
"""How many features of a group are spoken of."""
PASSAGES = 3
"""How many passages of the guidelines are shown."""
LEAST = 2
"""A feature that stands alone is spoken of from this number on."""
LEADING = 1 / 3
"""From this share on, a feature is looked for in the guidelines."""
MOSTLY = 0.75
"""From this share on, and in no fewer than 4, one reader is named as the one who has what the others lack."""

SPOKEN: dict[Kind, str] = {
    "boundary": r"shortest|phrases?|noun phrase",
    "role": r"",
    "role and boundary": r"",
    "layer": r"across layers|layers?|both",
    "missed": r"",
    "split": r"range|two|one span|split",
    "link": r"link(?:s|ed)?|attach\w*|governs?",
    "event": r"one event|same (?:event|happening)",
}
"""The words by which guidelines would speak of a kind (a pattern)."""
SPOKEN_OF = {
    "again": r"every mention|each mention|each time|mentions?",
    "second role": r"across layers|both|too",
    "coordination": r"coordinat\w+|conjunctions?|lists?",
    "preposition between": r"range|is two|two spans|split|prepositions?",
    "possessor": r"possessives?|possessors?",
}
"""The same for features of other kinds than boundaries."""


class Advice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a group of disagreements asks for: sentences, examples, and the guidelines' passages with what they lack.

    `definitions` are the scheme's, by role. `found` is None without guidelines.
    """

    kind: Kind
    roles: tuple[str, ...]
    number: int
    sentences: tuple[str, ...]
    definitions: dict[str, str]
    examples: tuple[Example, ...]
    passages: tuple[Passage, ...] = ()
    found: str | None = None


def advise(dissent: Dissent, scheme: Scheme, guidelines: Sequence[Passage] | None = None) -> tuple[Advice, ...]:
    """Say for each group what is to be settled, the largest group first."""
    return tuple(_advise(group, scheme, guidelines) for group in dissent.groups)


def _advise(group: Group, scheme: Scheme, guidelines: Sequence[Passage] | None) -> Advice:
    features = _speaking(group)
    passages: tuple[Passage, ...] = ()
    found = None
    if guidelines is not None:
        spoken = _spoken(group, features)
        pointers = point(guidelines, group.roles, spoken or None, scheme.roles)
        passages, found = _passages(group, pointers), _found(group, pointers)
    examples = {id(each): each for feature in features for each in feature.examples[:LEAST]}
    return Advice(
        kind=group.kind,
        roles=group.roles,
        number=group.number,
        sentences=(SAY[group.kind](group, scheme), *(_say(each, group) for each in features), *_upheld(group)),
        definitions={name: scheme.roles[name].definition for name in group.roles},
        examples=(*examples.values(),)[:5] or group.examples,
        passages=passages,
        found=found,
    )


def _speaking(group: Group) -> list[Feature]:
    """Take the features that say something: those that recur, or the only one of a small group."""
    told = [each for each in group.features if each.name != "only one"]
    return [each for each in told if each.number >= LEAST or group.number <= LEAST][:FEATURES]


# The sentence that opens each kind.


def _boundary(group: Group, _: Scheme) -> str:
    said = "" if _speaking(group) else f": say where {_quotes(group.examples)} begin and end"
    return f"{_count(group, 'span')} of {_roles(group)} {_have(group)} other bounds with each reader{said}."


def _role(group: Group, _: Scheme) -> str:
    one, other = group.roles
    return (
        f"{_count(group, 'phrase')} {_are(group)} {one} to one and {other} to the other"
        f"{_whose(group, f' says {one}')}: say what decides between them, with {_quotes(group.examples)} as "
        f"{'a case' if group.number == 1 else 'cases'}."
    )


def _role_and_boundary(group: Group, _: Scheme) -> str:
    one, other = group.roles
    return (
        f"{_count(group, 'time')} a {one} of one overlaps a {other} of the other{_whose(group, f' says {one}')}: "
        f"say which of them holds for {_quotes(group.examples)}, and where it ends."
    )


def _layer(group: Group, scheme: Scheme) -> str:
    one, other = group.roles
    return (
        f"{_count(group, 'phrase')} {_are(group)} {one} (layer {scheme.layer_of[one]}) to one and {other} (layer "
        f"{scheme.layer_of[other]}) to the other{_whose(group, f' says {one}')}: say when a phrase such as "
        f"{_quotes(group.examples)} is one, the other, or both."
    )


def _missed(group: Group, _: Scheme) -> str:
    return (
        f"{_count(group, 'span')} of {_roles(group)} {_are(group)} marked by one reader only"
        f"{_whose(group, ' marks it')}: say whether {_quotes(group.examples)} "
        f"{'counts' if group.number == 1 else 'and their like count'}."
    )


def _split(group: Group, _: Scheme) -> str:
    wholes = [side[0].text for each in group.examples for side in (each.left, each.right) if len(side) == 1]
    return (
        f"{_count(group, 'phrase')} {_are(group)} one {_roles(group)} to one reader and several to the other"
        f"{_whose(group, ' has it whole')}: say whether {_quoted(wholes)} is one span or more."
    )


def _link(group: Group, _: Scheme) -> str:
    return f"{_count(group, 'argument')} of role {_roles(group)} that both mark {_are(group)} linked otherwise."


def _event(group: Group, _: Scheme) -> str:
    sides = [(*each.left, *each.right) for each in group.examples[:2]]
    words = ", ".join(" + ".join(_quote(span.text) for span in side[:3]) for side in sides)
    return (
        f"{_count(group, 'time')} one reader joins triggers in one event that are several to the other"
        f"{_whose(group, ' joins them')}: say when words such as {words} name the same happening."
    )


SAY: dict[Kind, Callable[[Group, Scheme], str]] = {
    "boundary": _boundary,
    "role": _role,
    "role and boundary": _role_and_boundary,
    "layer": _layer,
    "missed": _missed,
    "split": _split,
    "link": _link,
    "event": _event,
}

FEATURE = {
    "again": "In {of} both mark the same words as {role} elsewhere{whose}: say whether every mention counts.",
    "second role": "In {of} both give the same words another role{whose}: say when a phrase has both.",
    "unlinked": "In {of} only one reader links it{whose}: say when it has no trigger.",
    "other trigger": "In {of} it hangs on other triggers ({example}): say which trigger governs an argument.",
    "same event": "In {of} the triggers are of one event ({example}): say which of its words takes the argument.",
    "more triggers": "In {of} one reader links it to more triggers{whose}: say whether events share an argument.",
    "coordination": "In {of} the parts are joined by “and”, “or” or a comma{whose}.",
    "preposition between": "In {of} a preposition stands between the parts{whose}.",
    "possessor": "In {of} the first part is a possessor{whose}.",
}
"""What is said of a feature of a kind other than boundary."""


def _say(feature: Feature, group: Group) -> str:
    of = f"{feature.number:,} of {group.number:,}"
    if group.kind == "boundary":
        one, other = feature.examples[0].left[0], feature.examples[0].right[0]
        return f"In {of}, {_takes(feature)}: say whether {_quote(one.text)} or {_quote(other.text)} is the span."
    if feature.name not in FEATURE:
        return f"In {of}: {feature.name}{_by(feature.by)}."
    example = feature.examples[0]
    return FEATURE[feature.name].format(
        of=of,
        role=_roles(group),
        whose=_by(feature.by),
        example=f"{_triggers(example.left[1:])} or {_triggers(example.right[1:])}",
    )


def _upheld(group: Group) -> list[str]:
    """Say whose version gold has, where gold is known."""
    if not group.upheld:
        return []
    parts = [f"with {name} in {number:,}" for name, number in group.upheld.items()]
    return [f"Gold sides {', '.join(parts)} of {group.number:,}."]


def _takes(feature: Feature) -> str:
    """Say who takes the words in, and who does not."""
    words = TOLD[feature.name].words
    if len(feature.by) == 1 and len(feature.others) == 1:
        return f"{next(iter(feature.by))} takes in {words} and {feature.others[0]} does not"
    return f"one reader takes in {words} and the other does not{_by(feature.by)}"


def _by(by: Mapping[str, int]) -> str:
    return f" ({', '.join(f'{name} {number:,}' for name, number in by.items())})" if by else ""


def _whose(group: Group, does: str) -> str:
    """Say whose doing it is, and that it is mostly one reader's."""
    if not group.by:
        return ""
    name, number = next(iter(group.by.items()))
    if len(group.by) == 1 or (number >= 4 and number / group.number >= MOSTLY):
        return f" ({name}{does} in {number:,} of {group.number:,})"
    return _by(group.by)


def _count(group: Group, noun: str) -> str:
    return f"{group.number:,} {noun}{'s' * (group.number != 1)}"


def _are(group: Group) -> str:
    return "is" if group.number == 1 else "are"


def _have(group: Group) -> str:
    return "has" if group.number == 1 else "have"


def _roles(group: Group) -> str:
    return " and ".join(group.roles)


def _quotes(examples: Iterable[Example]) -> str:
    """Quote what the examples are about, each once: of two overlapping spans the longer."""
    sides = ((*each.left, *each.right) for each in examples)
    return _quoted(max(spans, key=lambda span: (span.end - span.start, -span.start)).text for spans in sides)


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(map(_quote, [*dict.fromkeys(texts)][:3]))


def _quote(text: str) -> str:
    """Put a text in quotes, on one line, cut where it is long."""
    words = " ".join(text.split())
    return f"«{words if len(words) <= 60 else words[:59] + '…'}»"


def _triggers(spans: Sequence[object]) -> str:
    return " and ".join(_quote(getattr(span, "text", "")) for span in spans[:2]) or "none"


def _spoken(group: Group, features: Sequence[Feature]) -> str:
    """Put together the pattern by which guidelines would speak of the matter."""
    leading = [each.name for each in features if each.number >= group.number * LEADING]
    told = [TOLD[name].spoken if group.kind == "boundary" else SPOKEN_OF.get(name, "") for name in leading]
    return "|".join(filter(None, dict.fromkeys(told))) or SPOKEN[group.kind]


def _passages(group: Group, pointers: Pointers) -> tuple[Passage, ...]:
    """Choose what to show: what speaks of role and matter, then what names the role, then rules in general."""
    both = [each for each in pointers.named if all(role in each.text for role in group.roles)]
    order = [*(both if len(group.roles) > 1 else ()), *pointers.spoken, *pointers.named[:2], *pointers.general[:1]]
    return tuple({each.line: each for each in order}.values())[:PASSAGES]


def _found(group: Group, pointers: Pointers) -> str:
    """Say what the guidelines have and lack for a group."""
    roles = _roles(group)
    if not pointers.named:
        rule = f"; line {pointers.general[0].line} has a rule in general" if pointers.general else ""
        return f"No line names {roles}{rule}: write one."
    if len(group.roles) > 1 and group.kind != "event":
        both = [each for each in pointers.named if all(role in each.text for role in group.roles)]
        if not both:
            return f"No line speaks of {roles} together: add one."
        return f"Line {both[0].line} speaks of both: add one of these cases to it."
    if pointers.spoken:
        return f"Line {pointers.spoken[0].line} may speak of it: add one of these cases to it as an example."
    if pointers.general:
        line = pointers.general[0].line
        return f"Only the rule in line {line} may speak of it, without naming {roles}: repeat it there with a case."
    return f"What line {pointers.named[0].line} says of {roles} does not settle it: add a sentence."

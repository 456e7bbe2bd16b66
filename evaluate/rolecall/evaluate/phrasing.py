"""Disagreements in sentences: what the readers of a group differ in, how often, and what that asks.

Where more than two differ about one place, it is said once, of some and of others.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from rolecall.core.records import Span
from rolecall.core.scheme import Scheme
from rolecall.evaluate.boundaries import TOLD
from rolecall.evaluate.disagreements import Kind
from rolecall.evaluate.dissent import Example, Feature, Group

FEATURES = 3
"""How many features of a group are spoken of."""
SHARES = 3
"""How many ways of who marked a span and who did not are told apart."""
LEAST = 2
"""A feature is spoken of from this number on, and in a group no larger than it from one on."""


def sentences(group: Group, features: Sequence[Feature], scheme: Scheme) -> tuple[str, ...]:
    """Say what a group is about, then what its features are, then whose version gold has."""
    return (SAY[group.kind](group, scheme), *(_say(each, group) for each in features), *_upheld(group))


def speaking(group: Group) -> list[Feature]:
    """Take the features that say something: those that recur, or the only one of a small group."""
    told = [each for each in group.features if each.name not in {"only one", "joined"}]
    return [each for each in told if each.number >= LEAST or group.places <= LEAST][:FEATURES]


def _boundary(group: Group, _: Scheme) -> str:
    said = "" if speaking(group) else f": say where {_quotes(group.examples)} begin and end"
    return f"{_count(group, 'span')} of {_roles(group)} {_have(group)} other bounds with {_each(group)}{said}."


def _role(group: Group, _: Scheme) -> str:
    one, other = group.roles
    return (
        f"{_count(group, 'phrase')} {_are(group)} {one} to {_one(group)} and {other} to {_other(group)}"
        f"{_which(group, one)}: say what decides between them, as in "
        f"{_quotes(group.examples)}."
    )


def _role_and_boundary(group: Group, _: Scheme) -> str:
    one, other = group.roles
    return (
        f"{_count(group, 'time')} a {one} of {_one(group)} overlaps a {other} of {_other(group)}{_which(group, one)}: "
        f"say which of them holds for {_quotes(group.examples)}, and where it ends."
    )


def _layer(group: Group, scheme: Scheme) -> str:
    one, other = group.roles
    return (
        f"{_count(group, 'phrase')} {_are(group)} {one} (layer {scheme.layer_of[one]}) to {_one(group)} and {other} "
        f"(layer {scheme.layer_of[other]}) to {_other(group)}{_which(group, one)}: say when a phrase such as "
        f"{_quotes(group.examples)} is one, the other, or both."
    )


def _missed(group: Group, _: Scheme) -> str:
    return (
        f"{_count(group, 'span')} of {_roles(group)} {_are(group)} marked by {_marked(group)}: "
        f"say whether {_quotes(group.examples[:1] if group.places == 1 else group.examples)} "
        f"{'counts' if group.places == 1 else 'and their like count'}."
    )


def _split(group: Group, _: Scheme) -> str:
    wholes = [side[0].text for each in group.examples for side in (each.left, each.right) if len(side) == 1]
    return (
        f"{_count(group, 'phrase')} {_are(group)} one {_roles(group)} to {_one(group, ' reader')} and several to "
        f"{_other(group)}{_by(group.by)}: say whether {_quoted(wholes)} is one span or more."
    )


def _link(group: Group, _: Scheme) -> str:
    return f"{_count(group, 'argument')} of role {_roles(group)} that both mark {_are(group)} linked otherwise."


def _event(group: Group, _: Scheme) -> str:
    sides = [(*each.left, *each.right) for each in group.examples[:2]]
    words = ", ".join(" + ".join(_quote(span.text) for span in side[:3]) for side in sides)
    join = "join" if group.gathered else "joins"
    return (
        f"{_count(group, 'time')} {_one(group, ' reader')} {join} triggers in one event that are several to "
        f"{_other(group)}{_by(group.by)}: say when words such as {words} name the same happening."
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
    "unlinked": "In {of} only {one} {links} it{whose}: say when it has no trigger.",
    "other trigger": "In {of} it hangs on other triggers ({example}): say which trigger governs an argument.",
    "same event": "In {of} the triggers are of one event ({example}): say which of its words takes the argument.",
    "more triggers": "In {of} {one} {links} it to more triggers{whose}: say whether events share an argument.",
    "coordination": "In {of} the parts are joined by “and”, “or” or a comma{whose}.",
    "preposition between": "In {of} a preposition stands between the parts{whose}.",
    "possessor": "In {of} the first part is a possessor{whose}.",
}
"""What is said of a feature of a kind other than boundary."""


def _say(feature: Feature, group: Group) -> str:
    of = f"{feature.number:,} of {group.places:,}"
    if group.kind == "boundary":
        one, other = feature.examples[0].left[0], feature.examples[0].right[0]
        return f"In {of}, {_takes(feature, group)}: say whether {_quote(one.text)} or {_quote(other.text)} is the span."
    if feature.name not in FEATURE:
        return f"In {of}: {feature.name}{_by(feature.by)}."
    example = feature.examples[0]
    return FEATURE[feature.name].format(
        of=of,
        role=_roles(group),
        whose=_by(feature.by),
        one=_one(group, " reader"),
        links="link" if group.gathered else "links",
        example=f"{_triggers(example.left[1:])} or {_triggers(example.right[1:])}",
    )


def _upheld(group: Group) -> list[str]:
    """Say whose version gold has, where gold is known."""
    if not group.upheld:
        return []
    parts = [f"with {name} in {number:,}" for name, number in group.upheld.items()]
    return [f"Gold sides {', '.join(parts)} of {group.places:,}."]


def _takes(feature: Feature, group: Group) -> str:
    """Say who takes the words in, and who does not."""
    words = TOLD[feature.name].words
    if len(feature.by) == 1 and len(feature.others) == 1:
        return f"{next(iter(feature.by))} takes in {words} and {feature.others[0]} does not"
    if group.gathered:
        return f"some take in {words} and others do not{_by(feature.by)}"
    return f"one reader takes in {words} and the other does not{_by(feature.by)}"


def _one(group: Group, noun: str = "") -> str:
    return "some" if group.gathered else f"one{noun}"


def _other(group: Group) -> str:
    return "others" if group.gathered else "the other"


def _each(group: Group) -> str:
    return "some readers" if group.gathered else "each reader"


def _marked(group: Group) -> str:
    """Say who of how many marks spans that others lack."""
    if not group.gathered:
        return f"one reader only{_by(group.by)}"
    shares = [
        (f"{each.marked} of {each.marked + len(each.without)}, not by {_listed(each.without)}", each.number)
        for each in group.lacking
    ]
    if len(shares) == 1:
        return shares[0][0]
    told = "; ".join(f"{words}: {number:,}" for words, number in shares[:SHARES])
    return f"some readers only ({told}{'; ...' if len(shares) > SHARES else ''})"


def _listed(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _by(by: Mapping[str, int]) -> str:
    return f" ({', '.join(f'{name} {number:,}' for name, number in by.items())})" if by else ""


def _which(group: Group, role: str) -> str:
    """Say who gives the first of two roles."""
    return f" ({role} to {', to '.join(f'{name} {number:,}' for name, number in group.by.items())})"


def _count(group: Group, noun: str) -> str:
    return f"{group.places:,} {noun}{'s' * (group.places != 1)}"


def _are(group: Group) -> str:
    return "is" if group.places == 1 else "are"


def _have(group: Group) -> str:
    return "has" if group.places == 1 else "have"


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


def _triggers(spans: Sequence[Span]) -> str:
    return " and ".join(_quote(span.text) for span in spans[:2]) or "none"

"""What disagreements ask of the guidelines: for each group a question to settle, and where the guidelines speak of it.

The words are put together from the kind, the roles and what differs; they ask, and leave the answer to people.
"""

from collections.abc import Sequence

import msgspec

from rolecall.core.scheme import Scheme
from rolecall.evaluate.boundaries import TOLD
from rolecall.evaluate.disagreements import Kind
from rolecall.evaluate.dissent import EXAMPLES, Dissent, Example, Feature, Group
from rolecall.evaluate.guidelines import Passage, Pointers, point
from rolecall.evaluate.phrasing import sentences, speaking

PASSAGES = 3
"""How many passages of the guidelines are shown."""
LEAST = 2
"""How many examples of a feature are shown."""
LEADING = 1 / 3
"""From this share on, a feature is looked for in the guidelines."""
MOSTLY = 0.75
"""From this share on, and in no fewer than 4, gold is said to follow a reader."""

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

    `number` counts each place once, however many pairs differ there. `definitions` are the scheme's, by role. `found`
    is None without guidelines.
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
    """Say for each group what is to be settled, the one of most places first."""
    groups = sorted(dissent.groups, key=lambda group: -group.places)
    return tuple(_advise(group, scheme, guidelines) for group in groups)


def _advise(group: Group, scheme: Scheme, guidelines: Sequence[Passage] | None) -> Advice:
    features = speaking(group)
    passages: tuple[Passage, ...] = ()
    found = None
    if guidelines is not None:
        spoken = _spoken(group, features)
        pointers = point(guidelines, group.roles, spoken or None, scheme.roles)
        passages, found = _passages(group, pointers), _found(group, pointers)
    examples = {_said(each): each for feature in features for each in feature.examples[:LEAST]}
    return Advice(
        kind=group.kind,
        roles=group.roles,
        number=group.places,
        sentences=sentences(group, features, scheme),
        definitions={name: scheme.roles[name].definition for name in group.roles},
        examples=tuple(examples.values())[:EXAMPLES] or group.examples,
        passages=passages,
        found=found,
    )


def _said(example: Example) -> tuple[str, ...]:
    """What tells an example from others: its words."""
    return tuple(span.text.casefold() for span in (*example.left, *example.right))


def _spoken(group: Group, features: Sequence[Feature]) -> str:
    """Put together the pattern by which guidelines would speak of the matter."""
    leading = [each.name for each in features if each.number >= group.places * LEADING]
    told = [TOLD[name].spoken if group.kind == "boundary" else SPOKEN_OF.get(name, "") for name in leading]
    return "|".join(filter(None, dict.fromkeys(told))) or SPOKEN[group.kind]


def _passages(group: Group, pointers: Pointers) -> tuple[Passage, ...]:
    """Choose what to show: what speaks of role and matter, then what names the role, then rules in general."""
    both = [each for each in pointers.named if all(role in each.text for role in group.roles)]
    order = [*(both if len(group.roles) > 1 else ()), *pointers.spoken, *pointers.named[:2], *pointers.general[:1]]
    return tuple({each.line: each for each in order}.values())[:PASSAGES]


def _found(group: Group, pointers: Pointers) -> str:
    """Say what the guidelines have and lack for a group."""
    if group.kind in {"link", "event"}:
        rules = pointers.general or pointers.spoken
        return (
            f"Line {rules[0].line} has a rule: add one of these cases to it."
            if rules
            else "No line has a rule: write one."
        )
    roles = " and ".join(group.roles)
    if len(group.roles) > 1:
        both = [each for each in pointers.named if all(role in each.text for role in group.roles)]
        if both:
            return f"Line {both[0].line} speaks of both: add one of these cases to it."
        return f"No line speaks of {roles} together: add one."
    if not pointers.named:
        rule = f"; line {pointers.general[0].line} has a rule in general" if pointers.general else ""
        return f"No line names {roles}{rule}: write one."
    return _lacking(group, pointers)


def _lacking(group: Group, pointers: Pointers) -> str:
    """Say what the lines that name a role may lack."""
    roles, line = " and ".join(group.roles), pointers.named[0].line
    if parted := _parted(group):
        line = pointers.spoken[0].line if pointers.spoken else line
        return (
            f"Gold follows {parted[0]}: if line {line} decides these cases, tell {parted[1]}; if not, add one of them."
        )
    if pointers.spoken:
        return f"Line {pointers.spoken[0].line} may speak of it: add one of these cases to it as an example."
    if pointers.general:
        rule = pointers.general[0].line
        return f"Only the rule in line {rule} may speak of it, without naming {roles}: repeat it there with a case."
    return f"Line {line} names {roles}: if it decides these cases, show one there; if not, add the rule."


def _parted(group: Group) -> tuple[str, str] | None:
    """Name the reader whom gold follows and the other one, where there are two and it mostly follows one."""
    readers = {name for each in group.examples for name in (each.first, each.second)}
    name, number = next(iter(group.upheld.items()), ("", 0))
    if len(readers) != 2 or name not in readers or number < 4 or number < MOSTLY * group.places:
        return None
    return name, next(iter(readers - {name}))

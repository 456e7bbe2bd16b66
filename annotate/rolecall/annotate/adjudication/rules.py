"""Rules that decide without a person: what all say, what most say, or what the first of some people says."""

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from itertools import combinations
from typing import Literal, NamedTuple, TypeVar

from rolecall.annotate.adjudication.case import Case, Groups, Pair, components, overlaps, partitions
from rolecall.annotate.labelling import ARTICLE
from rolecall.core.errors import InputError
from rolecall.core.wording import names_in
from rolecall.evaluate.match import Key

T = TypeVar("T")


class Open(Enum):
    """What a rule says where it cannot decide."""

    TIE = "tie"


class Rule(NamedTuple):
    """What all say stands; else what more than half of those with a say, if `majority`; else the first of `order`."""

    majority: bool = False
    order: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = ["majority"] * self.majority + [f"precedence:{','.join(self.order)}"] * bool(self.order)
        return " then ".join(parts) or "agreement"

    def pick(self, says: Mapping[str, T]) -> T | Literal[Open.TIE]:
        """Decide between what the versions say."""
        counts = Counter(says.values()).most_common(1)
        for what, count in counts:
            if count == len(says) or (self.majority and 2 * count > len(says)):
                return what
        return self.first(says)

    def first(self, says: Mapping[str, T]) -> T | Literal[Open.TIE]:
        """Return what the first of `order` says who has a say."""
        return next((says[name] for name in self.order if name in says), Open.TIE)


UNANIMOUS = Rule()


def parse_rule(words: str) -> Rule:
    """Read a rule: majority, or precedence:NAME,NAME. Raises InputError."""
    kind, _, names = words.partition(":")
    order = tuple(names_in(names))
    if words == "majority":
        return Rule(majority=True)
    if kind == "precedence" and order and len(set(order)) == len(order):
        return Rule(order=order)
    raise InputError(f"{words!r} is no rule", remedy="write majority, or precedence:ana,ben with each name once")


def with_ties(rule: Rule, words: str) -> tuple[Rule, bool]:
    """Add what is to be done where a rule cannot decide: leave, drop (then True is returned), or precedence:NAMES."""
    if words in {"leave", "drop"}:
        return rule, words == "drop"
    if words.startswith("precedence:") and not rule.order:
        return rule._replace(order=parse_rule(words).order), False
    raise InputError(
        f"--ties {words}: is no way out", remedy="write leave, drop, or precedence:ana,ben after a majority"
    )


class Verdict(NamedTuple):
    """What stands of a case: spans by place, links and events by the places of their ends, answers by question."""

    spans: Mapping[int, tuple[Key, ...]]
    links: tuple[Pair, ...]
    events: Groups
    choices: Mapping[str, tuple[str, ...]]


class Ties(NamedTuple):
    """What a rule could not decide: places, links, groups of triggers, questions."""

    places: tuple[int, ...]
    links: tuple[Pair, ...]
    events: Groups
    questions: tuple[str, ...]

    def __bool__(self) -> bool:
        return any(self)


def decide(case: Case, rule: Rule) -> tuple[Verdict, Ties]:
    """Apply a rule to a case; what it leaves open is in the ties and does not stand.

    Place by place, a rule may pick spans that overlap in one layer, as nobody has them: that is no decision either.
    """
    picked = {place: rule.pick(case.says_of_place(place)) for place in range(len(case.places))}
    _settle_overlaps(case, rule, picked)
    spans = {place: (key,) for place, key in picked.items() if key is not None and key is not Open.TIE}
    voted = {pair: rule.pick(case.says_of_pair(pair, drawn)) for pair, drawn in case.links.items()}
    voted = {pair: said for pair, said in voted.items() if set(pair) <= spans.keys()}
    events, torn = _events(case, rule, spans)
    answers = {question: rule.pick(_answered(question, says, rule)) for question, says in case.answers.items()}
    ties = Ties(
        tuple(place for place, key in picked.items() if key is Open.TIE),
        tuple(pair for pair, said in voted.items() if said is Open.TIE),
        torn,
        tuple(question for question, said in answers.items() if said is Open.TIE),
    )
    links = tuple(pair for pair, said in voted.items() if said is True)
    choices = {question: said for question, said in answers.items() if said is not Open.TIE and said}
    return Verdict(spans, links, events, choices), ties


def _settle_overlaps(case: Case, rule: Rule, picked: dict[int, Key | Literal[Open.TIE] | None]) -> None:
    """Let the first of the rule's order say what stands where picked spans overlap; without one it is a tie."""
    place_of = {key: place for place, key in picked.items() if key is not None and key is not Open.TIE}
    while found := overlaps(case, place_of):
        for place in {place_of[key] for pair in found for key in pair}:
            picked[place] = rule.first(case.says_of_place(place))
        place_of = {key: place for place, key in picked.items() if key is not None and key is not Open.TIE}


def _answered(question: str, says: Mapping[str, T], rule: Rule) -> Mapping[str, T]:
    """Leave out who did not answer a question, where most decide; not to tick "no event" is an answer."""
    return {name: said for name, said in says.items() if said} if rule.majority and question != ARTICLE else says


def _events(case: Case, rule: Rule, spans: Mapping[int, object]) -> tuple[Groups, Groups]:
    """Return the events that stand, and the groups of triggers on which there is no decision.

    Two by two, most may join a to b and b to c and yet not a to c: that is no decision either, and the first of the
    rule's order who has a say is asked for the group as a whole.
    """
    votes = {pair: rule.pick(case.says_of_pair(pair, drawn)) for pair, drawn in case.joins.items()}
    votes = {pair: said for pair, said in votes.items() if set(pair) <= spans.keys()}
    standing: list[tuple[int, ...]] = []
    torn: list[tuple[int, ...]] = []
    for group in components(pair for pair, said in votes.items() if said is True):
        apart = [pair for pair in combinations(group, 2) if votes.get(pair) is not True]
        denied = any(pair in votes or case.says_of_pair(pair, ()) for pair in apart)
        (torn if denied else standing).append(group)
    torn += [pair for pair, said in votes.items() if said is Open.TIE]
    groups = components(pair for group in torn for pair in combinations(group, 2))
    left = []
    for group in groups:
        touched = [event for event in standing if set(event) & set(group)]
        said = rule.first(partitions(case, sorted({*group, *(place for event in touched for place in event)})))
        if said is Open.TIE:
            left.append(group)
        else:
            standing = [event for event in standing if event not in touched]
            standing += [there for event in said if len(there := tuple(p for p in event if p in spans)) > 1]
    return tuple(sorted(standing)), tuple(left)

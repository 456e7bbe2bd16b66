"""What many disagreements come to: how many of each kind, about which roles, by what difference, with examples."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rolecall.core.records import Article, Span
from rolecall.evaluate.disagreements import KINDS, Disagreement, Kind
from rolecall.evaluate.match import Key
from rolecall.evaluate.places import Place, gather

EXAMPLES = 4
"""How many examples a group has, and each of its features."""
AROUND = 60
"""How many characters of the text stand on either side of an example."""


class Example(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A disagreement with the text around it: `before`, `middle` (from the first span to the last) and `after`."""

    article: str
    first: str
    second: str
    left: tuple[Span, ...]
    right: tuple[Span, ...]
    before: str = ""
    middle: str = ""
    after: str = ""


class Feature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Places of a group with one trait: how often it is whose, the other readers, and examples."""

    name: str
    number: int
    by: dict[str, int]
    others: tuple[str, ...]
    examples: tuple[Example, ...]


class Lacking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many places have a span by `marked` readers and none by `without`, of those who are compared there."""

    marked: int
    without: tuple[str, ...]
    number: int


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All disagreements of one kind about the same roles, in how many articles and places; features by number.

    `number` counts each pair of readers, all else each place once. `by` is how often each reader has the span that
    others lack, has whole what others split, or has the first of the roles; `lacking` who lacks a missed span;
    `upheld` how often gold has whose version, "both" or "neither" of two, "nobody" of several.
    """

    kind: Kind
    roles: tuple[str, ...]
    number: int
    places: int
    articles: int
    by: dict[str, int]
    lacking: tuple[Lacking, ...]
    upheld: dict[str, int]
    features: tuple[Feature, ...]
    examples: tuple[Example, ...]

    @property
    def gathered(self) -> bool:
        """Whether several pairs of readers differ about one place."""
        return self.places < self.number


class PairKinds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many disagreements of each kind two readers have."""

    first: str
    second: str
    kinds: dict[Kind, int]


class Dissent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All disagreements, counted; groups by number, the largest first."""

    kinds: dict[Kind, int]
    pairs: tuple[PairKinds, ...]
    groups: tuple[Group, ...]


def sum_up(found: Iterable[Disagreement], texts: Mapping[str, Article] | None = None) -> Dissent:
    """Count disagreements; with the articles' texts, examples come in context. Their order does not matter."""
    found = sorted(found, key=lambda each: (each.article, each.place, each.first, each.second, KINDS.index(each.kind)))
    pairs: dict[tuple[str, str], Counter[Kind]] = {}
    groups: dict[tuple[Kind, tuple[str, ...]], list[Disagreement]] = {}
    for each in found:
        pairs.setdefault((each.first, each.second), Counter())[each.kind] += 1
        groups.setdefault((each.kind, each.roles), []).append(each)
    return Dissent(
        kinds=_in_order(Counter(each.kind for each in found)),
        pairs=tuple(
            PairKinds(first=first, second=second, kinds=_in_order(kinds))
            for (first, second), kinds in sorted(pairs.items())
        ),
        groups=tuple(
            _group(kind, roles, groups[kind, roles], texts)
            for kind, roles in sorted(groups, key=lambda key: (-len(groups[key]), KINDS.index(key[0]), key[1]))
        ),
    )


def _in_order(kinds: Counter[Kind]) -> dict[Kind, int]:
    return {kind: kinds[kind] for kind in KINDS if kinds[kind]}


def _group(
    kind: Kind, roles: tuple[str, ...], found: Sequence[Disagreement], texts: Mapping[str, Article] | None
) -> Group:
    places = gather(found)
    by = Counter(name for place in places for name in sorted({*filter(None, map(_whose, place.found))}))
    traits: dict[str, list[list[tuple[str, Disagreement]]]] = {}
    for place in places:
        here: dict[str, list[tuple[str, Disagreement]]] = {}
        for each in place.found:
            for trait in each.traits:
                here.setdefault(trait.name, []).append((trait.by, each))
        for name, own in here.items():
            traits.setdefault(name, []).append(own)
    return Group(
        kind=kind,
        roles=roles,
        number=len(found),
        places=len(places),
        articles=len({each.article for each in found}),
        by=_most(by),
        lacking=_lacking(places) if kind == "missed" else (),
        upheld=_most(Counter(name for place in places for name in place.upheld)),
        features=tuple(
            _feature(name, traits[name], texts) for name in sorted(traits, key=lambda name: (-len(traits[name]), name))
        ),
        examples=_examples(found, texts),
    )


def _lacking(places: Iterable[Place]) -> tuple[Lacking, ...]:
    sides = Counter((len(marked), tuple(sorted(lacking))) for marked, lacking in (place.sides for place in places))
    return tuple(
        Lacking(marked=marked, without=without, number=number)
        for (marked, without), number in sorted(sides.items(), key=lambda item: (-item[1], -item[0][0], item[0][1]))
    )


def _feature(
    name: str, places: Sequence[Sequence[tuple[str, Disagreement]]], texts: Mapping[str, Article] | None
) -> Feature:
    found = [one for place in places for one in place]
    others = {each.second if by == each.first else each.first for by, each in found if by}
    return Feature(
        name=name,
        number=len(places),
        by=_most(Counter(by for place in places for by in {by for by, _ in place if by})),
        others=tuple(sorted(others)),
        examples=_examples([each for _, each in found], texts),
    )


def _whose(each: Disagreement) -> str | None:
    """Name the reader with the span, with the whole, or with the first of two roles; None where that says nothing."""
    if each.kind in {"missed", "event"}:
        return each.first if each.left else each.second
    if each.kind == "split":
        return each.first if len(each.left) == 1 else each.second
    if each.kind in {"role", "role and boundary", "layer"}:
        return each.first if each.left[0].role == each.roles[0] else each.second
    return None


def _most(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def _examples(found: Sequence[Disagreement], texts: Mapping[str, Article] | None) -> tuple[Example, ...]:
    """Take a disagreement of other words each time where there is one, and of another article, in their order.

    The very same spans, between another pair of readers, are no other example.
    """
    words: Counter[tuple[str, ...]] = Counter()
    articles: Counter[str] = Counter()
    ranked = []
    distinct: dict[tuple[str, frozenset[Key]], Disagreement] = {}
    for each in found:
        distinct.setdefault((each.article, frozenset(span.key for span in (*each.left, *each.right))), each)
    for number, each in enumerate(distinct.values()):
        said = tuple(span.text.casefold() for span in (*each.left, *each.right))
        ranked.append((words[said], articles[each.article], number, each))
        words[said] += 1
        articles[each.article] += 1
    return tuple(_example(each, texts) for *_, each in sorted(ranked, key=lambda item: item[:3])[:EXAMPLES])


def _example(each: Disagreement, texts: Mapping[str, Article] | None) -> Example:
    example = Example(article=each.article, first=each.first, second=each.second, left=each.left, right=each.right)
    if texts is None or each.kind in {"link", "event"}:  # what these join may lie far apart
        return example
    text = texts[each.article].text
    spans = (*each.left, *each.right)
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    if start > AROUND and " " in before:
        before = before[before.index(" ") + 1 :]
    if end + AROUND < len(text) and " " in after:
        after = after[: after.rindex(" ")]
    return msgspec.structs.replace(example, before=before, middle=text[start:end], after=after)

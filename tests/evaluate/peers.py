"""Flat sequences, generated and real, in the forms that peers take, and what nervaluate says of spans."""

import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, NamedTuple

import nervaluate

from rolecall.core import bio, jsonl
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import load_scheme
from rolecall.core.tagging import tag
from rolecall.core.tokens import tokenize
from rolecall.evaluate.align import align
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key, count
from rolecall.evaluate.verdicts import Pairs, Schema, count_pairs, verdicts
from tests.evaluate.material import ROLES, SAMPLE, SCHEME

CORPORA = os.environ.get("ROLECALL_CORPORA")

Five = tuple[int, int, int, int, int]
"""How many are correct, incorrect, partial, missing, spurious."""

NAMES: dict[Schema, str] = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}


class Case(NamedTuple):
    """One layer of an article as strict IOB2 tags: what peers score."""

    gold: list[str]
    predicted: list[str]

    @property
    def keys(self) -> tuple[frozenset[Key], frozenset[Key]]:
        """The spans of both sides, in tokens: what we score."""
        gold, predicted = (
            frozenset((place.first, place.last, role) for place, role in bio.decode(tags)) for tags in self
        )
        return gold, predicted


def plain(case: Case) -> bool:
    """Whether no span of either side overlaps two of the other: then there is one way to match, greedy or not."""
    gold, predicted = case.keys
    touching = [(one, other) for one in gold for other in predicted if one[0] < other[1] and other[0] < one[1]]
    return all(len({pair[side] for pair in touching}) == len(touching) for side in (0, 1))


def flat(rng: random.Random) -> list[Key]:
    """Draw spans that do not overlap."""
    found, at = [], rng.randint(0, 3)
    while at < 60:
        end = at + rng.randint(1, 4)
        found.append((at, end, rng.choice(ROLES)))
        at = end + rng.randint(0, 5)
    return found


def disturb_all(gold: Sequence[Key], length: int, roles: Sequence[str], rng: random.Random) -> Iterator[Key]:
    """Miss spans, shift bounds, change roles and add spans; what comes out does not overlap."""
    at = 0
    for start, end, role in gold:
        luck = rng.random()
        if luck < 0.1:
            continue
        first, last = (start + rng.randint(-2, 2), end + rng.randint(-2, 2)) if luck < 0.25 else (start, end)
        first, last = max(first, at), min(last, length)
        if first < last:
            yield first, last, rng.choice(roles) if luck > 0.85 else role
            at = last
        if rng.random() < 0.1 and at < length:
            yield at, at + 1, rng.choice(roles)
            at += 1


def tagged(spans: Sequence[Key], length: int) -> list[str]:
    return bio.encode([(bio.Placement(start, end, exact=True), role) for start, end, role in spans], length)


def tags_of(text: str, spans: Sequence[Span], roles: Sequence[str]) -> list[str]:
    """Put the spans of one layer on core tokens."""
    names, source = bio.tag_names(roles), Source("", "")
    found = [span for span in spans if span.role in roles]
    return [names[n] for n in tag(text, tokenize(text), found, roles, ledger=Ledger(), stage="tokens", source=source)]


def generated(seed: int) -> list[Case]:
    rng = random.Random(seed)
    golds = [flat(rng) for _ in range(200)]
    return [Case(tagged(gold, 70), tagged([*disturb_all(gold, 70, ROLES, rng)], 70)) for gold in golds]


def sample(reader: str) -> list[Case]:
    """Hold a reader of the sample corpus against its gold, layer by layer."""
    texts = {article.id: article.text for article in jsonl.read(SAMPLE / "articles.jsonl", Article)}
    spans = {(each.article, each.by): each.spans for each in jsonl.read(SAMPLE / "annotations.jsonl", Annotation)}
    return [
        Case(*(tags_of(text, spans[article, by], [role.name for role in layer.roles]) for by in ("gold", reader)))
        for article, text in texts.items()
        for layer in SCHEME.layers
    ]


def ecbplus() -> list[Case]:
    """Hold disturbed gold of real articles against gold."""
    rng, roles = random.Random(0), [*load_scheme("ecbplus").roles]
    cases = []
    with (Path(CORPORA or "") / "data" / "ecbplus" / "dev.jsonl").open(encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            text = record["text"]
            spans = [Span(s["start"], s["end"], s["label"], text[s["start"] : s["end"]]) for s in record["spans"]]
            gold = tags_of(text, spans, roles)
            places = [(place.first, place.last, role) for place, role in bio.decode(gold)]
            cases.append(Case(gold, tagged([*disturb_all(places, len(gold), roles, rng)], len(gold))))
    return cases


def ask_nervaluate(cases: Sequence[tuple[Sequence[Key], Sequence[Key]]], *, inclusive: bool = True) -> dict[str, Any]:
    """Return what nervaluate says of spans; its ends are the last token, not the one after it."""
    golds, found = (
        [[{"label": r, "start": s, "end": e - inclusive} for s, e, r in side] for side in column]
        for column in zip(*cases, strict=True)
    )
    roles = sorted({role for case in cases for side in case for _, _, role in side})
    results: dict[str, Any] = nervaluate.Evaluator(golds, found, tags=roles, loader="dict").evaluate()
    return results


def five_of_nervaluate(results: Mapping[str, Any]) -> dict[Schema, Five]:
    each = {schema: results["overall"][name] for schema, name in NAMES.items()}
    return {s: (r.correct, r.incorrect, r.partial, r.missed, r.spurious) for s, r in each.items()}


def five_of_ours(
    cases: Sequence[tuple[AbstractSet[Key], AbstractSet[Key]]], layer_of: Mapping[str, str]
) -> dict[Schema, Five]:
    counts, pairs = Counts(), Pairs()
    for gold, predicted in cases:
        counts = sum(count(gold, predicted).values(), counts)
        pairs += count_pairs(align(gold, predicted, layer_of))
    found = verdicts(counts, pairs)
    return {s: (v.correct, v.incorrect, v.partial, v.missing, v.spurious) for s, v in found.items()}

"""The token-level view: each layer as one role a token, "O" where there is none.

It shows which role is taken for which, and gives agreement that is corrected for chance: strict matching has no true
negatives to correct for, tokens do. It is kinder than the strict score, since a span whose bounds are off by a word
has most of its tokens right.

Tokens are core's. A token has the role of the span that touches it, and of the longest where several do, as in a
dataset's BIO columns. Articles are taken one at a time; what is kept is how many tokens have which roles.
"""

import math
from collections import Counter
from collections.abc import Mapping
from itertools import combinations, product

import msgspec

from rolecall.core import bio
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from rolecall.core.tagging import tag
from rolecall.core.tokens import tokenize
from rolecall.evaluate.alpha import alpha
from rolecall.evaluate.tally import Readings

OUTSIDE = "O"

Patterns = Counter[tuple[str, ...]]
"""How many tokens have these roles, one role for each reader."""


class Confusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tokens of one layer: `matrix[i][j]` of them have `labels[i]` in gold and `labels[j]` on the predicted side."""

    labels: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]


class Rates(msgspec.Struct, frozen=True):
    """Token rates of one role; None where the denominator is 0."""

    precision: float | None
    recall: float | None
    f1: float | None


class Kappa(msgspec.Struct, frozen=True, kw_only=True):
    """Agreement on one layer corrected for chance, on the tokens of the articles that all `annotators` labelled.

    `value` is None where it is undefined, and `reason` says why.
    """

    annotators: tuple[str, ...]
    articles: int
    tokens: int
    value: float | None
    reason: str | None = None


class Kappas(msgspec.Struct, frozen=True):
    """Cohen's kappa of each pair of annotators, and Fleiss' kappa of all of them together.

    `alpha` is Krippendorff's, of all who labelled an article with somebody else.
    """

    cohen: tuple[Kappa, ...]
    fleiss: Kappa
    alpha: Kappa | None = None


def label(article: Article, annotation: Annotation | None, scheme: Scheme) -> dict[str, list[str]]:
    """Give each token its role, by layer; without an annotation every token is "O"."""
    tokens = tokenize(article.text)
    found: dict[str, list[str]] = {}
    for layer in scheme.layers:
        roles = [role.name for role in layer.roles]
        spans = [s for s in annotation.spans if scheme.layer_of[s.role] == layer.name] if annotation else []
        spans = [spans[index] for index in bio.keep_longest(spans)[0]]
        # What tokens cannot keep stands in a dataset's ledger; this one goes unread.
        source = Source(article.id, annotation.by if annotation else "")
        tags = tag(article.text, tokens, spans, roles, ledger=Ledger(), stage="tokens", source=source)
        labels = [OUTSIDE, *roles]
        found[layer.name] = [labels[(number + 1) // 2] for number in tags]  # O, B-1, I-1, B-2, ... to O, 1, 1, 2, ...
    return found


def confuse(
    gold: Readings, predicted: Readings, articles: Mapping[str, Article], scheme: Scheme
) -> dict[str, Confusion]:
    """Count the tokens of the articles of `gold` by both sides' roles, for each layer.

    An article that `predicted` lacks is "O" throughout.
    """
    counts = {layer.name: Patterns() for layer in scheme.layers}
    for name in sorted(gold):
        sides = label(articles[name], gold[name], scheme), label(articles[name], predicted.get(name), scheme)
        for layer, patterns in counts.items():
            patterns.update(zip(*(side[layer] for side in sides), strict=True))
    found = {}
    for layer, roles in scheme.layer_roles.items():
        labels, patterns = (OUTSIDE, *roles), counts[layer]
        found[layer] = Confusion(labels, tuple(tuple(patterns[i, j] for j in labels) for i in labels))
    return found


def rates(confusion: Confusion) -> dict[str, Rates]:
    """Derive precision, recall and F1 of each role over tokens; "O" is no role."""
    from sklearn.metrics import precision_recall_fscore_support

    roles = confusion.labels[1:]
    weights = [count for row in confusion.matrix for count in row]
    if not any(weights):
        return {role: Rates(None, None, None) for role in roles}
    gold, predicted = zip(*product(confusion.labels, confusion.labels), strict=True)
    columns = precision_recall_fscore_support(
        gold, predicted, labels=roles, sample_weight=weights, zero_division=math.nan
    )[:3]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {
        role: Rates(*(None if math.isnan(rate) else rate for rate in row))
        for role, row in zip(roles, rows, strict=True)
    }


def agree(readings: Mapping[str, Readings], articles: Mapping[str, Article], scheme: Scheme) -> dict[str, Kappas]:
    """Measure how annotators agree on the roles of tokens, for each layer.

    `readings` is {article: {annotator: annotation}}, of people's own readings. A pair is held against each other on the
    articles that both labelled, all together on those that every one of them labelled; alpha takes every article that
    two or more labelled.
    """
    names = sorted({name for by in readings.values() for name in by})
    teams = {*combinations(names, 2), tuple(names)}
    counts = {team: {layer.name: Patterns() for layer in scheme.layers} for team in teams}
    shared = Counter[tuple[str, ...]]()
    units = {layer.name: Patterns() for layer in scheme.layers}
    together = 0
    for article in sorted(readings):
        columns = {name: label(articles[article], reading, scheme) for name, reading in readings[article].items()}
        if len(columns) > 1:
            together += 1
            for layer, patterns in units.items():
                patterns.update(zip(*(columns[name][layer] for name in sorted(columns)), strict=True))
        for team in teams:
            if columns.keys() >= set(team):
                shared[team] += 1
                for layer, patterns in counts[team].items():
                    patterns.update(zip(*(columns[name][layer] for name in team), strict=True))

    def kappa(team: tuple[str, ...], layer: str, *, pair: bool) -> Kappa:
        patterns = counts[team][layer]
        reason = _undefined(team, shared[team], patterns)
        value = None if reason else cohen(patterns) if pair else fleiss(patterns)
        return Kappa(annotators=team, articles=shared[team], tokens=patterns.total(), value=value, reason=reason)

    def krippendorff(layer: str) -> Kappa:
        patterns = units[layer]
        reason = _undefined(tuple(names), together, patterns)
        value = None if reason else alpha(patterns)
        return Kappa(annotators=tuple(names), articles=together, tokens=patterns.total(), value=value, reason=reason)

    return {
        layer.name: Kappas(
            tuple(kappa(pair, layer.name, pair=True) for pair in combinations(names, 2)),
            kappa(tuple(names), layer.name, pair=False),
            krippendorff(layer.name),
        )
        for layer in scheme.layers
    }


def _undefined(team: tuple[str, ...], articles: int, patterns: Patterns) -> str | None:
    """Say why there is no kappa: no tokens to compare, or chance agreement of 1."""
    if len(team) < 2:
        return "agreement takes two annotators"
    if not articles:
        return "no article that all of them labelled"
    said = {role for pattern in patterns for role in pattern}
    if not said:
        return "no tokens"
    return f"all of them say {said.pop()} at every token" if len(said) == 1 else None


def cohen(patterns: Patterns) -> float:
    """Return Cohen's kappa of two annotators who, taken together, use two roles or more.

    Cohen 1960, Educational and Psychological Measurement 20; chance is each annotator's own share of each role.
    """
    from sklearn.metrics import cohen_kappa_score

    first, second = zip(*patterns, strict=True)
    return float(cohen_kappa_score(first, second, sample_weight=[*patterns.values()]))


def fleiss(patterns: Patterns) -> float:
    """Return Fleiss' kappa of annotators who, taken together, use two roles or more.

    (P - Pe) / (1 - Pe), where P is the mean over tokens of the share of pairs of annotators that agree, and Pe the sum
    of the squared shares of each role in all that was said (Fleiss 1971, Psychological Bulletin 76, formulas 1 to 7).
    """
    tokens, raters = patterns.total(), len(next(iter(patterns)))
    agreeing = 0
    totals = Counter[str]()
    for pattern, number in patterns.items():
        said = Counter(pattern)
        agreeing += number * sum(count * (count - 1) for count in said.values())
        for role, count in said.items():
            totals[role] += number * count
    observed = agreeing / (tokens * raters * (raters - 1))
    chance = sum((count / (tokens * raters)) ** 2 for count in totals.values())
    return (observed - chance) / (1 - chance)

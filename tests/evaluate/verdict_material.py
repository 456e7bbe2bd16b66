"""Scorecards for the tests of the gate, made by scoring spans, with numbers that can be worked out in the head."""

from collections.abc import Sequence

from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.rules import Rules
from rolecall.evaluate.score import score
from tests.evaluate.material import SCHEME, annotation


def found(*articles: dict[str, int], gold: int = 5, resamples: int = 0) -> Scorecard:
    """Find so many of the `gold` spans that each article has of each role; every miss is another span of the role.

    So precision, recall and F1 are all the share found. Each article is its own group.
    """
    labels, predictions = {}, {}
    for number, roles in enumerate(articles):
        name = f"a{number:02}"
        right = [(2 * n, 2 * n + 1, role) for role in roles for n in range(gold)]
        kept = [(2 * n, 2 * n + 1, role) for role, hits in roles.items() for n in range(hits)]
        wrong = [(50 + 2 * n, 51 + 2 * n, role) for role, hits in roles.items() for n in range(gold - hits)]
        labels[name] = annotation(name, *right)
        predictions[name] = annotation(name, *kept, *wrong, by="m", kind="model")
    return score(labels, predictions, SCHEME, resamples=resamples)


def places(hits: Sequence[int], gold: int = 5) -> Scorecard:
    """Find so many of the places of each article."""
    return found(*({"PLACE": each} for each in hits), gold=gold)


def rules(**fields: object) -> Rules:
    """Make rules without going through a file."""
    return Rules.model_validate(fields, strict=False)

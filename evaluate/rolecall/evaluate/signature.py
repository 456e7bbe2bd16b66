"""The signature: one line that fixes what a number means, printed with every number."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from rolecall.core import __version__
from rolecall.core.records import Annotation
from rolecall.evaluate.match import keys


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What fixes the meaning of a number besides the counts.

    `labels` is the hash of the gold (or, between annotators, of all labels), `version` that of rolecall.
    """

    match: str = "strict"
    scheme: str
    labels: str
    resamples: int
    seed: int
    version: str = __version__

    def __post_init__(self) -> None:
        if self.resamples < 0 or self.seed < 0:
            raise ValueError(f"{self.resamples} resamples with seed {self.seed} cannot be")


def labels_hash(annotations: Iterable[Annotation]) -> str:
    """Hash what annotations say, in 12 hex digits: texts, readers, bounds, roles; in whatever order they stand."""
    essence = sorted((a.article, a.by, a.hash, sorted(keys(a.spans))) for a in annotations)
    return hashlib.sha256(msgspec.json.encode(essence)).hexdigest()[:12]


class Size(NamedTuple):
    """How much was counted: articles, spans of the labels that are hashed, groups."""

    articles: int
    spans: int
    groups: int


def signature(terms: Terms, size: Size, *, labels: str = "gold") -> str:
    """Write `key:value|key:value|...`; `labels` names what is hashed."""
    fields = {
        "match": terms.match,
        "scheme": terms.scheme,
        labels: terms.labels,
        **size._asdict(),
        "resamples": terms.resamples,
        "seed": terms.seed,
        "rolecall": terms.version,
    }
    return "|".join(f"{key}:{value}" for key, value in fields.items())

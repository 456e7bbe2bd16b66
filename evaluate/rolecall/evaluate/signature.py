"""The signature: one line that fixes what a number means, printed with every number."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from rolecall.core import __version__
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation
from rolecall.evaluate.match import keys


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What fixes the meaning of a number besides the counts.

    `labels` is the hash of the gold (or, between annotators, of all labels that are compared), `projection` the map
    that all labels were read through before, if any, `version` that of rolecall.
    """

    match: str = "strict"
    scheme: str
    projection: str | None = None
    labels: str
    resamples: int
    seed: int
    version: str = __version__

    def __post_init__(self) -> None:
        if self.resamples < 0 or self.seed < 0:
            raise ValueError(f"{self.resamples} resamples with seed {self.seed} cannot be")


def labels_hash(annotations: Iterable[Annotation]) -> str:
    """Hash what annotations say, in 12 hex digits: see `LabelsDigest`; in whatever order they stand."""
    digest = LabelsDigest()
    for annotation in sorted(annotations, key=lambda a: (a.article, a.by)):
        digest.add(annotation)
    return digest.value()


class LabelsDigest:
    """The hash of annotations that come one by one, ordered by article and reader.

    It covers texts, readers, bounds, roles, links and events, each once; not who, when and how long, nor scores.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, annotation: Annotation) -> None:
        """Take in what an annotation says."""
        spans = annotation.spans
        links = {(spans[trigger].key, spans[argument].key) for trigger, argument in annotation.links}
        events = {tuple(sorted({spans[index].key for index in event})) for event in annotation.events}
        joined = sorted(event for event in events if len(event) > 1)
        essence = (annotation.article, annotation.by, annotation.hash, sorted(keys(spans)), sorted(links), joined)
        self._digest.update(msgspec.json.encode(essence) + b"\n")

    def value(self) -> str:
        """Return the hash, 12 hex digits."""
        return self._digest.hexdigest()[:12]


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
        **({"projection": terms.projection} if terms.projection else {}),
        labels: terms.labels,
        **size._asdict(),
        "resamples": terms.resamples,
        "seed": terms.seed,
        "rolecall": terms.version,
    }
    return "|".join(f"{key}:{value}" for key, value in fields.items())


MEANINGS = {
    "match": "the rule by which a span is correct; strict: its bounds and its role are those of gold",
    "scheme": "the labelling scheme: name, version, and a hash of what in it affects labels",
    "projection": "the map of roles that all labels were read through first: name, and a hash of what it says",
    "gold": "a hash of what gold says: texts, readers, bounds, roles, links and events; not the order of lines",
    "labels": "a hash of what all annotators who are compared say: texts, readers, bounds, roles, links and events",
    "articles": "how many articles were scored",
    "spans": "how many distinct spans gold has (between annotators: all that are compared)",
    "groups": "how many groups of articles were resampled: stories, where they are known",
    "resamples": "how many bootstrap resamples the intervals come from",
    "swaps": "how many ways to swap two systems' counts p was taken from",
    "alpha": "the level that a corrected p is held against",
    "seed": "the seed of everything random",
    "rolecall": "the version that computed the numbers",
}
"""What each part of a signature says."""


def read_signature(line: str) -> dict[str, str]:
    """Take a signature apart; raise InputError where it is none."""
    parts = [part.partition(":") for part in line.strip().split("|")]
    found = {key: value for key, colon, value in parts if colon and value}
    strange = [key for key, _, _ in parts if key not in MEANINGS]
    if strange or len(found) < len(parts) or not {"match", "scheme", "rolecall"} <= found.keys():
        raise InputError(
            f"{line.strip()!r} is no signature" + (f": unknown part {strange[0]!r}" if strange else ""),
            remedy="give the line that stands under a table, from match: on, in quotes",
        )
    return found

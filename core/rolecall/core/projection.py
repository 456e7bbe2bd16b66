"""Read the labels of one scheme as those of another, by a map of roles in a config, with a ledger of what gets lost.

A span that goes on under its counterpart's name is kept: the map says what became of it.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.core import config, shipped
from rolecall.core.config import Config
from rolecall.core.errors import ConfigError, InputError, Problem
from rolecall.core.ledger import Ledger, Source, describe
from rolecall.core.records import Annotation, Span
from rolecall.core.scheme import Scheme, load_scheme

STAGE = "project"


class ProjectionConfig(Config):
    """A map from the roles of one scheme to those of another."""

    source: str
    """The scheme that labels were made with: a shipped one's name, or a path."""
    target: str
    """The scheme to read them as."""
    roles: dict[str, str | None]
    """For every role of the source its role in the target, or null where it has no counterpart."""
    precedence: tuple[str, ...]
    """All target roles that the map leads to; where spans overlap in a layer, the role named first stays."""


class Projection(NamedTuple):
    """A projection whose schemes were found and fit it; `name` is that of its file."""

    name: str
    source: Scheme
    target: Scheme
    roles: dict[str, str | None]
    precedence: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """`NAME:HASH`, where the hash covers both schemes, the map, and the precedence."""
        essence = [self.source.fingerprint, self.target.fingerprint, sorted(self.roles.items()), self.precedence]
        return f"{self.name}:{hashlib.sha256(json.dumps(essence).encode()).hexdigest()[:12]}"


def load_projection(name: str | Path) -> Projection:
    """Read a projection by the name of a shipped one or by path.

    Raises ConfigError with every role that is missing, unknown or without a place in the precedence.
    """
    path = shipped.find("projections", name)
    read = config.load(ProjectionConfig, path)
    source, target = load_scheme(read.source), load_scheme(read.target)
    led_to = dict.fromkeys(role for role in read.roles.values() if role is not None)
    problems = [
        *_misfits("roles", source.roles, read.roles, "map it to a role of the target, or to null"),
        *(Problem(f"roles.{one}", f"{other} is no role of {target.name}") for one, other in read.roles.items()
          if other is not None and other not in target.roles),
        *_misfits("precedence", led_to, read.precedence, "say where it stands"),
    ]  # fmt: skip
    if problems:
        raise ConfigError(path, problems)
    return Projection(path.stem, source, target, read.roles, read.precedence)


def _misfits(key: str, wanted: Iterable[str], given: Iterable[str], remedy: str) -> list[Problem]:
    names, found = set(wanted), list(given)
    problems = [Problem(f"{key}.{name}", "missing", remedy) for name in sorted(names - set(found))]
    problems += [Problem(f"{key}.{name}", "is not asked for", "remove it") for name in sorted(set(found) - names)]
    twice = sorted({name for name in found if found.count(name) > 1})
    return problems + [Problem(f"{key}.{name}", "stands twice", "remove one") for name in twice]


def project(annotation: Annotation, projection: Projection, ledger: Ledger) -> Annotation:
    """Return the annotation in the target's roles.

    Spans without a counterpart are dropped, those that come to the same are merged, and of those that then overlap in
    a layer the one of the role named first stays, else the longer, else the earlier. Links and events follow their
    spans, merged ones the one that stayed. Raises InputError for an annotation of another scheme.
    """
    if annotation.scheme != projection.source.fingerprint:
        raise InputError(
            f"article {annotation.article!r} by {annotation.by!r} is labelled with {annotation.scheme!r}, "
            f"and this projection reads {projection.source.fingerprint!r}",
            remedy="choose a projection from the scheme of these labels",
        )
    spans = [
        None if (role := projection.roles[span.role]) is None else msgspec.structs.replace(span, role=role)
        for span in annotation.spans
    ]
    place = _places(annotation, spans, projection, ledger)
    kept = sorted({index for index in place.values() if index is not None})
    at = {index: number for number, index in enumerate(kept)}
    moved = {old: at[new] for old, new in place.items() if new is not None}
    links = {(moved[a], moved[b]) for a, b in annotation.links if a in moved and b in moved and moved[a] != moved[b]}
    ledger.enter(STAGE, "link", len(annotation.links))
    ledger.keep(STAGE, "link", len(links))
    _drop_links(annotation, moved, links, ledger)
    return msgspec.structs.replace(
        annotation,
        scheme=projection.target.fingerprint,
        spans=tuple(span for index in kept if (span := spans[index]) is not None),
        links=tuple(sorted(links)),
        events=_events(annotation, moved),
    )


def _places(
    annotation: Annotation, spans: list[Span | None], projection: Projection, ledger: Ledger
) -> dict[int, int | None]:
    """Return for each span the index of the one that stands for it, itself mostly, or None where it is dropped."""
    source = Source(annotation.article, annotation.by)
    ledger.enter(STAGE, "span", len(spans))
    place: dict[int, int | None] = {}
    stayed: list[tuple[int, Span]] = []
    rank = {role: number for number, role in enumerate(projection.precedence)}
    order = [(rank[s.role], s.start - s.end, s.start, index) for index, s in enumerate(spans) if s is not None]
    for *_, index in sorted(order):
        span, old = spans[index], annotation.spans[index]
        assert span is not None  # noqa: S101  # for the type checker: `order` has only those
        layer = projection.target.layer_of[span.role]
        rival = next(((i, s) for i, s in stayed if _clash(s, span, layer, projection.target)), None)
        if rival is None:
            place[index] = index
            stayed.append((index, span))
            ledger.keep(STAGE, "span")
        elif rival[1].key == span.key:
            place[index] = rival[0]
            ledger.dropped(STAGE, "span", source, old, reason="comes to the same as another", winner=rival[1])
        else:
            place[index] = None
            ledger.dropped(STAGE, "span", source, old, reason="overlaps a role that goes first", winner=rival[1])
    for index, span in enumerate(spans):
        if span is None:
            place[index] = None
            ledger.dropped(STAGE, "span", source, annotation.spans[index], reason="has no counterpart")
    return place


def _clash(one: Span, other: Span, layer: str, scheme: Scheme) -> bool:
    return scheme.layer_of[one.role] == layer and one.start < other.end and other.start < one.end


def _drop_links(annotation: Annotation, moved: dict[int, int], links: set[tuple[int, int]], ledger: Ledger) -> None:
    """Account for each link that is gone: with one of its spans, or because another now says the same."""
    source = Source(annotation.article, annotation.by)
    seen: set[tuple[int, int]] = set()
    for trigger, argument in annotation.links:
        if trigger in moved and argument in moved:
            link = moved[trigger], moved[argument]
            if link in links and link not in seen:
                seen.add(link)
                continue
            reason = "comes to the same as another"
        else:
            reason = "one of its spans was dropped"
        words = " -> ".join(describe(annotation.spans[index]) for index in (trigger, argument))
        ledger.dropped(STAGE, "link", source, words, reason=reason)


def _events(annotation: Annotation, moved: dict[int, int]) -> tuple[tuple[int, ...], ...]:
    """Return the events in the new numbers; where merged triggers stood in several, those become one."""
    groups: list[set[int]] = []
    for event in annotation.events:
        group = {moved[index] for index in event if index in moved}
        for other in [other for other in groups if other & group]:
            groups.remove(other)
            group |= other
        if group:
            groups.append(group)
    return tuple(sorted(tuple(sorted(group)) for group in groups))

"""Put the spans of one layer on units (tokens, or whatever a model can label), with the losses in a ledger.

Dataset columns and training labels are both made here, so both lose the same things for the same reasons.
"""

from collections.abc import Sequence

from rolecall.core import bio
from rolecall.core.ledger import Ledger, Source, describe
from rolecall.core.records import Span

WIDENED = "widened to whole tokens"
"""The reason in the ledger where tags say more than the label did."""


def tag(
    text: str,
    units: Sequence[bio.Unit],
    spans: Sequence[Span],
    roles: Sequence[str],
    *,
    ledger: Ledger,
    stage: str,
    source: Source,
) -> list[int]:
    """Return one tag a unit, as indices into `bio.tag_names(roles)`.

    `spans` are those of one layer and do not overlap; `units` are sorted and do not overlap. A span that does not end
    where units do is widened or trimmed to them; one that no unit touches, or that another claims a unit of, is
    dropped. The ledger is told what becomes of each; how many come in, over all layers, the caller enters, so that a
    span of no layer shows.
    """
    placed: list[bio.Placement] = []
    snapped: list[Span] = []
    reached: list[Span] = []
    for span in spans:
        placement = bio.place(span, units)
        if placement is None:
            ledger.dropped(stage, "span", source, span, reason="holds no token")
            continue
        start, end = units[placement.first][0], units[placement.last - 1][1]
        placed.append(placement)
        snapped.append(Span(start, end, span.role, text[start:end]))
        reached.append(span)
    kept, lost = bio.keep_longest(snapped)
    for loser, winner in lost:
        reason = "shares a token with another span of its layer"
        ledger.dropped(stage, "span", source, reached[loser], reason=reason, winner=reached[winner])
    for index in kept:
        span, became = reached[index], snapped[index]
        if placed[index].exact:
            ledger.keep(stage, "span")
        else:
            part = became.start < span.start or became.end > span.end
            reason = WIDENED if part else "edges without a token"
            ledger.changed(stage, "span", source, span, became=describe(became), reason=reason)
    numbers = {name: number for number, name in enumerate(bio.tag_names(roles))}
    tags = bio.encode([(placed[index], snapped[index].role) for index in kept], len(units))
    return [numbers[tag] for tag in tags]

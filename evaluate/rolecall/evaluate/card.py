"""The scorecard: integers and terms, from which every number follows, and the file that holds both.

The file is {"derived": ..., "card": ...}. `derived` is for people and scripts; a reader takes `card` and derives
anew, so nobody can edit a number without the counts that carry it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance
from rolecall.core.scheme import Scheme
from rolecall.evaluate.agreement import Agreement
from rolecall.evaluate.details import Details, details
from rolecall.evaluate.dissent import Dissent
from rolecall.evaluate.guidance import Advice, advise
from rolecall.evaluate.guidelines import Passage
from rolecall.evaluate.linkage import Linked, summarise_links
from rolecall.evaluate.notes import counted, few_groups, on_agreement, on_links, story_less
from rolecall.evaluate.signature import Size, Terms, signature
from rolecall.evaluate.summary import Summary, summarise
from rolecall.evaluate.tally import Row, Tally
from rolecall.evaluate.tokenwise import Confusion, Kappas


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that was read: its name, the SHA-256 of its bytes, and the annotator chosen from it (`by`), if any."""

    file: str
    sha256: str
    by: str | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one side brought: `spans` are distinct, `duplicates` were left out, `overlaps` lie within a layer.

    `suggested` annotations were made from a model's suggestion.
    """

    annotations: int
    spans: int
    duplicates: int
    overlaps: int
    suggested: int


class Scorecard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reader's score against gold.

    `missing` articles of gold had no prediction and count as no spans, `extra` predictions were left out, `unlabelled`
    annotations (skipped or draft) were passed over. `human` is absent where no annotators were given. `detailed` rows
    hold pairs and parts. `tokens` are the token confusions by layer, `kappa` the annotators' agreement on tokens, both
    where they were asked for; `unreadable` counts the gold quantities that are no number. `projected` are the books of
    the projection that all were read through, if any.
    """

    terms: Terms
    layers: dict[str, tuple[str, ...]]
    gold: Side
    predictions: Side
    missing: int
    extra: int
    tally: Tally
    human: Agreement | None = None
    unlabelled: int = 0
    sources: dict[str, Source] = {}
    detailed: bool = False
    tokens: dict[str, Confusion] = {}
    kappa: dict[str, Kappas] = {}
    unreadable: int = 0
    projected: tuple[Balance, ...] = ()

    def __post_init__(self) -> None:
        known = {role for roles in self.layers.values() for role in roles}
        if strange := {role for row in self.tally.rows for role in row.counts} - known:
            raise ValueError(f"counts of roles that no layer has: {', '.join(sorted(strange))}")


class AgreementCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agreement of all annotators of a file; `spans` counts the distinct spans of all readings that are compared.

    `kappa` is their chance-corrected agreement on tokens by layer, where it was asked for. `links` are tallies of links
    and events, of pairs of `linkers`, who made any. `dissent` counts how the readers disagree, by kind, role and trait,
    and `overruled` how gold differs from what all of them agree on.
    """

    terms: Terms
    layers: dict[str, tuple[str, ...]]
    spans: int
    groups: int
    duplicates: int
    agreement: Agreement
    kappa: dict[str, Kappas] = {}
    links: tuple[Tally, ...] = ()
    linkers: tuple[str, ...] = ()
    dissent: Dissent | None = None
    overruled: Dissent | None = None
    unlabelled: int = 0
    sources: dict[str, Source] = {}


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one annotator (`predicted`) against another or against gold (`gold`)."""

    gold: str
    predicted: str
    scores: Summary


class Human(msgspec.Struct, frozen=True, kw_only=True):
    """Human agreement: all pairs of annotators counted together, all against gold together, and each apart."""

    between: Summary | None
    with_gold: Summary | None
    pairs: tuple[Pair, ...]

    @property
    def yardstick(self) -> Summary | None:
        """What stands beside a model: agreement between annotators, else (with one annotator) with gold."""
        return self.between or self.with_gold


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that follows from a scorecard."""

    signature: str
    warnings: tuple[str, ...]
    scores: Summary
    details: Details
    human: Human | None


class DerivedAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that follows from an agreement card, and what it asks of the guidelines, where a scheme was given."""

    signature: str
    warnings: tuple[str, ...]
    human: Human
    links: Linked | None = None
    advice: tuple[Advice, ...] = ()
    overruled: tuple[Advice, ...] = ()


def derive(card: Scorecard) -> Derived:
    """Compute every number of a scorecard from its integers."""
    scores = _summary(card, card.tally.rows)
    return Derived(
        signature=signature(card.terms, Size(scores.articles, card.gold.spans, scores.groups)),
        warnings=_warnings(card, scores),
        scores=scores,
        details=details(
            card.tally.rows,
            card.layers,
            card.tokens,
            aligned=card.detailed,
            resamples=card.terms.resamples,
            seed=card.terms.seed,
        ),
        human=None if card.human is None else _human(card, card.human),
    )


def derive_agreement(
    card: AgreementCard, scheme: Scheme | None = None, guidelines: Sequence[Passage] | None = None
) -> DerivedAgreement:
    """Compute every number of an agreement card from its integers, and with the scheme its advice."""
    return DerivedAgreement(
        signature=signature(card.terms, Size(card.agreement.articles, card.spans, card.groups), labels="labels"),
        warnings=(
            *few_groups(card.groups),
            *story_less(card.sources),
            *counted(card.duplicates, "{} standing twice in one annotation counted once", "span"),
            *counted(card.unlabelled, "{} skipped or left as draft: not compared", "annotation"),
            *on_agreement(card.agreement),
            *on_links(card.linkers, {*card.agreement.labelled}, compared=bool(card.links)),
        ),
        human=_human(card, card.agreement),
        links=summarise_links(card.links, resamples=card.terms.resamples, seed=card.terms.seed),
        advice=advise(card.dissent, scheme, guidelines) if card.dissent and scheme else (),
        overruled=advise(card.overruled, scheme, guidelines) if card.overruled and scheme else (),
    )


def _summary(card: Scorecard | AgreementCard, rows: tuple[Row, ...], *, mutual: bool = False) -> Summary:
    return summarise(rows, card.layers, resamples=card.terms.resamples, seed=card.terms.seed, mutual=mutual)


def _human(card: Scorecard | AgreementCard, agreement: Agreement) -> Human:
    return Human(
        between=_summary(card, agreement.rows_between, mutual=True) if agreement.between else None,
        with_gold=_summary(card, agreement.rows_with_gold) if agreement.with_gold else None,
        pairs=tuple(
            Pair(gold=each.gold, predicted=each.predicted, scores=_summary(card, each.rows, mutual=mutual))
            for tallies, mutual in ((agreement.between, True), (agreement.with_gold, False))
            for each in tallies
        ),
    )


def _warnings(card: Scorecard, scores: Summary) -> tuple[str, ...]:
    """Say in words what a reader of the numbers should know."""
    notes = [*few_groups(scores.groups), *story_less(card.sources)]
    if not card.gold.spans:
        notes.append("gold has no spans: recall is undefined")
    notes += counted(card.missing, "{} of gold without a prediction: counted as no spans", "article")
    notes += counted(card.extra, "{} without gold: not scored", "prediction")
    notes += counted(card.unlabelled, "{} skipped or left as draft: passed over", "annotation")
    for name, side in (("gold", card.gold), ("predictions", card.predictions)):
        notes += counted(side.duplicates, f"{name}: {{}} standing twice in one annotation counted once", "span")
        notes += counted(side.overlaps, f"{name}: {{}} overlapping another of the same layer; all are counted", "span")
    notes += counted(
        card.gold.suggested, "gold: {} made from a model's suggestion, which favours that model", "annotation"
    )
    notes += counted(
        card.unreadable, "gold: {} of a count that is no number; by value, only the same words agree", "span"
    )
    if card.human is not None:
        notes += on_agreement(card.human)
    return tuple(notes)


SCORECARD, AGREEMENT = "rolecall.scorecard/1", "rolecall.agreement/1"
"""The formats of the files; the number is raised when a reader of the old one could go wrong."""


class ScorecardFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scorecard file as it is published: `derived` is written for others, `card` is what we read."""

    format: Literal["rolecall.scorecard/1"]
    derived: Derived
    card: Scorecard


class _File(msgspec.Struct):
    """A file of numbers, its parts still closed."""

    format: str
    derived: msgspec.Raw
    card: msgspec.Raw


CardT = TypeVar("CardT", Scorecard, AgreementCard)


def encode(card: Scorecard | AgreementCard, derived: Derived | DerivedAgreement) -> str:
    """Write what follows from a card, indented, then the card on one line."""
    head, body = msgspec.json.format(msgspec.json.encode(derived)), msgspec.json.encode(card)
    kind = SCORECARD if isinstance(card, Scorecard) else AGREEMENT
    return f'{{\n"format": "{kind}",\n"derived": {head.decode()},\n"card": {body.decode()}\n}}\n'


def decode(text: bytes, kind: type[CardT]) -> CardT:
    """Read the card of a file; raise msgspec.DecodeError where there is none, or one of another format."""
    file, wanted = msgspec.json.decode(text, type=_File), SCORECARD if kind is Scorecard else AGREEMENT
    if file.format != wanted:
        raise msgspec.ValidationError(f"its format is {file.format!r}, and this version reads {wanted!r}")
    return msgspec.json.decode(file.card, type=kind)


def write(path: Path, card: Scorecard | AgreementCard, derived: Derived | DerivedAgreement) -> None:
    """Write a card file, atomically."""
    jsonl.write_text(path, encode(card, derived))


def read(path: Path) -> Scorecard:
    """Read a scorecard; raise InputError where the file holds none."""
    with jsonl.open_input(path) as file:
        text = file.read()
    try:
        return decode(text, Scorecard)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"holds no scorecard: {error}", path=path, remedy="write one with: rolecall evaluate score"
        ) from error

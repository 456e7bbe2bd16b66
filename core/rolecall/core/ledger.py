"""The loss ledger: every span, link, event and choice that enters is kept, changed or dropped, with the reason.

The number that enters is counted apart from what becomes of each, so the books can fail to balance and say so.
The file is JSON Lines: one line for each item that was changed or dropped, then one summary line a stage and unit.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import LedgerError
from rolecall.core.records import Span
from rolecall.core.spool import Spool

Unit = Literal["annotation", "span", "link", "event", "choice"]
Outcome = Literal["changed", "dropped"]


class Source(NamedTuple):
    """Whose label an item is: article id and annotator."""

    article: str
    by: str


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, tag="entry", tag_field="type", kw_only=True):
    """What became of one item: `item` as it was, `became` as it is, `reason` in a few fixed words.

    `winner` is the item that it gave way to, if it was dropped for one; `link` is where it can be looked at.
    """

    stage: str
    unit: Unit
    article: str
    by: str
    outcome: Outcome
    reason: str
    item: str
    span: Span | None = None
    became: str | None = None
    winner: str | None = None
    link: str | None = None


class Balance(msgspec.Struct, frozen=True, omit_defaults=True, tag="balance", tag_field="type", kw_only=True):
    """The books of one stage and unit; `changed` and `dropped` count by reason."""

    stage: str
    unit: Unit
    entered: int
    kept: int
    changed: dict[str, int] = {}
    dropped: dict[str, int] = {}

    @property
    def accounted(self) -> int:
        """How many items have an outcome; the books balance when it equals `entered`."""
        return self.kept + sum(self.changed.values()) + sum(self.dropped.values())

    def __str__(self) -> str:
        parts = [f"{self.stage}: {self.entered:,} {self.unit}s in", f"{self.kept:,} kept"]
        for name, reasons in (("changed", self.changed), ("dropped", self.dropped)):
            detail = ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items()))
            parts.append(f"{sum(reasons.values()):,} {name}" + (f" ({detail})" if detail else ""))
        return " = ".join(parts[:2]) + " + " + " + ".join(parts[2:])


def describe(span: Span) -> str:
    """Write a span the way the ledger's items read: bounds, role, quote."""
    return f"{span.start}:{span.end} {span.role} {span.text!r}"


class Ledger:
    """Collect what becomes of every item: `enter` what comes in, then `keep`, `changed` or `dropped` for each.

    With a `spool` entries go there as they come, and `entries` stays empty: memory does not grow with what is lost.
    """

    def __init__(self, spool: Spool | None = None) -> None:
        self.entries: list[Entry] = []
        self._spool = spool
        self._outcomes: Counter[tuple[str, Unit, Outcome, str]] = Counter()
        self._entered: Counter[tuple[str, Unit]] = Counter()
        self._kept: Counter[tuple[str, Unit]] = Counter()

    def enter(self, stage: str, unit: Unit, count: int) -> None:
        """Count what comes into a stage, before anything is decided."""
        self._entered[stage, unit] += count

    def keep(self, stage: str, unit: Unit, count: int = 1) -> None:
        """Count what goes through unchanged."""
        self._kept[stage, unit] += count

    def changed(
        self,
        stage: str,
        unit: Unit,
        source: Source,
        item: Span | str,
        *,
        became: str,
        reason: str,
        link: str | None = None,
    ) -> None:
        """Enter an item that goes on in another form."""
        self._enter(stage, unit, source, item, outcome="changed", reason=reason, became=became, link=link)

    def dropped(
        self,
        stage: str,
        unit: Unit,
        source: Source,
        item: Span | str,
        *,
        reason: str,
        winner: Span | None = None,
        link: str | None = None,
    ) -> None:
        """Enter an item that goes no further, and the one it gives way to where there is one."""
        words = None if winner is None else describe(winner)
        self._enter(stage, unit, source, item, outcome="dropped", reason=reason, winner=words, link=link)

    def _enter(
        self, stage: str, unit: Unit, source: Source, item: Span | str, *, outcome: Outcome, reason: str, **what: Any
    ) -> None:
        self._outcomes[stage, unit, outcome, reason] += 1
        entry = Entry(
            stage=stage,
            unit=unit,
            article=source.article,
            by=source.by,
            outcome=outcome,
            reason=reason,
            item=item if isinstance(item, str) else describe(item),
            span=item if isinstance(item, Span) else None,
            **what,
        )
        if self._spool is None:
            self.entries.append(entry)
        else:
            self._spool.add(msgspec.json.encode(entry))

    def balances(self) -> list[Balance]:
        """Return the books by stage and unit, in order of appearance, their reasons in order of the alphabet.

        Raises LedgerError when one does not balance.
        """
        changed: dict[tuple[str, Unit], dict[str, int]] = {}
        dropped: dict[tuple[str, Unit], dict[str, int]] = {}
        for (stage, unit, outcome, reason), count in sorted(self._outcomes.items()):
            side = {"changed": changed, "dropped": dropped}[outcome]
            side.setdefault((stage, unit), {})[reason] = count
        books = []
        for key in dict.fromkeys([*self._entered, *self._kept, *changed, *dropped]):
            balance = Balance(
                stage=key[0],
                unit=key[1],
                entered=self._entered[key],
                kept=self._kept[key],
                changed=changed.get(key, {}),
                dropped=dropped.get(key, {}),
            )
            if balance.entered != balance.accounted:
                raise LedgerError(f"the ledger does not balance: {balance}")
            books.append(balance)
        return books

    def write(self, path: Path) -> list[Balance]:
        """Write entries and balances, atomically, and return the balances."""
        books = self.balances()
        jsonl.write(path, self._lines(books))
        return books

    def _lines(self, books: list[Balance]) -> Iterator[Entry | Balance]:
        yield from self.entries
        if self._spool is not None:
            yield from map(msgspec.json.Decoder(Entry).decode, self._spool)
        yield from books


def read_ledger(path: Path) -> list[Entry | Balance]:
    """Read a ledger file back, entries first."""
    return list(jsonl.read(path, Entry | Balance))  # type: ignore[arg-type]  # a union is a type to msgspec

"""What the steps of a conversion changed or dropped, as its ledger says."""

from collections import Counter
from pathlib import Path

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, Entry


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the spans that entered a step did not come out as they were, by reason."""

    ledger: str
    step: str
    entered: int
    reasons: dict[str, int]

    @property
    def lost(self) -> int:
        """How many were changed or dropped."""
        return sum(self.reasons.values())


def read_losses(path: Path) -> list[Loss]:
    """Read what each step of a ledger lost of its spans.

    Raises InputError for a file without books of spans, for books that do not balance, and for entries that do not
    bear them out.
    """
    balances: list[Balance] = []
    listed: Counter[str] = Counter()
    for record in jsonl.read(path, Entry | Balance):  # type: ignore[arg-type]  # a union is a type to msgspec
        if isinstance(record, Balance):
            balances.append(record)
        elif record.unit == "span":
            listed[record.stage] += 1
    books = [balance for balance in balances if balance.unit == "span"]
    if not books:
        raise InputError("holds no books of spans", path=path, remedy="give a ledger.jsonl as rolecall wrote it")
    for balance in books:
        if balance.entered != balance.accounted:
            raise InputError(f"does not balance: {balance}", path=path, remedy="run the conversion again")
    found = {each.stage: Counter(each.changed) + Counter(each.dropped) for each in books}
    if listed != Counter({step: reasons.total() for step, reasons in found.items() if reasons}):
        raise InputError(
            "lists other spans than its books count", path=path, remedy="give the whole file as rolecall wrote it"
        )
    return [
        Loss(
            ledger=_plain(path.as_posix()),
            step=_plain(each.stage),
            entered=each.entered,
            reasons={_plain(reason): count for reason, count in found[each.stage].most_common()},
        )
        for each in books
    ]


def _plain(text: str) -> str:
    """Write a name on one line, whatever characters it holds."""
    return repr(text)[1:-1]

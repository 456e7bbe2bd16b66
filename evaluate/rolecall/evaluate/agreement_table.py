"""The tables of an agreement on a terminal: pairs by role, links and events, kinds of disagreement, what to settle."""

from collections.abc import Iterator

from rich import box
from rich.table import Table

from rolecall.evaluate.card import AgreementCard, DerivedAgreement
from rolecall.evaluate.disagreements import KINDS
from rolecall.evaluate.dissent import Dissent
from rolecall.evaluate.linkage import Linked
from rolecall.evaluate.summary import Layers
from rolecall.evaluate.table import interval, lines, number, some

COLUMNS = 5
"""How many pairs have a column."""
ASKED = 5
"""How many questions for the guidelines are printed."""


def tables(card: AgreementCard, derived: DerivedAgreement) -> Iterator[Table]:
    """Yield the tables that have something to say."""
    if len(card.agreement.between) > 1:
        yield by_pair(derived, card.layers, len(card.agreement.between))
    if derived.links:
        yield link_table(derived.links)
    if card.dissent and card.dissent.kinds:
        yield kind_table(card.dissent)


def by_pair(derived: DerivedAgreement, layers: Layers, pairs: int) -> Table:
    """Lay out F1 by role for each pair of annotators; the `pairs` between annotators come first in the numbers."""
    shown = derived.human.pairs[: min(pairs, COLUMNS)]
    table = _table("F1 by pair", "role", *(f"{pair.gold} and {pair.predicted}" for pair in shown))
    for row in zip(*(lines(pair.scores, layers) for pair in shown), strict=True):
        level, name = row[0].level, row[0].name
        if level == "layer":
            table.add_section()
        table.add_row(
            f"  {name}" if level == "role" else name,
            *(number(line.numbers.f1.value) for line in row),
            style=None if level == "role" else "bold",
        )
    if pairs > COLUMNS:
        table.caption = f"{pairs - COLUMNS:,} more in the file that --out writes"
    return table


def link_table(linked: Linked) -> Table:
    """Lay out agreement on links and events; links of common spans also by the role of the argument."""
    table = _table("Links and events", "what", "first", "second", "common", "F1", "95% interval")
    for level, name, line in linked.lines():
        counts = (f"{count:,}" for count in (line.gold, line.predicted, line.correct))
        said, style = (f"  {name}", None) if level == "role" else (name, "bold")
        table.add_row(said, *counts, number(line.f1.value), interval(line), style=style)
    return table


def kind_table(dissent: Dissent) -> Table:
    """Lay out how many disagreements are of which kind, and about which roles most."""
    pairs = dissent.pairs[:COLUMNS] if len(dissent.pairs) > 1 else ()
    names = (f"{pair.first} and {pair.second}" for pair in pairs)
    table = _table("What they differ about", "kind", "number", "share", *names, "most often")
    total = sum(dissent.kinds.values())
    for kind in KINDS:
        if kind in dissent.kinds:
            most = [group for group in dissent.groups if group.kind == kind][:3]
            table.add_row(
                kind,
                f"{dissent.kinds[kind]:,}",
                f"{dissent.kinds[kind] / total:.0%}",
                *(f"{pair.kinds.get(kind, 0):,}" for pair in pairs),
                ", ".join(f"{' and '.join(group.roles)} {group.number:,}" for group in most),
            )
    return table


def questions(derived: DerivedAgreement) -> Iterator[str]:
    """Yield the questions of the largest groups, each in a few lines."""
    if derived.advice:
        yield "What to settle in the guidelines, the most frequent first:"
    for number_, advice in enumerate(derived.advice[:ASKED], 1):
        yield f"{number_}. {' '.join(advice.sentences)}{f' {advice.found}' if advice.found else ''}"
    if len(derived.advice) > ASKED:
        yield f"{len(derived.advice) - ASKED:,} more: on the page (--html), and in the file (--out)"
    if derived.overruled:
        number_ = sum(advice.number for advice in derived.overruled)
        most = derived.overruled[0]
        yield (
            f"Gold overrules all annotators in {some(number_, 'place')}, which agreement between them does not show; "
            f"the most frequent: {' '.join(most.sentences)}{f' {most.found}' if most.found else ''}"
        )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        words = index == 0 or name in {"95% interval", "most often"}
        table.add_column(name, justify="left" if words else "right", no_wrap=name != "most often")
    return table

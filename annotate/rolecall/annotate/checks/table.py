"""Findings on a terminal: a section for each rule, with counts by person and a few examples."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich import box
from rich.table import Table
from rich.text import Text

from rolecall.annotate.checks.findings import SEVERITIES, Finding, Severity
from rolecall.annotate.checks.rules import RULES
from rolecall.core.terminal import shown

EXAMPLES = 3
"""Findings shown of a rule and severity; the JSON Lines file holds all."""
_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "hint": "bold cyan"}


class Kind(NamedTuple):
    """What findings are counted by."""

    rule: str
    severity: Severity


class Tally:
    """Counts of findings, and the first few of each kind."""

    def __init__(self, examples: int = EXAMPLES) -> None:
        self.counts: Counter[Kind] = Counter()
        self.people: dict[Kind, Counter[str]] = {}
        self.first: dict[Kind, list[Finding]] = {}
        self._examples = examples

    def watch(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Count findings on their way."""
        for finding in findings:
            kind = Kind(finding.rule, finding.severity)
            self.counts[kind] += 1
            if finding.by is not None:
                self.people.setdefault(kind, Counter())[finding.by] += 1
            first = self.first.setdefault(kind, [])
            if len(first) < self._examples:
                first.append(finding)
            yield finding

    def kinds(self) -> list[Kind]:
        """Return the kinds there are, the worst first, then in the order of the rules."""
        order = [*RULES]
        return sorted(self.counts, key=lambda kind: (SEVERITIES.index(kind.severity), order.index(kind.rule)))

    def severities(self) -> dict[Severity, int]:
        """Count by severity, the worst first."""
        return {each: sum(n for kind, n in self.counts.items() if kind.severity == each) for each in SEVERITIES}


def findings_table(tally: Tally) -> Table:
    """Lay findings out for a terminal; what comes from articles is shown with its control characters escaped."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=False)
    table.add_column("finding", overflow="fold", ratio=5)
    table.add_column("where", overflow="fold", ratio=3)
    for kind in tally.kinds():
        table.add_section()
        count, people = tally.counts[kind], tally.people.get(kind, Counter())
        whose = ", ".join(f"{by} {number:,}" for by, number in sorted(people.items()))
        head = f"{kind.severity} {kind.rule}: {count:,} "
        table.add_row(Text.assemble((head, _STYLES[kind.severity]), f"({RULES[kind.rule].what})"), Text(shown(whose)))
        for finding in tally.first[kind]:
            table.add_row(Text(f"  {_words(finding)}"), Text(shown(_where(finding))))
        if more := count - len(tally.first[kind]):
            table.add_row(Text(f"  and {more:,} more", style="dim"), "")
    return table


def _words(finding: Finding) -> str:
    if finding.text is None:
        return shown(f"{finding.role} {finding.message}" if finding.by is None and finding.role else finding.message)
    return f"{finding.start}:{finding.end} {finding.role} {finding.text!r} {shown(finding.message)}"


def _where(finding: Finding) -> str:
    place = " by ".join(part for part in (finding.article, finding.by) if part)
    return f"{place} {finding.link}" if finding.link else place

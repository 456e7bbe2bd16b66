"""The rule about roles that are too rare to learn from or to measure."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pydantic import Field

from rolecall.annotate.checks.findings import Hit, some
from rolecall.annotate.checks.reading import Options
from rolecall.core.records import Annotation


class RareRoleOptions(Options):
    """How many spans of a role are enough."""

    minimum: int = Field(default=20, ge=1)
    """Spans of each role in the whole corpus; below it a number about the role means little."""


class Census:
    """Spans by role, an article's being those of its adjudicated reading, else of the reading that has most of them."""

    def __init__(self) -> None:
        self.roles: Counter[str] = Counter()
        self.articles: Counter[str] = Counter()

    def add(self, readings: Iterable[Annotation]) -> None:
        """Count the readings of one article."""
        every = list(readings)
        most: Counter[str] = Counter()
        for reading in [one for one in every if one.kind == "adjudicated"] or every:
            most |= Counter(role for _, _, role in {span.key for span in reading.spans})
        self.roles += most
        self.articles.update(most.keys())


def rare_role(census: Census, roles: Iterable[str], options: RareRoleOptions) -> Iterator[Hit]:
    """Find roles with fewer spans than the minimum."""
    for role in roles:
        if (count := census.roles[role]) < options.minimum:
            where = f" in {some(census.articles[role], 'article')}" if count else ""
            yield Hit(f"has {some(count, 'span')}{where}, fewer than {options.minimum:,}", role=role)

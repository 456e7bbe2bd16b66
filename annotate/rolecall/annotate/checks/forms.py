"""Surface forms and the roles they are given, counted over a corpus.

The unit of evidence is a reading that gives a form a role, however often: a name that recurs in one article is decided
once. Memory grows with distinct forms, roles and people; phrases longer than `LONGEST` hardly recur and do not count.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import regex

from rolecall.core.records import Annotation, Span
from rolecall.core.scheme import Scheme

LONGEST = 60
"""Characters in a form that is counted."""
_WORD = regex.compile(r"\p{L}")
_ONE_WORD = regex.compile(r"[\p{L}\p{M}]+")


class Split(NamedTuple):
    """A form that has several roles in a layer: {role: {person: readings}}."""

    layer: str
    form: str
    counts: dict[str, Counter[str]]

    @property
    def roles(self) -> Counter[str]:
        """Readings by role."""
        return Counter({role: people.total() for role, people in self.counts.items()})

    @property
    def majority(self) -> str:
        """The role of most readings; of equals the first by name."""
        roles = self.roles
        return max(sorted(roles), key=roles.__getitem__)


def form_of(text: str) -> str:
    """Return what counts as the same form: no case, one space for any white space."""
    return " ".join(text.split()).casefold()


class Forms:
    """Counts of forms; roles with a value are left out: "five" or "Monday" says nothing about its role."""

    def __init__(self, scheme: Scheme) -> None:
        self._layer_of = scheme.layer_of
        self._triggers = scheme.triggers
        self._counted = frozenset(name for name, role in scheme.roles.items() if role.value == "none")
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self.judges: set[str] = set()
        """Who adjudicates."""

    def key(self, span: Span) -> tuple[str, str] | None:
        """Return the form and role of a span that counts, None for one that does not."""
        if span.role in self._counted and len(span.text) <= LONGEST and _WORD.search(span.text):
            return form_of(span.text), sys.intern(span.role)
        return None

    def add(self, annotation: Annotation) -> None:
        """Count the forms of one reading, each with each role once."""
        if annotation.kind == "adjudicated":
            self.judges.add(annotation.by)
        by = sys.intern(annotation.by)
        for form, role in {key for span in annotation.spans if (key := self.key(span))}:
            self._counts[form, role, by] += 1

    def splits(self) -> Iterator[Split]:
        """Yield the forms that have more than one role in a layer, by layer and form."""
        first: dict[tuple[str, str], str] = {}
        several: dict[tuple[str, str], dict[str, Counter[str]]] = {}
        for form, role, _ in self._counts:
            key = self._layer_of[role], form
            if first.setdefault(key, role) != role:
                several[key] = {}
        for (form, role, by), count in self._counts.items():
            key = self._layer_of[role], form
            if key in several:
                several[key].setdefault(role, Counter())[by] += count
        for (layer, form), counts in sorted(several.items()):
            yield Split(layer, form, counts)

    def trigger_words(self) -> frozenset[str]:
        """Return the triggers of one word."""
        return frozenset(form for form, role, _ in self._counts if role in self._triggers and _ONE_WORD.fullmatch(form))

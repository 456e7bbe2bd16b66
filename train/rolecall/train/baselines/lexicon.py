"""A word list: what was a mention in training is one again.

For each layer apart: a form is a sequence of tokens, case aside. Its role is the one it has most often in training,
of equals the first in the scheme. An occurrence in training counts as labelled when a span of the layer has exactly
its bounds; a form with more occurrences unlabelled than labelled is left out. A text is read from left to right, the
longest form wins, and reading goes on behind it. A span's score is the share of the form's occurrences in training
that had its role.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rolecall.core import bio
from rolecall.core.records import Article, Span
from rolecall.core.tokens import Token, tokenize
from rolecall.train.baselines.sequence import in_order, words_of
from rolecall.train.baselines.task import Label, Task

Form = tuple[str, ...]


class Entry(NamedTuple):
    """The role of a form, and the share of its occurrences that had it, in (0, 1]."""

    role: str
    share: float


class Lexicon:
    """The forms of one layer."""

    def __init__(self, entries: Mapping[Form, Entry]) -> None:
        self.entries = entries
        self._index = index(entries)

    def find(self, text: str, tokens: Sequence[Token]) -> Iterator[Span]:
        """Yield the spans of a text, from left to right."""
        words, at = folded(text, tokens), 0
        while at < len(words):
            longest = next(occurrences(words, at, self._index, self.entries), None)
            if longest is None:
                at += 1
                continue
            entry, last = self.entries[longest], at + len(longest)
            start, end = tokens[at].start, tokens[last - 1].end
            yield Span(start, end, entry.role, text[start:end], entry.share)
            at = last


def train(task: Task) -> Label:
    """Learn a lexicon for each layer."""
    rows = task.rows.select_columns(["text", "spans"])
    lexicons = [learn(rows, [role.name for role in layer.roles]) for layer in task.scheme.layers]

    def label(articles: Iterable[Article]) -> Iterator[tuple[Span, ...]]:
        for article in articles:
            tokens = tokenize(article.text)
            yield in_order([span for lexicon in lexicons for span in lexicon.find(article.text, tokens)])

    return label


def learn(rows: Iterable[Mapping[str, Any]], roles: Sequence[str]) -> Lexicon:
    """Learn the forms of one layer, whose roles these are, from rows with `text` and `spans`, read twice."""
    labelled: dict[Form, Counter[str]] = {}
    for row in rows:
        tokens = tokenize(row["text"])
        words = folded(row["text"], tokens)
        for span in row["spans"]:
            place = bio.place(Span(**span), tokens) if span["role"] in roles else None
            if place is not None:
                labelled.setdefault(tuple(words[place.first : place.last]), Counter())[span["role"]] += 1
    seen, lengths = Counter[Form](), index(labelled)
    for row in rows:
        words = folded(row["text"], tokenize(row["text"]))
        for at in range(len(words)):
            seen.update(occurrences(words, at, lengths, labelled))
    entries = {}
    for form, by_role in labelled.items():
        role = max(roles, key=by_role.__getitem__)
        if seen[form] <= 2 * by_role.total():
            entries[form] = Entry(role, min(1.0, by_role[role] / seen[form]))
    return Lexicon(entries)


def folded(text: str, tokens: Sequence[Token]) -> list[str]:
    """Return the tokens without regard to case."""
    return [word.casefold() for word in words_of(text, tokens)]


def index(forms: Iterable[Form]) -> dict[str, list[int]]:
    """Return the lengths of the forms that open with a word, the longest first."""
    lengths: dict[str, set[int]] = {}
    for form in forms:
        lengths.setdefault(form[0], set()).add(len(form))
    return {word: sorted(found, reverse=True) for word, found in lengths.items()}


def occurrences(
    words: Sequence[str], at: int, lengths: Mapping[str, Sequence[int]], forms: Mapping[Form, object]
) -> Iterator[Form]:
    """Yield the forms that stand at a place, the longest first."""
    for length in lengths.get(words[at], ()):
        form = tuple(words[at : at + length])
        if len(form) == length and form in forms:
            yield form

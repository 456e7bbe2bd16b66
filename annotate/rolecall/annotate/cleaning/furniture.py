"""Page furniture in a text: lines that are none of the story, found by their shape and by what stands beside them.

A wrong cut costs a label and a missed one only an annotator's moment, so a line is cut when several things agree: what
it says, that it says nothing else, that nobody is quoted, and where the shape alone does not prove it, where it stands.
The headline is never cut.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import regex

from rolecall.annotate.cleaning.credits import credit_at_end, judge_credit
from rolecall.annotate.cleaning.cues import judge_cues
from rolecall.annotate.cleaning.cuts import Kind, Line, lines_of
from rolecall.annotate.cleaning.fused import labels_in
from rolecall.annotate.cleaning.lexicon import judge_words
from rolecall.annotate.cleaning.phrases import phrases
from rolecall.annotate.cleaning.shapes import Verdict, fold, heads_a_list, is_sentence, is_title, judge, words_of
from rolecall.annotate.headlines import opens

HEAD = 15
"""Lines among which a headline is looked for that is given apart."""

NEAR = 3
"""Lines from a caption to the same under another picture."""

AGAIN = 8
"""Words of a line that is no slogan when it comes again, and no name of a speaker."""

_UNFINISHED = regex.compile(
    r"(?<!\p{L})(?:the|an?|of|to|in|on|at|by|for|from|with|and|or|but|that|which|who|as|if|is|are|was|were|had|has"
    r"|и|а|но|в|во|на|с|со|к|о|об|от|до|из|за|по|для|при|что|чтобы|которы\p{L}+|не|или|как|мен|және|бен|пен|үшін)$"
)
"""What no line of its own ends with."""


class Find(NamedTuple):
    """A stretch of furniture, its kind, and why it is thought so."""

    start: int
    end: int
    kind: Kind
    reason: str


Repeated = Callable[[str], str | None]
"""Says how often a line stands in the articles of a source, or None where that proves nothing."""


def find(text: str, title: str | None = None, *, repeated: Repeated | None = None) -> list[Find]:
    """Return the furniture of a text, in order and apart."""
    lines = lines_of(text)
    if not lines:
        return []
    page = _Page(lines, _headlines(lines, title))
    page.judge()
    page.take_lists()
    page.take_again()
    if repeated is not None:
        page.take_repeated(repeated)
    page.take_neighbours()
    found = [
        Find(line.start, line.end, verdict.kind, verdict.reason)
        for line, verdict in zip(lines, page.taken, strict=True)
        if verdict is not None
    ]
    return sorted([*found, *_within(text, page)])


def _judged(text: str) -> Verdict | None:
    """Return the surest of what a line's shape and its cues say."""
    found = [each for each in (judge_credit(text), judge(text)) if each is not None]
    if not any(each.weight == 3 for each in found):
        found += [each for each in (judge_cues(text), judge_words(text)) if each is not None]
    return max(found, key=lambda verdict: verdict.weight, default=None)


def _headlines(lines: Sequence[Line], title: str | None) -> frozenset[int]:
    """Return the lines that are the headline: those that open as the title does, and else the first.

    Where that is a button or the name of a section, the headline may be what stands under a picture's label below it.
    """
    found = [at for at, line in enumerate(lines[:HEAD]) if title and opens(line.text, title.strip())]
    if found:
        return frozenset(found)
    for number, line in enumerate(lines[:HEAD]):
        verdict = _judged(line.text)
        if verdict is None or verdict.kind == "caption":
            return frozenset({0, number} if verdict else {0})
    return frozenset({0})


class _Page:
    """The lines of one text: what each says of itself, and which are taken for furniture."""

    def __init__(self, lines: list[Line], headlines: frozenset[int]) -> None:
        self.lines, self.headlines = lines, headlines
        self.taken: list[Verdict | None] = [None] * len(lines)
        self._says: list[Verdict | None] = [None] * len(lines)

    def judge(self) -> None:
        """Judge each line by itself, and take those whose shape is proof enough."""
        for number, line in enumerate(self.lines):
            if number not in self.headlines and not self._runs_on(number):
                self._says[number] = _judged(line.text)
        for number, verdict in enumerate(self._says):
            if verdict is not None and verdict.weight == 3 and not self._announced(number):
                self.taken[number] = verdict

    def _runs_on(self, number: int) -> bool:
        """Whether a line is the middle of a paragraph that is broken into lines of one width, or an item of a list."""
        line, before = self.lines[number], self.lines[number - 1] if number else None
        after = self.lines[number + 1] if number + 1 < len(self.lines) else None
        if before is None or line.gap != 1 or self._weight(number - 1) == 3:
            return False
        if number - 1 not in self.headlines and _UNFINISHED.search(fold(before.text)):
            return True
        open_before = before.text[-1].isalnum() or before.text[-1] in ",;-–—("
        if (open_before or before.text[-1] == ":") and line.text[0].islower():
            return True
        return (
            open_before and len(before.text) > 45 and after is not None and after.gap == 1 and after.text[0].islower()
        )

    def take_lists(self) -> None:
        """Take the titles under a heading such as "Related articles", as far as they surely go."""
        for number, line in enumerate(self.lines):
            if self.taken[number] is not None and heads_a_list(line.text):
                for item in self._titles_after(number, colon=line.text.endswith(":")):
                    self.taken[item] = Verdict("related", 3, "a title under a heading of other articles")

    def _titles_after(self, number: int, *, colon: bool) -> list[int]:
        items: list[int] = []
        for item in range(number + 1, len(self.lines)):
            line = self.lines[item]
            if item in self.headlines or not is_title(line.text) or self.taken[item] is not None:
                break
            if line.gap > 1 and not (colon and item == number + 1):
                break
            items.append(item)
        after = (items or [number])[-1] + 1
        apart = after == len(self.lines) or self.taken[after] is not None or self.lines[after].gap > 1
        if apart or (colon and len(items) == 1 and is_sentence(self.lines[after].text)):
            return [] if any(self._told(item, number, after) for item in items) else items
        return []

    def _told(self, item: int, number: int, after: int) -> bool:
        """Whether the story goes on around a heading and its titles, and speaks there of what one of these does."""
        if after == len(self.lines) or self.taken[after] is not None:
            return False
        around = (*self.lines[max(0, number - 2) : number], *self.lines[after : after + 2])
        told = {stem for line in around for stem in _stems(line.text)}
        return not told.isdisjoint(_stems(self.lines[item].text))

    def take_again(self) -> None:
        """Take a line that says word for word what one shortly before does, as captions do under pictures shown twice.

        The first of two that follow each other goes as well where it is no sentence that the story could be told by.
        """
        seen: dict[str, int] = {}
        for number, line in enumerate(self.lines):
            key = " ".join(words_of(fold(line.text)))
            first = seen.get(key, number)
            seen[key] = number
            if first == number or not self.headlines.isdisjoint((first, number)) or not self._is_shown(first, number):
                continue
            verdict = Verdict("caption", 3, "stands in the text twice, word for word")
            self.taken[number] = self.taken[number] or verdict
            if first == number - 1 and not is_sentence(line.text):
                self.taken[first] = self.taken[first] or verdict

    def _is_shown(self, first: int, number: int) -> bool:
        """Whether a line that comes again is a caption: a refrain, a demand and a speaker's name come again, too."""
        text = self.lines[number].text
        spoken = text[0] in "\"'“„«‘-–—•*" or text[-1] in '"”»’:?!…'
        if spoken or not 20 <= len(text) <= 160 or number - first > NEAR or phrases().readers.search(fold(text)):
            return False
        opening = first - 1 in self.headlines and is_sentence(text)  # where the first picture stands
        words = sum(1 for _ in words_of(text))
        long_enough = words >= AGAIN and (number - first == 1 or opening)
        return long_enough or self._by_picture(number) or self._by_picture(first)

    def _by_picture(self, number: int) -> bool:
        """Whether a line next to this one is under a picture."""
        near = (self.taken[at] for at in (number - 1, number + 1) if 0 <= at < len(self.lines))
        return any(verdict is not None and verdict.kind in ("credit", "caption") for verdict in near)

    def take_repeated(self, repeated: Repeated) -> None:
        """Take lines that stand in many articles of the source."""
        for number, line in enumerate(self.lines):
            if number not in self.headlines and self.taken[number] is None and (reason := repeated(line.text)):
                self.taken[number] = Verdict("other", 3, reason)

    def take_neighbours(self) -> None:
        """Take lines that are furniture only outside the story, or beside other furniture.

        The story runs from the first line that is a sentence to the last.
        """
        prose = [
            number
            for number, line in enumerate(self.lines)
            if number not in self.headlines
            and self.taken[number] is None
            and self._says[number] is None
            and is_sentence(line.text)
        ]
        inside = range(prose[0], prose[-1] + 1) if prose else range(0)
        waiting = [number for number, verdict in enumerate(self._says) if verdict and not self._announced(number)]
        for number in waiting:
            if self.taken[number] is None and prose and number not in inside and self._weight(number) == 2:
                self.taken[number] = self._says[number]
        changed = True
        while changed:
            changed = False
            for number in waiting:
                if self.taken[number] is None and self._beside(number, inside):
                    self.taken[number] = self._says[number]
                    changed = True

    def _announced(self, number: int) -> bool:
        """Whether a line is an item of a list that the story announces with a colon."""
        first = number
        while first > 0 and self._says[first] is not None:
            first -= 1
        colon = first not in self.headlines and self.lines[first].text.endswith(":") and self._says[first] is None
        several = first < number - 1 or (number + 1 < len(self.lines) and self._says[number + 1] is not None)
        return colon and (several or self._weight(number) < 3 or self.lines[number].gap == 1 or self._is_button(number))

    def _is_button(self, number: int) -> bool:
        """Whether a line is what pages have at their edges, and not between two paragraphs, as advertisements are."""
        verdict = self._says[number]
        return verdict is not None and verdict.kind in ("share", "newsletter", "comment", "cookie", "browser")

    def _weight(self, number: int) -> int:
        verdict = self._says[number]
        return 0 if verdict is None else verdict.weight

    def _beside(self, number: int, inside: range) -> bool:
        """Whether a line stands beside furniture: with no blank line between where the story goes on around it."""
        for other, gap in ((number - 1, self.lines[number].gap), (number + 1, self._gap_after(number))):
            near = gap == 1 or (number not in inside and gap <= 3)
            if 0 <= other < len(self.lines) and self.taken[other] is not None and near:
                return True
        return False

    def _gap_after(self, number: int) -> int:
        return self.lines[number + 1].gap if number + 1 < len(self.lines) else 0


def _within(text: str, page: _Page) -> Iterator[Find]:
    """Yield labels that stand at the edge of a line of the story, and credits in brackets at its end."""
    for number, line in enumerate(page.lines):
        if page.taken[number] is not None or number in page.headlines:
            continue
        before = page.lines[number - 1] if number else None
        opens = before is None or line.gap > 1 or page.taken[number - 1] is not None or before.text[-1] in '.!?…"”»:'
        if stretch := credit_at_end(line.text):
            yield Find(line.start + stretch[0], line.start + stretch[1], "credit", "a picture's credit in brackets")
        else:
            for label in labels_in(line.text, text, opens=opens):
                kind: Kind = "caption" if label.end - label.start == len(line.text) else label.kind
                yield Find(line.start + label.start, line.start + label.end, kind, label.reason)


def _stems(text: str) -> set[str]:
    """Return the beginnings of a text's longer words."""
    return {word[:5] for word in words_of(fold(text)) if len(word) > 3}

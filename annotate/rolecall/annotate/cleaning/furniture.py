"""Page furniture in a text: lines that are none of the story, found by their shape and by what stands beside them.

A wrong cut costs a label and a missed one only an annotator's moment, so a line is cut when several things agree: what
it says, that it says nothing else, that nobody is quoted, and where the shape alone does not prove it, where it stands.
The headline is never cut.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rolecall.annotate.cleaning.credits import credit_at_end, judge_credit
from rolecall.annotate.cleaning.cues import judge_cues
from rolecall.annotate.cleaning.cuts import Kind, Line, lines_of
from rolecall.annotate.cleaning.fused import labels_in
from rolecall.annotate.cleaning.lexicon import judge_words
from rolecall.annotate.cleaning.shapes import Verdict, fold, heads_a_list, is_sentence, is_title, judge, words_of

HEAD = 15
"""Lines among which a headline is looked for that is given apart."""

NEAR = 3
"""Lines from a caption to the same under another picture, where it is a sentence."""


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
    headline = _headline(lines, title)
    page = _Page(lines, headline)
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


def _headline(lines: Sequence[Line], title: str | None) -> int:
    if title is not None:
        for number, line in enumerate(lines[:HEAD]):
            if fold(line.text) == fold(title.strip()):
                return number
    return 0


class _Page:
    """The lines of one text: what each says of itself, and which are taken for furniture."""

    def __init__(self, lines: list[Line], headline: int) -> None:
        self.lines, self.headline = lines, headline
        self.taken: list[Verdict | None] = [None] * len(lines)
        self._says: list[Verdict | None] = [None] * len(lines)

    def judge(self) -> None:
        """Judge each line by itself, and take those whose shape is proof enough."""
        for number, line in enumerate(self.lines):
            if number == self.headline or self._runs_on(number):
                continue
            verdict = _judged(line.text)
            self._says[number] = verdict
            if verdict is not None and verdict.weight == 3:
                self.taken[number] = verdict

    def _runs_on(self, number: int) -> bool:
        """Whether a line is the middle of a paragraph that is broken into lines of one width, or an item of a list."""
        line, before = self.lines[number], self.lines[number - 1] if number else None
        after = self.lines[number + 1] if number + 1 < len(self.lines) else None
        if before is None or line.gap != 1 or self.taken[number - 1] is not None:
            return False
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
            if item == self.headline or not is_title(line.text) or self.taken[item] is not None:
                break
            if line.gap > 1 and not (colon and item == number + 1):
                break
            items.append(item)
        after = (items or [number])[-1] + 1
        apart = after == len(self.lines) or self.taken[after] is not None or self.lines[after].gap > 1
        if apart or (colon and len(items) == 1 and is_sentence(self.lines[after].text)):
            return items
        return []

    def take_again(self) -> None:
        """Take a line that says word for word what an earlier one says, as captions do under pictures shown twice.

        A sentence may be a refrain, so its two places must be near. The first of two that follow each other goes as
        well where it is no sentence that the story could be told by.
        """
        seen: dict[str, int] = {}
        for number, line in enumerate(self.lines):
            key = " ".join(words_of(fold(line.text)))
            first = seen.setdefault(key, number)
            if first == number or self.headline in (first, number) or not self._may_stand_twice(line):
                continue
            tells = is_sentence(line.text)
            if tells and number - first > NEAR:
                continue
            verdict = Verdict("caption", 3, "stands in the text twice, word for word")
            self.taken[number] = self.taken[number] or verdict
            if first == number - 1 and not tells:
                self.taken[first] = self.taken[first] or verdict

    @staticmethod
    def _may_stand_twice(line: Line) -> bool:
        spoken = line.text[0] in "\"'“„«‘-–—•*" or line.text[-1] in '"”»’:'
        return not spoken and 20 <= len(line.text) <= 160 and sum(1 for _ in words_of(line.text)) >= 4

    def take_repeated(self, repeated: Repeated) -> None:
        """Take lines that stand in many articles of the source."""
        for number, line in enumerate(self.lines):
            if number != self.headline and self.taken[number] is None and (reason := repeated(line.text)):
                self.taken[number] = Verdict("other", 3, reason)

    def take_neighbours(self) -> None:
        """Take lines that are furniture only outside the story, or beside other furniture.

        The story runs from the first line that is a sentence to the last.
        """
        prose = [
            number
            for number, line in enumerate(self.lines)
            if number != self.headline
            and self.taken[number] is None
            and self._says[number] is None
            and is_sentence(line.text)
        ]
        inside = range(prose[0], prose[-1] + 1) if prose else range(0)
        waiting = [number for number, verdict in enumerate(self._says) if verdict and not self._listed(number)]
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

    def _listed(self, number: int) -> bool:
        """Whether a line is an item of a list that the story announces with a colon."""
        while number > 0 and self.taken[number] is None and self._says[number] is not None:
            number -= 1
        return self.taken[number] is None and number != self.headline and self.lines[number].text.endswith(":")

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
        if page.taken[number] is not None or number == page.headline:
            continue
        before = page.lines[number - 1] if number else None
        opens = before is None or line.gap > 1 or page.taken[number - 1] is not None or before.text[-1] in '.!?…"”»:'
        if stretch := credit_at_end(line.text):
            yield Find(line.start + stretch[0], line.start + stretch[1], "credit", "a picture's credit in brackets")
        else:
            for label in labels_in(line.text, text, opens=opens):
                kind: Kind = "caption" if label.end - label.start == len(line.text) else label.kind
                yield Find(line.start + label.start, line.start + label.end, kind, label.reason)

"""How good the cuts are, held against a gold file: by characters, by exact cuts, and by cuts that overlap."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from rolecall.annotate.cleaning.cuts import Cut, blank
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.wording import few


class Score(msgspec.Struct, kw_only=True):
    """Counts of one measure: `right` of those `cut`, and `found` of those in the `gold`."""

    cut: int = 0
    gold: int = 0
    right: int = 0
    found: int = 0

    @property
    def precision(self) -> float | None:
        """How much of what was cut is furniture; None where nothing was cut."""
        return self.right / self.cut if self.cut else None

    @property
    def recall(self) -> float | None:
        """How much of the furniture was cut; None where there is none."""
        return self.found / self.gold if self.gold else None


class Scores(msgspec.Struct, kw_only=True):
    """The three measures; white space at the edges does not count, and `wrong` are cuts that touch no furniture."""

    characters: Score
    exact: Score
    overlapping: Score
    wrong: list[Cut]
    missed: list[Cut]


class Gold:
    """A gold file of cuts, held against what was cut in each article.

    Raises InputError for a record that is not of its article's text.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left: dict[str, list[Cut]] = {}
        try:
            for cut in jsonl.read(path, Cut):
                self._left.setdefault(cut.article, []).append(cut)
        except InputError as error:
            if error.line is None:
                raise
            remedy = 'a cut is {"article", "start", "end", "text", "kind"}, one a line, as --cuts writes them'
            raise InputError(error.what, path=error.path, line=error.line, remedy=remedy) from error
        self._scores = Scores(characters=Score(), exact=Score(), overlapping=Score(), wrong=[], missed=[])

    def hold(self, article: Article, cuts: Iterable[Cut]) -> None:
        """Count the cuts of one article; where the gold names none, all are wrong."""
        made, gold = list(cuts), self._left.pop(article.id, [])
        for cut in gold:
            if article.text[cut.start : cut.end] != cut.text:
                raise InputError(
                    f"article {article.id!r} has {article.text[cut.start : cut.end]!r} at {cut.start}:{cut.end}, "
                    f"not {cut.text!r}",
                    path=self._path,
                    remedy="use the articles that the gold was made for",
                )
        scores = self._scores
        ours, theirs = _characters(article.text, made), _characters(article.text, gold)
        _add(scores.characters, len(ours), len(theirs), len(ours & theirs), len(ours & theirs))
        same = len({_bounds(cut) for cut in made} & {_bounds(cut) for cut in gold})
        _add(scores.exact, len(made), len(gold), same, same)
        wrong = [cut for cut in made if not any(_overlap(cut, other) for other in gold)]
        missed = [cut for cut in gold if not any(_overlap(cut, other) for other in made)]
        _add(scores.overlapping, len(made), len(gold), len(made) - len(wrong), len(gold) - len(missed))
        scores.wrong += wrong
        scores.missed += missed

    def scores(self) -> Scores:
        """Return the sums; raise InputError where the gold names articles that were not among those held against it."""
        if self._left:
            names = ", ".join(few(sorted(self._left), 5))
            raise InputError(
                f"names articles that are not among those cleaned: {names}",
                path=self._path,
                remedy="use the articles that the gold was made for",
            )
        return self._scores


def _add(score: Score, cut: int, gold: int, right: int, found: int) -> None:
    score.cut += cut
    score.gold += gold
    score.right += right
    score.found += found


def _bounds(cut: Cut) -> tuple[int, int]:
    """Return where a cut begins and ends, without white space."""
    left, right = cut.text.lstrip(), cut.text.rstrip()
    return cut.end - len(left), cut.start + len(right)


def _characters(text: str, cuts: Iterable[Cut]) -> set[int]:
    return {at for cut in cuts for at in range(cut.start, cut.end) if not blank(text[at])}


def _overlap(one: Cut, other: Cut) -> bool:
    return one.start < other.end and other.start < one.end

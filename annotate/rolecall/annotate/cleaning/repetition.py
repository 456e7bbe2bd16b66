"""Lines that stand in many articles of one source, which are of the page and not of the story.

A first reading counts; it holds 16 bytes for each short line of an article, twice that outside the story. What several
reports of one story share is that story's, so stories are counted, not articles; those that have their main line in
common are taken for one, too.
News repeats itself as well: "Nobody was hurt.", "What we know", "Asel Sadykova, teacher". So a line must also speak of
pages, or stand outside of the stories, or in most of them; a sentence must speak to its readers of pages.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import regex

from rolecall.annotate.cleaning.cuts import lines_of
from rolecall.annotate.cleaning.lexicon import judge_words
from rolecall.annotate.cleaning.phrases import phrases
from rolecall.annotate.cleaning.shapes import fold, is_sentence, judge, words_of
from rolecall.core.records import Article

STORIES = 5
"""Stories of a source in which a line must stand at least."""
SHARE = 0.25
"""The part of a source's stories in which it must stand at least."""
MANY, MOST = 10, 0.6
"""Stories, and the part of all, that are proof enough for a line that is no sentence and has no name in it."""
LONGEST = 120
"""Characters of the longest line that is counted."""
_LEADS = 3
"""Lines of an article that may be its main one; those that most articles of the source have are not."""
_BYLINE = regex.compile(
    r"(?:by|from|от|автор\p{L}*|von|par|por|text|текст|мәтін|авторы?)(?!\p{L})"
    r"|.*(?<!\p{L})(?:reporting|editing|writing) (?:by|and)"
)
_SPOKEN = regex.compile(r"[\"“„«'‘–—-]")
_STOPPED = regex.compile(r"[.!?…:][\"”»’')\]]*$")
_ADDRESS = regex.compile(r"(?<!\p{L})(?:you|your|вы|вас|вам|вами|ваш\p{L}*|сіз\p{L}*)(?!\p{L})")


class Repetition:
    """Counts of short lines by source; `count` every article, then ask `reason`."""

    def __init__(self) -> None:
        self._keys, self._articles = array("Q"), array("Q")  # of each line that may repeat
        self._leads, self._sources = array("Q"), array("Q")  # of each article: its main line, its source
        self._counts: dict[int, int] | None = None

    def count(self, article: Article) -> None:
        """Count the lines of one article."""
        source = article.source
        if source is None:
            return
        lines = [line.text for line in lines_of(article.text)[1:]]
        number = len(self._sources)
        known = article.story or article.duplicate_of
        leads = [known] * _LEADS if known else [*_leads(lines), *[article.id] * _LEADS]
        self._leads.extend(_digest(f"{source}\0{lead}") for lead in leads[:_LEADS])
        self._sources.append(_digest(source))
        keys = {_key(source, line) for line in lines if _may_repeat(line)}
        keys |= {_key(source, lines[at], outside=True) for at in _outside(lines)}
        for key in (_key(source, ""), *keys):
            self._keys.append(key)
            self._articles.append(number)
        self._counts = None

    @classmethod
    def of(cls, articles: Iterable[Article]) -> "Repetition":
        """Count all of some articles."""
        made = cls()
        for article in articles:
            made.count(article)
        return made

    def reason(self, source: str | None, line: str) -> str | None:
        """Say in how many stories of a source a line stands, or None where those are few or it may be a story's."""
        if source is None or not _may_repeat(line):
            return None
        counts = self._frequent()
        count, stories = counts.get(_key(source, line), 0), counts.get(_key(source, ""), 0)
        if count < max(STORIES, SHARE * stories) or _tells(line, source):
            return None
        outside = 2 * counts.get(_key(source, line, outside=True), 0) > count
        if outside or _of_pages(line) or fold(line) == fold(source) or count >= max(MANY, MOST * stories):
            return f"stands in {count:,} of {stories:,} stories of {source}"
        return None

    def _frequent(self) -> Mapping[int, int]:
        if self._counts is None:
            story = self._stories()[np.asarray(self._articles, dtype=np.int64)]
            pairs = np.unique(np.stack([np.asarray(self._keys), story], axis=1), axis=0)
            keys, counts = np.unique(pairs[:, 0], return_counts=True)
            often = counts >= STORIES
            self._counts = dict(zip(keys[often].tolist(), counts[often].tolist(), strict=True))
        return self._counts

    def _stories(self) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
        """Return the story of each article: its longest line that is none of the source's own."""
        leads = np.asarray(self._leads, dtype=np.uint64).reshape(-1, _LEADS)
        _, source, articles = np.unique(
            np.asarray(self._sources, dtype=np.uint64), return_inverse=True, return_counts=True
        )
        _, line, times = np.unique(leads, return_inverse=True, return_counts=True)
        shared = times[line].reshape(leads.shape) >= np.maximum(MANY, articles[source] / 2)[:, None]
        first = np.argmin(shared, axis=1)  # the first where all are shared
        chosen: np.ndarray[tuple[int], np.dtype[np.uint64]] = leads[np.arange(len(leads)), first]
        return chosen


def _leads(lines: Sequence[str]) -> list[str]:
    """Return the longest lines of the first half, where the page has the least to say, the longest first."""
    told = [line for line in lines[: (len(lines) + 1) // 2] if judge(line) is None]
    return sorted(told, key=len, reverse=True)[:_LEADS]


def _outside(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines before the first sentence of the story, after its last, and those beside furniture."""
    first = next((at for at, line in enumerate(lines) if _is_prose(line)), len(lines))
    last = next((at for at in reversed(range(len(lines))) if _is_prose(lines[at])), -1)
    for at, line in enumerate(lines):
        if _may_repeat(line) and not _STOPPED.search(line):
            beside = (lines[near] for near in (at - 1, at + 1) if 0 <= near < len(lines))
            if not first < at < last or any((said := judge(each)) and said.weight == 3 for each in beside):
                yield at


def _is_prose(line: str) -> bool:
    return is_sentence(line) and judge(line) is None


def _may_repeat(line: str) -> bool:
    return len(line) <= LONGEST and any(map(str.isalpha, line))


def _tells(line: str, source: str) -> bool:
    """Whether a line that repeats may still be part of stories: a sentence, speech, a byline, a name, a heading."""
    folded = fold(line)
    if (verdict := judge(line)) is not None and verdict.weight > 1:
        return False
    if _SPOKEN.match(line) or _BYLINE.match(folded) or any(map(str.isdigit, line)):
        return True
    if _STOPPED.search(line):
        addressed = _ADDRESS.search(folded) or phrases().commands.match(folded)
        things = phrases().things.search(folded)
        return not (addressed and things) or phrases().reports.search(folded) is not None
    words, own = list(words_of(line)), set(words_of(fold(source)))
    if folded == fold(source):
        return False
    if all(word[0].isupper() for word in words):
        return True
    return any(
        word[0].isupper() and fold(word) not in own and not phrases().brands.fullmatch(fold(word)) for word in words[1:]
    )


def _of_pages(line: str) -> bool:
    """Whether a line speaks of pages, or only in their words."""
    verdict = judge(line)
    known = verdict is not None and verdict.weight > 1
    return known or judge_words(line) is not None or phrases().things.search(fold(line)) is not None


def _key(source: str, line: str, *, outside: bool = False) -> int:
    return _digest(f"{source}\0{' '.join(fold(line).split())}\0{outside:d}")


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())

"""Lines that stand in many articles of one source, which are of the page and not of the story.

A first reading counts; it holds 16 bytes for each short line of an article. What several reports of one story share is
that story's, so stories are counted, not articles; those that have their main line in common are taken for one, too.
"""

import hashlib
from array import array
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import regex

from rolecall.annotate.cleaning.cuts import lines_of
from rolecall.annotate.cleaning.shapes import fold, is_sentence, judge, words_of
from rolecall.core.records import Article

STORIES = 5
"""Stories of a source in which a line must stand at least."""
SHARE = 0.25
"""The part of a source's stories in which it must stand at least."""
LONGEST = 120
"""Characters of the longest line that is counted."""
_BYLINE = regex.compile(
    r"(?:by|from|от|автор\p{L}*|von|par|por|text|текст|мәтін|авторы?)(?!\p{L})"
    r"|.*(?<!\p{L})(?:reporting|editing|writing) (?:by|and)"
)
_SPOKEN = regex.compile(r"[\"“„«'‘–—-]")
_ADDRESS = regex.compile(
    r"(?<!\p{L})(?:you|your|our|us|вы|вас|вам|ваш\p{L}*|нас|нам|наш\p{L}*|сіз\p{L}*|біз\p{L}*)(?!\p{L})"
)


class Repetition:
    """Counts of short lines by source; `count` every article, then ask `reason`."""

    def __init__(self) -> None:
        self._keys, self._stories = array("Q"), array("Q")
        self._counts: dict[int, int] | None = None

    def count(self, article: Article) -> None:
        """Count the lines of one article."""
        if article.source is None:
            return
        lines = lines_of(article.text)[1:]
        story = _digest(article.story or article.duplicate_of or _lead([line.text for line in lines]) or article.id)
        keys = {_key(article.source, line.text) for line in lines if _may_repeat(line.text)}
        for key in (_key(article.source, ""), *keys):
            self._keys.append(key)
            self._stories.append(story)
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
        return f"stands in {count:,} of {stories:,} stories of {source}"

    def _frequent(self) -> Mapping[int, int]:
        if self._counts is None:
            pairs = np.unique(np.stack([np.asarray(self._keys), np.asarray(self._stories)], axis=1), axis=0)
            keys, counts = np.unique(pairs[:, 0], return_counts=True)
            often = counts >= STORIES
            self._counts = dict(zip(keys[often].tolist(), counts[often].tolist(), strict=True))
        return self._counts


def _lead(lines: Sequence[str]) -> str:
    """Return the longest line of the first half, where the page has the least to say."""
    return max((line for line in lines[: (len(lines) + 1) // 2] if judge(line) is None), key=len, default="")


def _may_repeat(line: str) -> bool:
    return len(line) <= LONGEST and any(map(str.isalpha, line))


def _tells(line: str, source: str) -> bool:
    """Whether a line that repeats may still be part of stories: a sentence, speech, a byline, the name of a place."""
    folded = fold(line)
    if judge(line) is not None:
        return False
    if _SPOKEN.match(line) or _BYLINE.match(folded) or any(map(str.isdigit, line)):
        return True
    if is_sentence(line):
        return _ADDRESS.search(folded) is None
    words = list(words_of(line))
    named = len(words) <= 3 and all(word[0].isupper() for word in words)
    return named and folded not in fold(source)


def _key(source: str, line: str) -> int:
    return _digest(f"{source}\0{' '.join(fold(line).split())}")


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())

"""Near-duplicates: texts that share most of their sequences of three words.

The likeness of two texts is the Jaccard similarity of their three-word shingles. Candidates are found by MinHash and
locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman 2014, chapter 3) and then measured exactly, so
what is reported is right, and what is missed was below the threshold or, rarely, not a candidate.
"""

from typing import NamedTuple
from zlib import crc32

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from rolecall.core.tokens import tokenize

WORDS = 3
"""Words in a shingle."""
THRESHOLD = 0.5
"""Likeness from which two texts are near-duplicates: reports of one event by two outlets come to a few hundredths."""
_PERMUTATIONS = 128
_CANDIDATES = 0.35  # looser than the threshold, so that few pairs above it are not looked at

Shingles = NDArray[np.uint32]


class Near(NamedTuple):
    """A text that is like another: its key, and how much, in [0, 1]."""

    key: str
    likeness: float


def shingles(text: str) -> Shingles:
    """Return the hashes of a text's word sequences, sorted, each once; case and punctuation do not count."""
    words = [text[start:end].casefold() for start, end in tokenize(text) if any(map(str.isalnum, text[start:end]))]
    parts = (" ".join(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1)))
    return np.unique(np.fromiter((crc32(part.encode()) for part in parts), dtype=np.uint32))


def likeness(one: Shingles, other: Shingles) -> float:
    """Return the Jaccard similarity of two sets of shingles."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


class NearIndex:
    """Texts to be found by their likeness; memory grows with their number, about 2 KB each."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._lsh = MinHashLSH(threshold=min(threshold, _CANDIDATES), num_perm=_PERMUTATIONS)
        self._shingles: dict[str, Shingles] = {}

    def add(self, key: str, text: str) -> None:
        """Add a text under a key that is new; raise ValueError where it is not."""
        if key in self._shingles:
            raise ValueError(f"{key!r} is in the index already")
        self._shingles[key] = own = shingles(text)
        self._lsh.insert(key, _minhash(own), check_duplication=False)

    def find(self, text: str) -> list[Near]:
        """Return the texts that are like this one, the most alike first."""
        own = shingles(text)
        near = [Near(key, likeness(own, self._shingles[key])) for key in self._lsh.query(_minhash(own))]
        return sorted((each for each in near if each.likeness >= self._threshold), key=lambda n: (-n.likeness, n.key))


def _minhash(values: Shingles) -> MinHash:
    found = MinHash(num_perm=_PERMUTATIONS, seed=1, hashfunc=int)
    found.update_batch(values.tolist())
    return found

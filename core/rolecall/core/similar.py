"""Near-duplicates: texts that share most of their sequences of three words.

The likeness of two texts is the Jaccard similarity of their three-word shingles. Candidates are found by MinHash and
locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman 2014, chapter 3) and then measured exactly, so
what is reported is right, and what is missed was below the threshold or, rarely, not a candidate.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np
import regex
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from rolecall.core.tokens import tokenize

WORDS = 3
"""Words in a shingle."""
THRESHOLD = 0.5
"""Likeness from which two texts are near-duplicates: reports of one event by two outlets come to a few hundredths."""
PERMUTATIONS = 128
_FOUND = 0.99  # share of the pairs right at the threshold that are looked at; above it the share is higher
_WORD = re.compile(r"[^\W_]+")
# What takes the full tokeniser: marks within words, joiners, and scripts without spaces.
_INTRICATE = regex.compile(r"[\p{M}\u200c\u200d\p{Line_Break=SA}\p{Han}\p{Hiragana}\p{Katakana}]")
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)  # odd, 64 bits
_BLANK = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=int, scheme="affine32")

Hashes = NDArray[np.uint32]


class Near(NamedTuple):
    """A text that is like another: its key, and how much, in [0, 1]."""

    key: str
    likeness: float


def split_words(text: str) -> list[str]:
    """Return the tokens of a text that have a letter or digit, as written."""
    if text.isascii() or not _INTRICATE.search(text):
        return _WORD.findall(text)  # the same tokens, ten times as fast
    return [text[start:end] for start, end in tokenize(text) if any(map(str.isalnum, text[start:end]))]


def hash_words(words: Sequence[str]) -> Hashes:
    """Return a hash of each word, in order; case does not count."""
    return np.fromiter((crc32(word.casefold().encode()) for word in words), dtype=np.uint32, count=len(words))


def shingles(text: str) -> Hashes:
    """Return the hashes of a text's word sequences, sorted, each once; case and punctuation do not count."""
    return shingle(hash_words(split_words(text)))


def shingle(words: Hashes) -> Hashes:
    """Return the hashes of the sequences of these words, sorted, each once; of a short text the one there is."""
    width = min(WORDS, len(words))
    count = max(1, len(words) - width + 1)
    mixed = np.full(count, width, dtype=np.uint64)
    for at in range(width):
        mixed += words[at : at + count].astype(np.uint64) * _FACTORS[at]  # modulo 2 to the 64
    mixed ^= mixed >> np.uint64(29)
    mixed *= _FACTORS[0]
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))


def likeness(one: Hashes, other: Hashes) -> float:
    """Return the Jaccard similarity of two sets of shingles."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


def signature(shingles: Hashes) -> Hashes:
    """Return the MinHash of a text: in how many of the 128 places two texts are equal estimates their likeness."""
    return np.asarray(minhash(shingles).hashvalues, dtype=np.uint32)


def minhash(shingles: Hashes) -> MinHash:
    """Return the MinHash of a text as datasketch has it."""
    made = _BLANK.copy()
    made.update_batch(shingles.tolist())
    return made


def shape(threshold: float) -> tuple[int, int]:
    """Return how many bands of how many rows a signature is cut into: the widest that find 99% at the threshold.

    Two texts of likeness s share one of b bands of r rows with probability 1 - (1 - s^r)^b.
    """
    for rows in range(PERMUTATIONS, 1, -1):
        count = PERMUTATIONS // rows
        if 1 - (1 - threshold**rows) ** count >= _FOUND:
            return count, rows
    return PERMUTATIONS, 1


def bands(signatures: Hashes, threshold: float) -> NDArray[np.uint64]:
    """Return a hash of each band, (texts, bands): texts that share one in its place are candidates."""
    count, width = shape(threshold)
    rows = signatures[:, : count * width].reshape(len(signatures), count, width).astype(np.uint64)
    mixed = np.zeros(rows.shape[:2], dtype=np.uint64)
    for at in range(width):
        mixed = (mixed ^ (mixed >> np.uint64(31))) * _FACTORS[0] + rows[:, :, at] * _FACTORS[1]
    return mixed


class NearIndex:
    """Texts to be found by their likeness; memory grows with their number, about 12 KB each."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._lsh = MinHashLSH(num_perm=PERMUTATIONS, params=shape(threshold))
        self._shingles: dict[str, Hashes] = {}

    def add(self, key: str, text: str) -> None:
        """Add a text under a key that is new; raise ValueError where it is not."""
        if key in self._shingles:
            raise ValueError(f"{key!r} is in the index already")
        self._shingles[key] = own = shingles(text)
        self._lsh.insert(key, minhash(own), check_duplication=False)

    def find(self, text: str) -> list[Near]:
        """Return the texts that are like this one, the most alike first."""
        own = shingles(text)
        near = [Near(key, likeness(own, self._shingles[key])) for key in self._lsh.query(minhash(own))]
        return sorted((each for each in near if each.likeness >= self._threshold), key=lambda n: (-n.likeness, n.key))

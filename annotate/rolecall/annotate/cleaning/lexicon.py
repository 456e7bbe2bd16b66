"""Lines and labels that are made of the words of pages alone: "Show 12 more comments", "Read this too: a title".

News has other words: who, where, what was done. A line without any of them, and without a full stop, is none.
"""

import regex

from rolecall.annotate.cleaning.cuts import Kind
from rolecall.annotate.cleaning.phrases import phrases
from rolecall.annotate.cleaning.shapes import Verdict, fold, is_title, words_of

LONGEST = 200
"""Characters of the longest label with its title."""
MOST = 9
"""Words of the longest such line; a label has at most five."""
_ENDS_SENTENCE = regex.compile(r"(?<!\.)[.,;]\W*$")
_NOUN = regex.compile(
    r"\W*(?:share|search|reports?|print|stor(?:y|ies)) (?:of|for|by|from)(?!\p{L})"
)  # "Share of readers"
_QUOTES = regex.compile(r"[\"“”«»„]")
_LABEL = regex.compile(r"(?P<label>[^:»→]{4,50}?)\s*(?::|»|→)\s+(?P<title>.+)", regex.DOTALL)


def judge_words(text: str) -> Verdict | None:
    """Say what a line is whose words are all of pages."""
    if len(text) > LONGEST:
        return None
    folded = fold(text)
    if match := _LABEL.fullmatch(text):
        label, title = fold(match["label"]), match["title"]
        leads = phrases().leads_on.search(label)
        if leads and 1 < len(list(words_of(label))) <= 5 and _counts(label) is not None and is_title(title):
            sure = 3 if phrases().orders.search(label) else 2
            return Verdict("read-more", sure, "a label of page words and a title")
    if _NOUN.match(folded) or _QUOTES.search(text):
        return None
    found = _counts(folded)
    if found is None or found[0] == 0 or sum(found) < 2 or (_ENDS_SENTENCE.search(text) and found[0] < 2):
        return None
    kind: Kind = next((kind for kind, pattern in phrases().themes if pattern.search(folded)), "other")
    return Verdict(kind, 3 if sum(found) > 2 else 2, "nothing but words of pages")


def _counts(folded: str) -> tuple[int, int] | None:
    """Count the words that stand in no news, and those that may; None where there is any other, or too many."""
    words = list(words_of(folded))
    if not words or len(words) > MOST:
        return None
    read = phrases()
    page = [word for word in words if read.page_words.fullmatch(word)]
    plain = [word for word in words if word not in page and read.plain_words.fullmatch(word)]
    small = [word for word in words if word.isdigit() or read.small_words.fullmatch(word)]
    known = {*page, *plain, *small}
    return (len(page), len(plain)) if all(word in known for word in words) else None

"""Read what a person wrote behind "choose:" of a point: letters, none, or something of their own."""

import re
from collections.abc import Iterator
from itertools import count, product
from string import ascii_lowercase
from typing import TypeVar

from rolecall.annotate.adjudication.case import Case, Dispute, Groups
from rolecall.annotate.labelling import answers_of
from rolecall.core.scheme import Scheme
from rolecall.evaluate.match import Key

T = TypeVar("T")
_OWN = re.compile(r'(?:(?P<start>\d+):(?P<end>\d+)\s+)?(?P<role>[A-Za-z]\w*)(?:\s+"(?P<words>.+)")?')


def letters() -> Iterator[str]:
    """Yield the letters that options go by: a to z, then aa, ab and so on."""
    return ("".join(each) for size in count(1) for each in product(ascii_lowercase, repeat=size))


def choose_spans(words: str, point: Dispute[Key | None], case: Case, scheme: Scheme) -> tuple[Key, ...]:
    """Return the spans chosen for a place; raise ValueError, in words for people, where that is none."""
    found: dict[Key, None] = {}
    parts = _parts(words)
    if not parts:
        raise ValueError(f"{words!r} is no choice")
    for part in parts:
        chosen = _letters(part, point)
        if part.casefold() == "none":
            if len(parts) > 1:
                raise ValueError(f"{words!r} is no choice: none stands for itself")
            continue
        if part.casefold() == "both":
            picked = [option.what for option in point.options]
        elif chosen is not None:
            picked = _pick(chosen, point)
        else:
            picked = [_own(part, point, case, scheme)]
        found |= dict.fromkeys(key for key in picked if key is not None)
    return tuple(found)


def _parts(words: str) -> list[str]:
    """Split a choice at each ; that is not inside quotation marks."""
    parts = [""]
    for piece in words.split(";"):
        joined = parts[-1].count('"') % 2
        parts[-1:] = [f"{parts[-1]};{piece}"] if joined else [parts[-1], piece]
    return [part.strip() for part in parts if part.strip()]


def choose_link(words: str, point: Dispute[bool]) -> bool:
    """Return whether there is a link."""
    return False if words.casefold() == "none" else _one(words, point)


def choose_groups(words: str, point: Dispute[Groups]) -> Groups:
    """Return how the triggers of a point are grouped."""
    if words.casefold() == "together":
        return (point.at,)
    if words.casefold() in {"apart", "none"}:
        return tuple((place,) for place in point.at)
    return _one(words, point, more=" or together or apart")


def choose_answers(words: str, point: Dispute[tuple[str, ...]], scheme: Scheme) -> tuple[str, ...]:
    """Return the answers to a question."""
    if words.casefold() == "none":
        return ()
    if '"' not in words:
        return _one(words, point, more=" or none, or the answers in quotation marks")
    known = answers_of(scheme).get(point.question)
    if known is None:
        raise ValueError(f"the scheme has no question {point.question!r}: choose a letter or none")
    chosen = re.findall(r'"([^"]*)"', words)
    if unknown := [word for word in chosen if word not in known]:
        raise ValueError(f"{unknown[0]!r} is no answer to {point.question}; there are: {', '.join(sorted(known))}")
    several = next((each.several for each in scheme.questions if each.name == point.question), True)
    if len(chosen) > 1 and not several:
        raise ValueError(f"{point.question} takes one answer")
    return tuple(chosen)


def _letters(words: str, point: Dispute[T]) -> list[str] | None:
    parts = [part.lower() for part in re.split(r"[\s,+]+", words.strip())]
    return parts if all(len(part) == 1 or part in _lettered(point) for part in parts) else None


def _lettered(point: Dispute[T]) -> dict[str, T]:
    return dict(zip(letters(), (option.what for option in point.options), strict=False))


def _pick(chosen: list[str], point: Dispute[T]) -> list[T]:
    known = _lettered(point)
    for letter in chosen:
        if letter not in known:
            raise ValueError(f"there is no {letter} here; there are: {', '.join(known)}")
    return [known[letter] for letter in chosen]


def _one(words: str, point: Dispute[T], more: str = " or none") -> T:
    chosen = _letters(words, point)
    if chosen is None or len(chosen) != 1:
        raise ValueError(f"{words!r} is no choice: write one letter{more}")
    return _pick(chosen, point)[0]


def _own(words: str, point: Dispute[Key | None], case: Case, scheme: Scheme) -> Key:
    """Return a label of the adjudicator's own."""
    found = _OWN.fullmatch(words)
    if found is None or (found["words"] is None and found["start"] is None):
        raise ValueError(f'{words!r} is no choice: write letters, none, both, ROLE "words", or 120:131 ROLE')
    role, text = found["role"], case.article.text
    if role not in scheme.roles:
        raise ValueError(f"role {role!r} is not in the scheme: {', '.join(scheme.roles)}")
    if found["start"] is None:
        return (*_place(found["words"], point, case), role)
    start, end = int(found["start"]), int(found["end"])
    if not start < end <= len(text):
        raise ValueError(f"{start}:{end} is not inside the text's {len(text)} characters")
    if text[start:end] != text[start:end].strip():
        raise ValueError(f"{start}:{end} is {text[start:end]!r}: leave out the white space at its edges")
    if found["words"] is not None and found["words"].split() != text[start:end].split():
        raise ValueError(f"{start}:{end} is {text[start:end]!r}, not {found['words']!r}")
    return start, end, role


def _place(words: str, point: Dispute[Key | None], case: Case) -> tuple[int, int]:
    """Find words in the text: those that touch the point's place, else the only ones there are."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    places = [match.span(1) for match in re.finditer(f"(?=({pattern}))", case.article.text)] if pattern else []
    keys = [option.what for option in point.options if option.what is not None]
    near = [each for each in places if any(each[0] < end and start < each[1] for start, end, _ in keys)]
    found = near or places
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(f"the text has no {words!r}")
    where = " or ".join(f"{start}:{end}" for start, end in found[:5])
    raise ValueError(f"{words!r} stands there {len(found)} times: write its offsets and role, {where}")

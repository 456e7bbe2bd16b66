"""Guidelines in Markdown as passages with their lines and headings, and which of them speak of a role or a rule."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError

if TYPE_CHECKING:
    from markdown_it.token import Token


class Passage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A paragraph, point of a list or row of a table; lines count from 1; `heading` is the one it stands under."""

    line: int
    heading: str
    text: str


class Pointers(NamedTuple):
    """The passages that name a role, those of them that speak of the matter too, and rules that name no role."""

    named: tuple[Passage, ...]
    spoken: tuple[Passage, ...]
    general: tuple[Passage, ...]


def read_guidelines(path: Path) -> tuple[Passage, ...]:
    """Read a Markdown file; raise InputError where it cannot be read, is not UTF-8 or has no words."""
    with jsonl.open_input(path) as file:
        raw = file.read()
    try:
        found = tuple(passages(raw.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8", path=path, remedy="save the guidelines as UTF-8") from error
    if not found:
        raise InputError("has no words", path=path, remedy="give the guidelines as Markdown")
    return found


def passages(text: str) -> Iterator[Passage]:
    """Yield the passages of a Markdown text, each under the nearest heading above it; headings themselves are none."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    heading = ""
    inside: list[str] = []
    cells: list[str] = []
    row = 0
    for token in tokens:
        if token.nesting == 1:
            inside.append(token.type)
        elif token.nesting == -1:
            inside.pop()
            if token.type == "tr_close":
                yield Passage(row, heading, " | ".join(cells))
        if token.type == "tr_open":
            cells, row = [], (token.map or [0])[0] + 1  # its end has no line
        elif token.type == "inline":
            words = _plain(token.children or ())
            if inside[-1] == "heading_open":
                heading = words
            elif inside[-1] in {"th_open", "td_open"}:
                cells.append(words)
            elif words:
                yield Passage((token.map or [0])[0] + 1, heading, words)


def _plain(tokens: "Iterable[Token]") -> str:
    """Read a line without its marks for emphasis, code and links."""
    return " ".join(
        "".join(" " if token.type in {"softbreak", "hardbreak"} else token.content for token in tokens).split()
    )


def point(found: Sequence[Passage], roles: Collection[str], spoken: str | None, every: Collection[str]) -> Pointers:
    """Find what is said of these roles, and of the matter that the pattern `spoken` tells; `every` are all roles.

    Passages that name more of the roles come first.
    """
    matter = re.compile(rf"\b(?:{spoken})\b", re.IGNORECASE) if spoken else None

    def said(passage: Passage) -> int:
        return len({word.casefold() for word in matter.findall(passage.text)}) if matter else 0

    named = [each for each in found if _names(each, roles)]
    spoken_of = [each for each in found if said(each)]
    return Pointers(
        named=tuple(sorted(named, key=lambda each: (-_names(each, roles), each.line))),
        spoken=tuple(
            sorted((each for each in spoken_of if each in named), key=lambda each: (-_names(each, roles), -said(each)))
        ),
        general=tuple(
            sorted((each for each in spoken_of if not _names(each, every)), key=lambda each: (-said(each), each.line))
        ),
    )


def _names(passage: Passage, roles: Collection[str]) -> int:
    """Count the roles that stand in a passage, or in the heading above it, as they are written."""
    return sum(
        bool(re.search(rf"(?<![\w]){re.escape(role)}(?!\w)", f"{passage.heading}\n{passage.text}")) for role in roles
    )

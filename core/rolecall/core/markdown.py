"""Words of others in Markdown: shown as they are, whatever they hold. For the cards of datasets and of runs."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rolecall.core.terminal import shown

_MARKS = re.compile(r"[\\`*_\[\]<>&|~$]|(?<=:)//|(?<=www)\.|^[#+-]|^\d+[.)]", re.IGNORECASE)


def plain(words: str) -> str:
    """Write words so that Markdown and HTML find no mark, link, table cell or line break in them."""
    flat = shown(" ".join(words.split()))
    return _MARKS.sub(lambda found: "".join(f"&#{ord(letter)};" for letter in found[0]), flat)


def quoted(words: Iterable[str]) -> str:
    """Write some phrases in quotation marks, or a dash where there are none."""
    return ", ".join(f"“{plain(each)}”" for each in words) or "-"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write a Markdown table; a bar inside a cell would end it, a line break the table."""
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(' '.join(cell.split()).replace('|', '&#124;') for cell in row)} |"

"""What a dataset's own card says of it, as far as the card of a run repeats it: nothing that quotes an article."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from rolecall.core.markdown import plain, table

NAME = "README.md"
SECTIONS = ("Splits", "Sources, years, languages")
"""The sections of the dataset's card that are repeated; others quote articles."""
LICENCE = re.compile(r"- (The licence|Licences) ")
CODE = re.compile(r"[a-z]{2,3}")
"""What the Hub takes for a language."""


class DataCard(NamedTuple):
    """The parts of a dataset's card: `sections` are (title, lines); all of it is empty where there is no card."""

    name: str
    languages: tuple[str, ...] = ()
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()
    terms: tuple[str, ...] = ()

    def lines(self, digest: str) -> Iterator[str]:
        """Write the section of a run's card on its data, all escaped anew; `digest` is the manifest's SHA-256."""
        yield f"{plain(self.name)}, whose manifest has the SHA-256 `{digest}`."
        if not self.sections:
            yield "It has no card of its own."
        for title, lines in self.sections:
            yield f"\n### {title}\n"
            yield from _escaped(lines)
        if self.terms:
            yield "\n### Licence of the data\n"
            yield from (f"- {plain(html.unescape(line[2:]))}" for line in self.terms)


def read(dataset: Path) -> DataCard:
    """Read the card of a dataset; a folder without one, or with one that cannot be understood, has its name alone."""
    try:
        _, head, body = (dataset / NAME).read_text(encoding="utf-8").split("---\n", 2)
        front = yaml.safe_load(head)
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError):
        front = None
    if not isinstance(front, dict):
        return DataCard(dataset.resolve().name)
    lines = body.splitlines()
    return DataCard(
        name=next((name for name in _listed(front.get("pretty_name")) if name), dataset.resolve().name),
        languages=tuple(code for code in _listed(front.get("language")) if CODE.fullmatch(code)),
        sections=tuple((title, own) for title in SECTIONS if (own := _section(lines, title))),
        terms=tuple(line for line in lines if LICENCE.match(line)),
    )


def _listed(value: Any) -> list[str]:
    """Return the words of a field that may hold one or several; what is no word may be large beyond measure."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _section(lines: list[str], title: str) -> tuple[str, ...]:
    """Return the lines under a heading, up to the next one."""
    if f"## {title}" not in lines:
        return ()
    rest = lines[lines.index(f"## {title}") + 1 :]
    end = next((at for at, line in enumerate(rest) if line.startswith("## ")), len(rest))
    return tuple(rest[:end])


def _escaped(lines: tuple[str, ...]) -> Iterator[str]:
    """Write tables as tables and all else as words."""
    rows: list[list[str]] = []
    for line in (*lines, ""):
        if line.startswith("|"):
            rows.append([plain(html.unescape(cell)) for cell in line.strip().strip("|").split(" | ")])
            continue
        if rows:
            yield from table(rows[0], [(*row, *[""] * (len(rows[0]) - len(row)))[: len(rows[0])] for row in rows[2:]])
            rows = []
        yield plain(html.unescape(line))

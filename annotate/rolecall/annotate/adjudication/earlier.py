"""What an earlier form says: choices and notes by the points they stand at, of which nothing gets lost.

What has no place in the form that is written now goes on in it as notes: the lines of the point, and the choice.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rolecall.core import jsonl
from rolecall.core.errors import InputError

ARTICLE, POINT, CHOOSE, NOTE = "===", "---", "choose:", "#"


class Standing(NamedTuple):
    """What is said at a point: its lines without number, the choice, and the notes above it."""

    lines: tuple[str, ...]
    choice: str
    notes: tuple[str, ...]


class Section:
    """What an earlier form says about an article, or above the first: its points, and the notes after the last."""

    def __init__(self) -> None:
        self.points: list[Standing] = []
        self.notes: list[str] = []

    def take(self, lines: tuple[str, ...]) -> Standing:
        """Take out what is said at the point that has just these lines."""
        for at, point in enumerate(self.points):
            if point.lines == lines:
                return self.points.pop(at)
        return Standing(lines, "", ())

    @property
    def lost(self) -> list[str]:
        """The choices that nobody took, by the first line of their points."""
        return [f"{point.lines[0]}: {point.choice}" for point in self.points if point.choice]

    def rest(self) -> Iterator[str]:
        """Yield as notes what nobody took, where anything was chosen or noted, and the notes after the last point."""
        for point in self.points:
            if point.choice or point.notes:
                yield from ("", f"{NOTE} {POINT} not there any more: {point.lines[0]}")
                yield from (f"{NOTE}     {line}" for line in point.lines[1:])
                yield from point.notes
                yield f"{NOTE} {CHOOSE} {point.choice}".rstrip()
        if self.notes:
            yield from ("", *self.notes)


def plain(line: str) -> str:
    """A line as it is compared: one space for any white space."""
    return " ".join(line.split())


def read_earlier(path: Path) -> dict[str, Section]:
    """Return what a form says, by the heads of its articles; what stands above the first is under ""."""
    found = {"": Section()}
    section, lines, notes = found[""], list[str](), list[str]()
    inside = False
    for _, line in lines_of(path):
        if line.startswith((ARTICLE, POINT)):
            notes += [f"{NOTE} {stray}" for stray in lines if inside]
            inside, lines = line.startswith(POINT), []
        if line.startswith(ARTICLE):
            section.notes += notes
            section, notes = found.setdefault(plain(line), Section()), []
        elif line.startswith(NOTE):
            notes.append(line)
        elif line.startswith(CHOOSE) and inside:
            point = tuple(map(plain, lines))
            section.points.append(Standing(point, line.removeprefix(CHOOSE).strip(), tuple(notes)))
            inside, lines, notes = False, [], []
        elif line.startswith(POINT):
            lines = [line.removeprefix(POINT).strip().partition(" ")[2]]
        elif inside:
            lines.append(line)
        elif section.points or not line.startswith("|"):
            notes.append(f"{NOTE} {line}")
    section.notes += notes + [f"{NOTE} {stray}" for stray in lines if inside]
    return found


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a form that are not blank, with their numbers, without white space at their edges."""
    with jsonl.open_input(path) as file:
        data = file.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("is not UTF-8", path=path, line=line, remedy="save the form as UTF-8") from error
    for number, words in enumerate(text.split("\n"), 1):
        if words.strip():
            yield number, words.strip()

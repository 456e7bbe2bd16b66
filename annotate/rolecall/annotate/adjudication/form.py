"""A form to decide in with any text editor: a block for each disputed point, and a line to write the choice on.

Only what stands after "choose:" is read as a decision. Lines that begin with # and blank lines are the editor's own.
Everything else is as it was written, so a form of other readings, or one that an editor has mangled, is refused.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rolecall.annotate.adjudication.case import Case, Dispute, Groups, disputes
from rolecall.annotate.adjudication.choices import letters
from rolecall.annotate.adjudication.earlier import ARTICLE, CHOOSE, NOTE, POINT, Section, plain, read_earlier
from rolecall.annotate.adjudication.merge import Watch, case_of
from rolecall.annotate.adjudication.versions import Versions
from rolecall.annotate.adjudication.wording import at_offsets, of_groups, of_pair, what_differs
from rolecall.core import jsonl
from rolecall.core.records import Article
from rolecall.core.scheme import Scheme
from rolecall.evaluate.match import Key

_AROUND = 50

Point = Dispute[Key | None] | Dispute[bool] | Dispute[Groups] | Dispute[tuple[str, ...]]


class Block(NamedTuple):
    """A disputed point as the form has it: its lines, without number and choice."""

    point: Point
    lines: tuple[str, ...]


class Written(NamedTuple):
    """How many articles and points a form has, how many choices were carried over, and those that were not."""

    articles: int
    points: int
    carried: int
    lost: list[str]


def write_form(
    versions: Versions,
    articles: Mapping[str, Article],
    scheme: Scheme,
    path: Path,
    *,
    update: bool = False,
    watch: Watch = iter,
) -> Written:
    """Write the form of all articles on which versions differ; with `update` keep the choices of the one there is.

    A choice is kept where its point is the same to the letter. Other choices, and all notes, go on as notes.
    """
    before = read_earlier(path) if update and path.exists() else {}
    found = points = carried = 0
    lost: list[str] = []

    def lines() -> Iterator[str]:
        nonlocal found, points, carried
        head = list(_head(scheme))
        yield from head
        yield from _above(before.pop("", Section()), head)
        for name in watch(articles):
            case = case_of(versions, articles[name], scheme)
            blocks = blocks_of(case)
            if not blocks:
                continue
            found += 1
            section = before.pop(plain(head_of(case)), Section())
            yield from ("", "", head_of(case), f"    {opening_of(case)}")
            for number, block in enumerate(blocks, 1):
                earlier = section.take(tuple(map(plain, block.lines)))
                points += 1
                carried += bool(earlier.choice)
                yield from ("", f"{POINT} {number} {block.lines[0]}", *(f"    {line}" for line in block.lines[1:]))
                yield from earlier.notes
                yield f"{CHOOSE} {earlier.choice}".rstrip()
            lost.extend(f"{head_of(case)} {one}" for one in section.lost)
            yield from section.rest()
        for above, section in before.items():
            lost.extend(f"{above} {one}" for one in section.lost)
            if rest := list(section.rest()):
                yield from ("", f"{NOTE} {above}", *rest)

    jsonl.write_text(path, "".join(f"{line}\n" for line in lines()))
    return Written(found, points, carried, lost)


def _above(section: Section, head: list[str]) -> Iterator[str]:
    """Yield the notes that people wrote above the first article."""
    notes = [line for line in section.notes if line not in head and not line.startswith(_TITLE)]
    yield from ("", *notes) if notes else ()


_TITLE = f"{NOTE} Adjudication, scheme "


def _head(scheme: Scheme) -> Iterator[str]:
    yield f"{_TITLE}{scheme.fingerprint}"
    yield f'{NOTE} Write behind each "{CHOOSE}" what is right:'
    yield f"{NOTE}   a letter, or several (a b); none where nobody is right"
    yield f'{NOTE}   a label of your own: ROLE "words of the text", or 120:131 ROLE; more of them with ; between'
    yield f"{NOTE}   for events: a letter, together, or apart"
    yield f'{NOTE}   for questions: a letter, none, or the answers "in quotation marks"'
    yield f"{NOTE} A label is unsure where all who have it marked it so; nothing asks you about that."
    yield f"{NOTE} Lines that begin with {NOTE} are yours to add. Change nothing else; what you leave empty stays open."


def head_of(case: Case) -> str:
    """The line above the points of an article."""
    return f"{ARTICLE} {json.dumps(case.article.id, ensure_ascii=False)} {case.article.hash[:12]}"


def opening_of(case: Case) -> str:
    """The first words of an article, behind a bar: what a text begins with must not look like a part of the form."""
    return f"| {plain(case.article.text)[:100]}".strip()


def blocks_of(case: Case) -> list[Block]:
    """Return the points of a case as blocks, in the form's order."""
    found = disputes(case)
    blocks = []
    for place in found.spans:
        said = ["nothing" if o.what is None else at_offsets(case, o.what) for o in place.options]
        blocks.append(_block(place, what_differs(place), _around(case, place.at[0]), said))
    for link in found.links:
        ends = of_pair(case, (link.at[0], link.at[1]), offsets=True)
        blocks.append(_block(link, "link", ends, ["a link" if o.what else "no link" for o in link.options]))
    for event in found.events:
        blocks.append(
            _block(event, "one event or several", "", [of_groups(case, o.what, offsets=True) for o in event.options])
        )
    for each in found.choices:
        said = [", ".join(f'"{plain(word)}"' for word in o.what) or "no answer" for o in each.options]
        blocks.append(_block(each, f"question {each.question}", "", said))
    return blocks


def _block(point: Point, what: str, where: str, said: list[str]) -> Block:
    width = max(map(len, said))
    people = [", ".join(map(plain, option.who)) for option in point.options]
    sides = (f"{letter}  {words:{width}}  {who}" for letter, words, who in zip(letters(), said, people, strict=False))
    return Block(point, (what, *([f"| {where}"] if where else []), *sides))


def _around(case: Case, place: int) -> str:
    """The words around a place, which stands in brackets."""
    keys, text = case.places[place].keys, case.article.text
    start, end = min(key[0] for key in keys), max(key[1] for key in keys)
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    before = before if start <= _AROUND else "… " + before.partition(" ")[2]
    after = after if end + _AROUND >= len(text) else after.rpartition(" ")[0] + " …"
    return plain(f"{before}[{text[start:end]}]{after}")

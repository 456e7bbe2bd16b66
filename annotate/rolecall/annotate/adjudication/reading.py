"""Read a form back: gold of what was decided in it, and what is still open, each by its line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import combinations
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import NamedTuple

from rolecall.annotate.adjudication.case import Case, components, disputes, overlaps
from rolecall.annotate.adjudication.choices import choose_answers, choose_groups, choose_link, choose_spans
from rolecall.annotate.adjudication.composition import compose, started_from
from rolecall.annotate.adjudication.decisions import OFFERED, trace
from rolecall.annotate.adjudication.earlier import ARTICLE, CHOOSE, NOTE, POINT, lines_of
from rolecall.annotate.adjudication.form import Block, blocks_of, head_of, opening_of
from rolecall.annotate.adjudication.merge import (
    GOLD,
    ONLY_READER,
    Watch,
    case_of,
    check_name,
    not_made,
    settle,
    settle_single,
)
from rolecall.annotate.adjudication.outcome import Paths, Recorder, Result, Undecided, recording
from rolecall.annotate.adjudication.rules import UNANIMOUS, Verdict, decide
from rolecall.annotate.adjudication.versions import Versions
from rolecall.annotate.adjudication.wording import at_offsets, of_group, of_pair, of_place
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.scheme import Scheme
from rolecall.evaluate.match import Key


class Said(NamedTuple):
    """What a form says about a point, and on which line."""

    words: str
    line: int


def read_form(
    form: Path,
    versions: Versions,
    articles: Mapping[str, Article],
    scheme: Scheme,
    paths: Paths,
    *,
    adjudicator: str,
    take_singles: bool = False,
    by: str = GOLD,
    watch: Watch = iter,
) -> Result:
    """Write the gold of a form's articles all of whose points are decided, and of those on which all versions agree.

    `adjudicator` is who decided, when the form was last changed. Raises InputError naming the line of what is no
    choice, and of what stands otherwise than the form of these versions has it.
    """
    check_name(versions, by)
    _check_adjudicator(adjudicator)
    sections = _sections(form, articles)
    maker = _Maker(form, versions, scheme, by=by, adjudicator=adjudicator)
    with recording(paths) as recorder:
        recorder.others(versions)
        for name in watch(articles):
            case = case_of(versions, articles[name], scheme)
            if len(case.versions) == 1:
                settle_single(recorder, versions, case, scheme, take=take_singles, by=by)
            elif blocks := blocks_of(case):
                if name in sections:
                    maker.bring(recorder, case, _said(form, case, blocks, sections[name]))
                else:
                    recorder.leave(case, Undecided(name, "differs, and is not in the form"))
            elif case.versions:
                verdict, _ = decide(case, UNANIMOUS)
                settle(recorder, versions, case, verdict, scheme, rule=UNANIMOUS, by=by)
            else:
                recorder.unread.append(name)
        _check_needed(form, sections, versions, articles, scheme)
    return recorder.result()


def _check_adjudicator(name: str) -> None:
    """Refuse a name that tells nothing, or that the decisions have for something else."""
    if not name.strip() or name in {str(UNANIMOUS), ONLY_READER, OFFERED}:
        raise InputError(f"--adjudicator {name!r}: is nobody's name", remedy="name who filled in the form")


Lines = list[tuple[int, str]]


def _sections(form: Path, articles: Mapping[str, Article]) -> dict[str, Lines]:
    """Return the lines of each article in a form, its head first."""
    sections: dict[str, Lines] = {}
    current: Lines = []
    for number, line in lines_of(form):
        if line.startswith(ARTICLE):
            name = _name(line)
            if name not in articles or name in sections:
                what = "stands twice" if name in sections else "is not among those given"
                raise InputError(f"article {name!r} {what}", path=form, line=number, remedy="remove these lines")
            current = sections[name] = []
        if not line.startswith(NOTE):
            current.append((number, line))
    if not sections:
        raise InputError("holds no articles", path=form, remedy="make a form: rolecall annotate adjudicate write")
    return sections


def _name(line: str) -> str:
    try:
        name, _ = JSONDecoder().raw_decode(line.removeprefix(ARTICLE).strip())
    except JSONDecodeError:
        return line
    return str(name)


def _check_needed(
    form: Path, sections: Mapping[str, Lines], versions: Versions, articles: Mapping[str, Article], scheme: Scheme
) -> None:
    """Refuse a form with articles on which nobody differs now: its choices would be lost in silence."""
    for name, lines in sections.items():
        if not disputes(case_of(versions, articles[name], scheme)):
            raise _altered(form, lines[0][0], f"article {name!r} has no point on which its readings differ")


def _altered(form: Path, line: int, what: str) -> InputError:
    return InputError(
        what,
        path=form,
        line=line,
        remedy=f'change only what stands behind "{CHOOSE}"; where readings have changed since, write the form anew '
        "with --update, which keeps your choices",
    )


def _said(form: Path, case: Case, blocks: list[Block], lines: Lines) -> list[Said]:
    """Return what is said about each point, after checking that all else stands as it was written."""
    found: list[Said] = []
    there = iter(lines)
    last = lines[-1][0]
    for expected in _expected(case, blocks):
        number, line = next(there, (last, ""))
        if not line:
            raise _altered(form, number, f"article {case.article.id!r} ends here, before {expected!r}")
        if expected == CHOOSE and line.startswith(CHOOSE):
            found.append(Said(line.removeprefix(CHOOSE).strip(), number))
        elif line.split() != expected.split():
            raise _altered(form, number, f"{line!r} stands where the form has {' '.join(expected.split())!r}")
    for number, line in there:
        raise _altered(form, number, f"{line!r} is not in the form of these readings")
    return found


def _expected(case: Case, blocks: list[Block]) -> Iterator[str]:
    yield head_of(case)
    yield opening_of(case)
    for number, block in enumerate(blocks, 1):
        yield f"{POINT} {number} {block.lines[0]}"
        yield from block.lines[1:]
        yield CHOOSE


class _Maker:
    """Makes gold of what a form says about articles."""

    def __init__(self, form: Path, versions: Versions, scheme: Scheme, *, by: str, adjudicator: str) -> None:
        self._form, self._versions, self._scheme = form, versions, scheme
        self._by, self._adjudicator = by, adjudicator
        changed = datetime.fromtimestamp(form.stat().st_mtime, UTC)
        self._at = changed.isoformat(timespec="seconds").replace("+00:00", "Z")

    def bring(self, recorder: Recorder, case: Case, said: list[Said]) -> None:
        """Write the gold of an article, or which of its points are open."""
        verdict, left = self._verdict(case, said)
        if left:
            lines = tuple(f"line {number}: {what}" for number, what in left)
            recorder.leave(case, Undecided(case.article.id, "points are open in the form", lines))
            return
        aided = self._versions.aided.get(case.article.id, {})
        gold = compose(case, verdict, self._scheme, by=self._by, suggestion=started_from(aided))
        found = trace(
            case,
            gold,
            self._scheme,
            by=lambda agreed: str(UNANIMOUS) if agreed else self._adjudicator,
            at=self._at,
            aided=aided,
        )
        recorder.remarks += not_made(case, verdict, self._scheme)
        recorder.decide(gold, found, self._adjudicator)

    def _verdict(self, case: Case, said: list[Said]) -> tuple[Verdict, list[tuple[int, str]]]:
        """Return what stands, and the lines of points that are open; a link without an end is no open point."""
        found, lines = disputes(case), iter(said)
        agreed, _ = decide(case, UNANIMOUS)
        spans, answers = dict(agreed.spans), dict(agreed.choices)
        left: list[tuple[int, str]] = []
        chosen: dict[Key, int] = {}
        for place in found.spans:
            if (one := next(lines)).words:
                with self._line(one):
                    spans[place.at[0]] = choose_spans(one.words, place, case, self._scheme)
                chosen |= dict.fromkeys(spans[place.at[0]], one.line)
            else:
                left.append((one.line, of_place(case, place.at[0])))
        self._check_overlaps(case, spans, chosen)
        standing = {place for place, keys in spans.items() if keys}
        links = {pair for pair in case.links if pair not in {each.at for each in found.links}}
        for link in found.links:
            if (one := next(lines)).words:
                with self._line(one):
                    links |= {(link.at[0], link.at[1])} if choose_link(one.words, link) else set()
            elif set(link.at) <= standing:
                left.append((one.line, f"link {of_pair(case, (link.at[0], link.at[1]))}"))
        joins = {pair for pair in case.joins if not any(set(pair) <= set(each.at) for each in found.events)}
        for event in found.events:
            if (one := next(lines)).words:
                with self._line(one):
                    groups = choose_groups(one.words, event)
                joins |= {pair for group in groups for pair in combinations(group, 2)}
            elif len(standing & set(event.at)) > 1:
                left.append((one.line, f"events {of_group(case, event.at)}"))
        for each in found.choices:
            if (one := next(lines)).words:
                with self._line(one):
                    answers[each.question] = choose_answers(one.words, each, self._scheme)
            else:
                left.append((one.line, f"question {each.question}"))
        events = tuple(components(pair for pair in joins if set(pair) <= standing))
        return Verdict(spans, tuple(sorted(links)), events, answers), left

    def _check_overlaps(self, case: Case, spans: Mapping[int, tuple[Key, ...]], chosen: Mapping[Key, int]) -> None:
        """Refuse choices after which two labels of one layer overlap; those of open points are not there yet."""
        for pair in overlaps(case, (key for keys in spans.values() for key in keys)):
            one, other = (
                f"{at_offsets(case, key)} ({f'line {chosen[key]}' if key in chosen else 'on which all agree'})"
                for key in pair
            )
            raise InputError(
                f"{one} and {other} overlap in one layer",
                path=self._form,
                line=max(chosen.get(key, 0) for key in pair) or None,
                remedy="choose one of them, or write bounds that do not overlap",
            )

    @contextmanager
    def _line(self, one: Said) -> Iterator[None]:
        """Say on which line of the form something is no choice."""
        try:
            yield
        except ValueError as error:
            raise InputError(
                str(error), path=self._form, line=one.line, remedy="mend this line; the head of the form says how"
            ) from error

"""Check a file of annotations: once through it to learn what is usual, then article by article."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.annotate.checks.census import Census, rare_role
from rolecall.annotate.checks.consistency import split_form
from rolecall.annotate.checks.course import Course
from rolecall.annotate.checks.drift import drift
from rolecall.annotate.checks.expectation import Expectation
from rolecall.annotate.checks.findings import Finding, Hit
from rolecall.annotate.checks.forms import Forms
from rolecall.annotate.checks.reading import Facts, Reading, finished
from rolecall.annotate.checks.settings import Active
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme

Link = Callable[[Annotation], str | None]
Readings = Iterable[tuple[Article, list[Annotation]]]
Located = Iterable[tuple[int, Annotation]]


class Corpus:
    """A file of annotations, read whole once: where each article's readings stand, and the forms of people's labels.

    In memory are distinct forms, and a few numbers for each reading. Readings that were skipped are left out, and so
    are a model's unless `named`. Raises InputError for a record that does not fit the articles or the scheme, and for
    two readings of an article by one person. `watch` may count the records on their way.
    """

    def __init__(
        self,
        path: Path,
        articles: Mapping[str, Article],
        scheme: Scheme,
        *,
        named: Collection[str] = (),
        watch: Callable[[Located], Located] = iter,
    ) -> None:
        self.path, self.articles, self.scheme = path, articles, scheme
        self.people: Counter[str] = Counter()
        self.skipped = self.models = 0
        self.forms = Forms(scheme)
        self._places: dict[str, list[int]] = {}
        self._decoder = msgspec.json.Decoder(Annotation)
        self._bare: set[str] = set()
        located = jsonl.locate_annotations(path, scheme=scheme.fingerprint, roles=scheme.roles, articles=articles)
        for offset, annotation in watch(located):
            if annotation.status == "skipped":
                self.skipped += 1
            elif annotation.kind == "model" and annotation.by not in named:
                self.models += 1
            else:
                self._take(offset, annotation)

    def _take(self, offset: int, annotation: Annotation) -> None:
        self.people[annotation.by] += 1
        self._places.setdefault(annotation.article, []).append(offset)
        if annotation.kind != "model":
            self.forms.add(annotation)
            if finished(annotation) and not annotation.spans:
                self._bare.add(annotation.article)

    def __len__(self) -> int:
        """How many articles have a reading."""
        return len(self._places)

    def facts(self, *, expect: bool = True) -> Facts:
        """Return what the corpus tells.

        What words let one `expect` takes another way through the file, and is learnt only where the one reading of an
        article marks nothing.
        """
        splits = {(split.layer, split.form): split for split in self.forms.splits()}
        if not expect or all(len(self._places[article]) > 1 for article in self._bare):
            return Facts(self.forms, splits)
        expectation = Expectation(self.forms.trigger_words(), self.scheme.triggers)
        for article, readings in self.readings():
            expectation.add(article.text, filter(finished, readings))
        return Facts(self.forms, splits, expectation)

    def readings(self) -> Iterator[tuple[Article, list[Annotation]]]:
        """Yield each article with its readings, in the order in which articles first stand in the file."""
        with jsonl.open_input(self.path) as file:
            for name, places in self._places.items():
                found = {}
                for place in places:
                    file.seek(place)
                    annotation = self._decoder.decode(file.readline())
                    if annotation.by in found:
                        raise InputError(
                            f"{annotation.by!r} annotated article {name!r} twice",
                            path=self.path,
                            line=_line_at(self.path, place),
                            remedy="keep one record for each article and annotator",
                        )
                    found[annotation.by] = annotation
                yield self.articles[name], [*found.values()]


def _line_at(path: Path, place: int) -> int:
    """Return the number of the line that begins at a byte."""
    with jsonl.open_input(path) as file:
        return next(number for number, _ in enumerate(file, 1) if file.tell() > place)


def check(
    corpus: Corpus,
    rules: Mapping[str, Active],
    *,
    by: Collection[str] = (),
    link: Link = lambda _: None,
    watch: Callable[[Readings], Readings] = iter,
) -> Iterator[Finding]:
    """Yield what the rules find: article by article, then what concerns people, then what concerns the corpus.

    `by` are the people whose labels are told about, everybody when it is empty; what is usual is learnt from all.
    `watch` may count the articles on their way.
    """
    scheme, facts = corpus.scheme, corpus.facts(expect="no-spans" in rules)
    looks = [(one, one.rule.look) for one in rules.values() if one.rule.look is not None]
    census, course = Census(), Course([*scheme.roles])
    for article, readings in watch(corpus.readings()):
        census.add(filter(finished, readings))
        if "drift" in rules:
            course.add(article, readings)
        for annotation in readings:
            if by and annotation.by not in by:
                continue
            others = tuple(other for other in readings if other is not annotation)
            reading = Reading(article, annotation, scheme, facts, others)
            for one, look in looks:
                for hit in look(reading, one.options):
                    yield _finding(one, hit, annotation, link(annotation))
    yield from _overall(_Whole(scheme, facts, census, course), rules, by)


class _Whole(NamedTuple):
    """What there is to know of a corpus when all its readings have gone by."""

    scheme: Scheme
    facts: Facts
    census: Census
    course: Course


def _overall(whole: _Whole, rules: Mapping[str, Active], by: Collection[str]) -> Iterator[Finding]:
    """Yield what is found in the corpus as a whole."""
    if on := rules.get("split-form"):
        yield from (_of_corpus(on, hit, who) for who, hit in split_form(whole.facts, on.options) if not by or who in by)
    if on := rules.get("drift"):
        yield from (_of_corpus(on, hit, who) for who, hit in drift(whole.course, on.options) if not by or who in by)
    if (on := rules.get("rare-role")) and not by:
        yield from (_of_corpus(on, hit) for hit in rare_role(whole.census, whole.scheme.roles, on.options))


def _finding(one: Active, hit: Hit, annotation: Annotation, link: str | None) -> Finding:
    span = hit.span
    return Finding(
        rule=one.rule.name,
        severity=one.options.severity or hit.severity or one.rule.severity,
        message=hit.message,
        article=annotation.article,
        by=annotation.by,
        start=span.start if span else None,
        end=span.end if span else None,
        role=span.role if span else hit.role,
        text=span.text if span else None,
        link=link,
    )


def _of_corpus(one: Active, hit: Hit, by: str | None = None) -> Finding:
    severity = one.options.severity or hit.severity or one.rule.severity
    return Finding(rule=one.rule.name, severity=severity, message=hit.message, by=by, role=hit.role)

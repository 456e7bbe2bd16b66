"""Agreement on the annotations of a file: what was read, who differs from whom where, and the card of all of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from rolecall.evaluate import readings
from rolecall.evaluate.agreement import Sides, agree, own_work, sides, stands
from rolecall.evaluate.card import AgreementCard, Source
from rolecall.evaluate.disagreements import Disagreement, ask, find, overrule
from rolecall.evaluate.dissent import sum_up
from rolecall.evaluate.files import find_groups, sides_of
from rolecall.evaluate.linkage import linkers, tally_links
from rolecall.evaluate.readings import AnnotationFile
from rolecall.evaluate.score import count_side, people
from rolecall.evaluate.signature import Terms, labels_hash
from rolecall.evaluate.tally import Readings
from rolecall.evaluate.tokenwise import agree as kappas


class Opened(NamedTuple):
    """The labels of a file: gold, the annotators' readings by article, their groups, and the texts if they are given.

    Skipped and draft annotations are not among them.
    """

    scheme: Scheme
    file: AnnotationFile
    gold: Readings
    others: Mapping[str, Readings]
    groups: Mapping[str, str]
    texts: Mapping[str, Article] | None
    sources: dict[str, Source]

    @property
    def own(self) -> dict[str, dict[str, Annotation]]:
        """The annotators' readings that started from no suggestion."""
        return own_work(self.others)

    @property
    def counted(self) -> list[Annotation]:
        """All readings that are compared: gold that stands, and the annotators' own."""
        own = (reading for by in self.own.values() for reading in by.values())
        return [*filter(stands, self.gold.values()), *own]

    @property
    def sides(self) -> Sides:
        """Who is held against whom."""
        return sides(self.others, self.gold, self.file.places)


def open_agreement(
    path: Path, *, articles: Path | None = None, scheme: str | Path | None = None, gold_by: str | None = None
) -> Opened:
    """Read the annotations of a file and check them against the texts.

    Gold is the annotator `gold_by`, else whoever adjudicated; without either there is none. Raises InputError as
    `score_files` does, and where the file has fewer than two annotators.
    """
    found = readings.find_scheme(path, scheme)
    file = readings.read(path, found)
    gold, others = readings.part(file, gold_by)
    first = {article: next(iter(by.values())) for article, by in file.readings.items()}
    sources = {"annotations": file.source(gold_by)}
    groups = find_groups(articles, first, sides_of(file), sources)
    texts = None if articles is None else jsonl.ArticleFile(articles)
    return Opened(found, file, gold, others, groups, texts, sources)


def compare(opened: Opened) -> list[Disagreement]:
    """Find every disagreement of annotators with each other, and whose version gold has.

    Where no two annotators can be compared, it is with gold that they are.
    """
    langs = {} if opened.texts is None else {name: opened.texts[name].lang for name in opened.file.places}
    among = linkers(opened.counted)
    found = (
        each
        for first, second in opened.sides.compared
        for name in first
        for each in find(first[name], second[name], opened.scheme, lang=langs.get(name), linkers=among)
    )
    return [ask(opened.gold[each.article], each) if each.article in opened.gold else each for each in found]


def overruled(opened: Opened) -> list[Disagreement]:
    """Find where adjudicated gold differs from what two or more annotators of an article agree on."""
    found = []
    for name, by in opened.own.items():
        gold = opened.gold.get(name)
        if gold is not None and gold.kind == "adjudicated" and len(by) > 1:
            lang = None if opened.texts is None else opened.texts[name].lang
            found += overrule(by.values(), gold, opened.scheme, lang=lang)
    return found


def measure(
    opened: Opened, found: Sequence[Disagreement], *, tokens: bool = False, resamples: int = 1000, seed: int = 0
) -> AgreementCard:
    """Compare all annotators on all articles; `found` are their disagreements.

    With `tokens` by token too, corrected for chance. Raises InputError where that is asked without texts.
    """
    if tokens and opened.texts is None:
        raise InputError("--tokens asks about the articles", remedy="add --articles articles.jsonl")
    own, pairs, counted = opened.own, opened.sides, opened.counted
    side = count_side(counted, opened.scheme)
    among = linkers(counted)
    return AgreementCard(
        terms=Terms(scheme=opened.scheme.fingerprint, labels=labels_hash(counted), resamples=resamples, seed=seed),
        layers=opened.scheme.layer_roles,
        spans=side.spans,
        groups=len({opened.groups.get(article, article) for article in opened.file.places}),
        duplicates=side.duplicates,
        agreement=agree(opened.others, opened.gold, opened.file.places, opened.groups),
        kappa=kappas(people(own), opened.texts, opened.scheme) if tokens and opened.texts is not None else {},
        links=tally_links((*pairs.between, *pairs.with_gold), opened.groups, among),
        linkers=tuple(sorted(among)),
        dissent=sum_up(found, opened.texts),
        overruled=sum_up(against, opened.texts) if (against := overruled(opened)) else None,
        unlabelled=opened.file.unlabelled,
        sources=opened.sources,
    )


def agree_file(
    path: Path,
    *,
    articles: Path | None = None,
    scheme: str | Path | None = None,
    gold_by: str | None = None,
    tokens: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> AgreementCard:
    """Compare all annotators of a file on all its articles: `open_agreement`, `compare` and `measure` in one."""
    opened = open_agreement(path, articles=articles, scheme=scheme, gold_by=gold_by)
    return measure(opened, compare(opened), tokens=tokens, resamples=resamples, seed=seed)

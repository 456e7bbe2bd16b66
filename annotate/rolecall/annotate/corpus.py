"""Articles with the readings of them, the choice of one reading each, and their splits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from rolecall.annotate import allocation, splits
from rolecall.annotate.adjudication.composition import compose, started_from
from rolecall.annotate.adjudication.merge import case_of, points
from rolecall.annotate.adjudication.rules import Rule, decide, parse_rule
from rolecall.annotate.adjudication.versions import Versions
from rolecall.annotate.allocation import Allocation, Pool
from rolecall.annotate.division import Cut, cut_by_date, join_sources
from rolecall.annotate.manifest import Options
from rolecall.annotate.plan import assigned, held_out
from rolecall.annotate.plan import read as read_plan
from rolecall.annotate.readings import MERGED, Readings, choose
from rolecall.annotate.stories import day_of
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.groups import Names
from rolecall.core.ledger import Ledger
from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.core.spool import Spool
from rolecall.core.wording import few


class Settled(NamedTuple):
    """Files that settle splits: a team plan, an earlier splits file to hold on to, or splits by article."""

    plan: Path | None = None
    splits: Path | None = None
    ids: Path | None = None

    def paths(self) -> dict[str, Path]:
        """Return those that are given, by name."""
        return {name: path for name, path in self._asdict().items() if path is not None}


class Corpus:
    """Articles with the readings of them, of which memory holds ids, groups and places in files.

    Merged readings go to the `spool`. Raises InputError for what does not fit together.
    """

    def __init__(
        self,
        articles: Path,
        annotations: Path,
        scheme: Scheme,
        options: Options,
        ledger: Ledger,
        *,
        settled: Settled,
        spool: Spool,
    ) -> None:
        self.scheme, self.options, self.settled = scheme, options, settled
        self.articles = jsonl.ArticleFile(articles)
        self.readings = Readings(annotations, scheme, self.articles)
        rule = None if options.rule is UNSET else parse_rule(options.rule)
        self.chosen = choose(self.readings, options.by, ledger, rule)
        self._spool, self._merged = spool, dict[str, int]()
        self._merge(rule)
        self.unlabelled = [name for name in self.articles if name not in self.chosen]
        self.labelled = [name for name in self.articles if name in self.chosen]
        self.earlier = {} if settled.splits is None else allocation.read(settled.splits)
        self._sources = {name: each.source for name, each in self.earlier.items()}
        self._days: dict[str, int] = {}
        known = splits.groups(chain(self._noted(), allocation.kin(self.earlier, self.articles)))
        self._known = join_sources(known, self._sources) if options.split_by == "source" else known
        self.group_of = {name: self._known[name] for name in self.labelled}
        self.cut: Cut | None = None
        self.absent: list[str] = []
        split_of = self._split()
        self.fold_of = self._fold(split_of)
        self.ids = {split: [name for name in self.labelled if split_of[name] == split] for split in splits.SPLITS}

    def _noted(self) -> Iterator[Names]:
        """Yield what tells of each article's story, and keep what other ways of splitting go by."""
        for article in self.articles.values():
            if self.options.split_by == "source":
                self._sources[article.id] = article.source
            elif self.options.split_by == "date" and article.id in self.chosen:
                self._days[article.id] = day_of(article.published)
            yield Names(article.id, article.hash, article.story, article.duplicate_of)

    def _merge(self, rule: Rule | None) -> None:
        """Make a reading by majority where one is asked for; raise InputError where there is no majority."""
        wanted = [name for name, by in self.chosen.items() if by == MERGED]
        if rule is None or not wanted:
            return
        versions = Versions(self.readings.path, self.scheme, self.articles)
        if MERGED in versions.people:
            raise InputError(
                f"an annotator is called {MERGED!r}, as what the rule makes would be",
                path=self.readings.path,
                remedy="rename them, or adjudicate: rolecall annotate adjudicate merge --by NAME",
            )
        tied: dict[str, str] = {}
        for name in wanted:
            case = case_of(versions, self.articles[name], self.scheme)
            verdict, ties = decide(case, rule)
            if ties:
                tied[name] = next(iter(points(case, ties)), "")
                continue
            suggestion = started_from(versions.aided.get(name, {}))
            gold = compose(case, verdict, self.scheme, by=MERGED, suggestion=suggestion, rule=rule)
            self._merged[name] = self._spool.add(msgspec.json.encode(gold))
        if tied:
            names = "; ".join(few(f"{article}: {point}" for article, point in tied.items()))
            raise InputError(
                f"in {len(tied):,} articles there is no majority: {names}",
                path=self.readings.path,
                remedy="let somebody decide (rolecall annotate adjudicate), by rule too (adjudicate merge --ties), and "
                "put that gold beside these labels; or --rule precedence:NAME,NAME",
            )

    @cached_property
    def contents(self) -> Mapping[str, Counter[str]]:
        """The labels of each group by role."""
        found: dict[str, Counter[str]] = {group: Counter() for group in self.group_of.values()}
        for name, group in self.group_of.items():
            found[group].update(span.role for span in self.gold(name).spans)
        return found

    def _split(self) -> dict[str, str]:
        """Return the split of each labelled article: as files or the articles say, by date, or drawn."""
        options, (plan, earlier, ids) = self.options, self.settled
        shares = splits.Shares(*options.split)
        if plan is not None:
            planned = read_plan(plan)
            here = {name: assigned(planned, name, self.articles[name].hash, path=plan) for name in self.group_of}
            test = held_out(here)
            self._check_unaided(test)
            split_of = splits.draw_beside(self.group_of, test, shares, options.seed, self.contents)
        elif options.split_field is not None:
            split_of = splits.given((self.articles[name] for name in self.group_of), options.split_field)
        elif ids is not None:
            given = allocation.read_ids(ids)
            self.absent = allocation.absent(given, self.group_of)
            split_of = allocation.take(given, self.group_of, path=ids)
        elif earlier is not None:
            self.absent = allocation.absent(self.earlier, self.group_of)
            self._check_ours(earlier)
            pool = Pool(self._known, self.contents, options.seed)
            split_of = allocation.hold(self.earlier, pool, self.labelled, shares, path=earlier)
        elif options.split_by == "date":
            split_of, self.cut = cut_by_date(self.group_of, self._days, shares)
        else:
            by = "source" if options.split_by == "source" else "story"
            return splits.draw(self.group_of, shares, options.seed, self.contents, by=by)
        splits.check_torn(self.group_of, split_of)
        return split_of

    def _fold(self, split_of: Mapping[str, str]) -> dict[str, int]:
        """Return the fold of each article of train, where folds are asked for."""
        if self.options.folds is UNSET:
            return {}
        pool = Pool(self._known, self.contents, self.options.seed)
        return allocation.fold(split_of, pool, self.options.folds, self.earlier, path=self.settled.splits)

    def allocations(self) -> allocation.Allocations:
        """Return where each article stands, those of the earlier splits file that are not labelled here included."""
        found = dict(self.earlier)
        for split, ids in self.ids.items():
            for name in ids:
                article, before = self.articles[name], self.earlier.get(name)
                known = before.fold if before is not None and split == "train" else None
                found[name] = Allocation(
                    id=name,
                    hash=article.hash,
                    story=article.story,
                    duplicate_of=article.duplicate_of,
                    source=article.source,
                    split=split,  # type: ignore[arg-type]  # one of the three
                    fold=self.fold_of.get(name, known),
                )
        return found

    def _check_ours(self, path: Path) -> None:
        """Raise InputError for an earlier splits file of other articles: nothing would be held on to, and no test."""
        if {self._known[name] for name in self.earlier}.isdisjoint(self.group_of.values()):
            raise InputError(
                f"knows none of the {len(self.group_of):,} labelled articles, nor their stories",
                path=path,
                remedy="give the splits.jsonl of an earlier dataset of these articles, or leave --splits away",
            )

    def _check_unaided(self, test: Iterable[str]) -> None:
        """Raise InputError for test articles whose labels started from a suggestion: the plan promises that none do."""
        anchored = {
            name: people for name in sorted(test) if (people := self.readings.anchored(name, self.chosen[name]))
        }
        if anchored:
            names = ", ".join(few(f"{article} ({', '.join(people)})" for article, people in anchored.items()))
            raise InputError(
                f"{len(anchored):,} test articles of the plan were labelled from a model's suggestion: {names}",
                path=self.readings.path,
                remedy="label them anew without it, or take the labels of somebody who did: --by NAME",
            )

    def suggested(self, ids: Iterable[str]) -> list[str]:
        """Name the articles whose gold is one person's reading and started from a suggestion."""
        alone = [name for name in ids if name not in self._merged]
        golden = ((name, self.readings.of[name][self.chosen[name]]) for name in alone)
        return [name for name, reading in golden if reading.suggested and reading.kind == "human"]

    def gold(self, name: str) -> Annotation:
        """Read the annotation that stands for an article."""
        if name in self._merged:
            return msgspec.json.decode(self._spool.get(self._merged[name]), type=Annotation)
        return self.readings.get(name, self.chosen[name])

    def people(self, name: str) -> dict[str, Annotation]:
        """Read what people made of an article, by their names."""
        return {annotation.by: annotation for annotation in self.readings.humans(name)}

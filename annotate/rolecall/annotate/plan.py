"""The team plan: who labels which article, which are labelled twice, and which are the test articles.

A file has one assignment a line. A test article, and any that several people label, goes out without suggestions:
they anchor people, and would be measured as agreement. That follows from the assignment and is not written in it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import numpy as np

from rolecall.annotate import splits
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article

Part = Literal["test", "double", "single"]
T = TypeVar("T")

FORM = (
    'write it like {"article":"a1","hash":"...","annotators":["ana","ben"],"split":"test"}, with "split" for test '
    "only; whether suggestions go along follows from the rest and is not written"
)


class Assignment(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Who labels one article, and whether it is a test article.

    Raises ValueError without annotators, for one that stands twice, and for a name that is empty or has a comma.
    """

    article: str
    hash: str
    annotators: tuple[str, ...]
    split: Literal["test"] | None = None

    def __post_init__(self) -> None:
        if problem := _problem(self.annotators):
            raise ValueError(f"article {self.article!r}: {problem}")

    @property
    def shared(self) -> bool:
        """Whether several people label it."""
        return len(self.annotators) > 1

    @property
    def suggest(self) -> bool:
        """Whether suggestions may go along: never with a test article, never with one that several people label."""
        return self.split is None and not self.shared

    @property
    def part(self) -> Part:
        """The part of the plan that it belongs to, as does every article of its group."""
        return self.split or ("double" if self.shared else "single")


Plan = Mapping[str, Assignment]
"""Assignments by article, in the file's order."""


def read(path: Path) -> Plan:
    """Read a plan; raise InputError naming the line that is no assignment, or the article that is planned twice."""
    try:
        assignments = list(jsonl.read(path, Assignment))
    except InputError as error:
        if error.line is None:
            raise
        raise InputError(error.what, path=path, line=error.line, remedy=FORM) from error
    plan: dict[str, Assignment] = {}
    for assignment in assignments:
        if plan.setdefault(assignment.article, assignment) is not assignment:
            raise InputError(
                f"article {assignment.article!r} is planned twice", path=path, remedy="keep one of its lines"
            )
    return plan


def write(path: Path, plan: Plan) -> int:
    """Write a plan, atomically, and return how many assignments it has."""
    return jsonl.write(path, plan.values())


def assigned(plan: Plan, article: str, digest: str, *, path: Path | None = None) -> Assignment:
    """Return the assignment of an article by its id and hash.

    Raises InputError, naming the plan's `path`, for an article that has none or was planned with another text.
    """
    found = plan.get(article)
    if found is None:
        raise InputError(
            f"article {article!r} is not in the plan",
            path=path,
            remedy="run rolecall annotate plan with all articles and this plan as --out: it adds those that are new",
        )
    if found.hash != digest:
        raise InputError(
            f"article {article!r} has changed since it was planned: hash {found.hash[:12]} is now {digest[:12]}",
            path=path,
            remedy="use the articles file that was planned, or give the changed text an id of its own",
        )
    return found


def work(plan: Plan) -> dict[str, list[Assignment]]:
    """Return what goes to each annotator, by name, in the plan's order; `suggest` of each tells the rest."""
    names = sorted({name for assignment in plan.values() for name in assignment.annotators})
    return {name: [one for one in plan.values() if name in one.annotators] for name in names}


def pairs(plan: Plan) -> Counter[tuple[str, str]]:
    """Count the articles that two annotators share, for each two that share any."""
    return Counter(pair for one in plan.values() for pair in combinations(sorted(one.annotators), 2))


def held_out(plan: Plan) -> set[str]:
    """Return the ids of the test articles."""
    return {name for name, assignment in plan.items() if assignment.split == "test"}


def make(
    articles: Iterable[Article],
    annotators: Sequence[str],
    *,
    double: float,
    test: float,
    seed: int = 0,
    earlier: Plan | None = None,
    path: Path | None = None,
) -> Plan:
    """Keep an earlier plan as it is, and plan the articles that it does not have.

    `test` is a share of all articles, `double` a share of those outside test; earlier articles count towards both.
    They are made up of whole groups, and a new article of a known group belongs to that group's part. Test and double
    articles get two annotators, or the one there is; single ones get one. The same articles, annotators, shares and
    seed give the same plan, in whatever order they come.

    An article for two goes to the pair that shares least so far, one for one to whoever has least. So without an
    earlier plan pairs differ by 1 article at most, and annotators by 2, or by 1 when twice as many articles as there
    are annotators are labelled once.

    Raises InputError for articles that do not fit the earlier plan, which `path` names, for too few groups, and for
    annotators and shares that cannot be.
    """
    _check(annotators, double, test)
    hashes: dict[str, str] = {}

    def noted() -> Iterator[Article]:
        for article in articles:
            hashes[article.id] = article.hash
            yield article

    group_of = splits.groups(noted())
    earlier = earlier or {}
    _fit(earlier, hashes, path)
    parts = _divide(group_of, earlier, double=double, test=test, seed=seed)
    people = _assign(parts, sorted(annotators), earlier, seed)
    new = {
        name: Assignment(
            article=name, hash=hashes[name], annotators=people[name], split="test" if parts[name] == "test" else None
        )
        for name in sorted(parts)
    }
    return {**earlier, **new}


def _fit(earlier: Plan, hashes: Mapping[str, str], path: Path | None) -> None:
    """Raise InputError unless every planned article is there, with the text that was planned."""
    for name in earlier:
        if name not in hashes:
            raise InputError(
                f"article {name!r} is in the plan but not among the articles",
                path=path,
                remedy="give old and new articles in one file, since the old ones tell which stories are in test",
            )
        assigned(earlier, name, hashes[name], path=path)


def _check(annotators: Sequence[str], double: float, test: float) -> None:
    if problem := _problem(annotators):
        raise InputError(f"annotators: {problem}", remedy="name each of them once: --annotators ana,ben")
    for what, share in (("--double", double), ("--test", test)):
        if not 0 <= share <= 1:
            raise InputError(f"{what} {share} is no share", remedy="give a number from 0 to 1")
    if len(annotators) == 1 and double:
        raise InputError(
            f"{annotators[0]} alone cannot label an article twice",
            remedy="name more annotators, or let all be labelled once, without a measure of agreement: --double 0",
        )


def _problem(annotators: Sequence[str]) -> str | None:
    """Say why these cannot be the annotators of anything."""
    if not annotators:
        return "there are none"
    for name in annotators:
        if not name or name != name.strip() or "," in name:
            return f"{name!r} is no name, being empty or with a comma or space at its edge"
        if annotators.count(name) > 1:
            return f"{name!r} stands twice"
    return None


def _divide(group_of: Mapping[str, str], earlier: Plan, *, double: float, test: float, seed: int) -> dict[str, Part]:
    """Return the part of each article that is not planned yet."""
    known = _known(group_of, earlier)
    there = Counter(known[group] for group in group_of.values() if group in known)
    fresh = {name: group for name, group in group_of.items() if group not in known}
    shares: dict[Part, float] = {"test": test, "double": (1 - test) * double, "single": (1 - test) * (1 - double)}
    lacking = [part for part, share in shares.items() if share > 0 and not there[part]]
    groups = len(set(fresh.values()))
    if fresh and groups < len(lacking):
        raise InputError(
            f"{len(fresh):,} new articles make {groups:,} groups by story, too few for some of each: "
            f"{', '.join(lacking)}",
            remedy="bring in more stories, or ask for fewer parts: --double 0, --test 0",
        )
    in_test = splits.take(
        fresh,
        test * len(group_of) - there["test"],
        seed,
        least="test" in lacking,
        spare=len(lacking) - ("test" in lacking),
    )
    rest = {name: group for name, group in fresh.items() if name not in in_test}
    others = len(rest) + there["double"] + there["single"]
    twice = splits.take(
        rest, double * others - there["double"], seed, least="double" in lacking, spare="single" in lacking
    )
    parts: dict[str, Part] = {
        name: "test" if name in in_test else "double" if name in twice else "single" for name in fresh
    }
    return {name: known.get(group) or parts[name] for name, group in group_of.items() if name not in earlier}


def _known(group_of: Mapping[str, str], earlier: Plan) -> dict[str, Part]:
    """Return the part of each group that has planned articles: double if any of them is, test if all are.

    Raises InputError where only some are.
    """
    split_of = {name: assignment.split or "not test" for name, assignment in earlier.items()}
    splits.check_torn(group_of, split_of, remedy="leave out the new article that joins them, or mend the plan by hand")
    return {group_of[one.article]: one.part for one in sorted(earlier.values(), key=lambda one: one.shared)}


def _assign(
    parts: Mapping[str, Part], annotators: Sequence[str], earlier: Plan, seed: int
) -> dict[str, tuple[str, ...]]:
    """Return who labels each article: test articles are dealt out first, so that pairs share as many of them too."""
    rng = np.random.default_rng(seed)
    names = _shuffled(annotators, rng)
    couples = _shuffled(list(combinations(annotators, 2)), rng)
    shared = pairs(earlier)
    loads = Counter(name for assignment in earlier.values() for name in assignment.annotators)
    people: dict[str, tuple[str, ...]] = {}
    for part in ("test", "double", "single"):
        for article in _shuffled(sorted(name for name in parts if parts[name] == part), rng):
            if part == "single" or not couples:
                people[article] = (min(names, key=lambda name: loads[name]),)
            else:
                couple = min(couples, key=lambda couple: (shared[couple], loads[couple[0]] + loads[couple[1]]))
                shared[couple] += 1
                people[article] = couple
            loads.update(people[article])
    return people


def _shuffled(items: Sequence[T], rng: np.random.Generator) -> list[T]:
    return [items[index] for index in rng.permutation(len(items))]

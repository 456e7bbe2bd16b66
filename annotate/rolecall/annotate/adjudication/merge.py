"""Adjudicate without a person: merge what all agree on, and decide the rest by a rule."""

from collections.abc import Callable, Iterable, Mapping

from rolecall.annotate.adjudication.case import Case, open_case
from rolecall.annotate.adjudication.composition import compose, started_from, unmade
from rolecall.annotate.adjudication.decisions import trace
from rolecall.annotate.adjudication.outcome import Paths, Recorder, Remark, Result, Undecided, recording
from rolecall.annotate.adjudication.rules import UNANIMOUS, Rule, Ties, Verdict, decide
from rolecall.annotate.adjudication.versions import Versions
from rolecall.annotate.adjudication.wording import of_group, of_pair, of_place
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.scheme import Scheme

Watch = Callable[[Iterable[str]], Iterable[str]]
GOLD = "gold"
"""Whose the adjudicated annotations are, unless told otherwise; the decisions say who decided."""

ONLY_READER = "only reader"
"""Who decided where one person read an article and that reading was taken."""


def check_name(versions: Versions, by: str) -> None:
    """Refuse a name for the gold that an annotator has: the two could not stand in one file."""
    if by in versions.people or not by.strip():
        raise InputError(f"--by {by!r}: an annotator is called so", remedy="choose another name for the gold")


def merge(
    versions: Versions,
    articles: Mapping[str, Article],
    scheme: Scheme,
    rule: Rule,
    paths: Paths,
    *,
    drop_ties: bool = False,
    take_singles: bool = False,
    by: str = GOLD,
    watch: Watch = iter,
) -> Result:
    """Write the gold that a rule makes of all articles.

    An article with a point that the rule leaves open has no gold; with `drop_ties` it has, without what was open.
    """
    check_name(versions, by)
    if unknown := [name for name in rule.order if name not in versions.people]:
        raise InputError(
            f"--rule: nobody called {', '.join(unknown)} handed in a reading",
            remedy=f"people: {', '.join(versions.people) or 'none'}",
        )
    with recording(paths) as recorder:
        recorder.others(versions)
        for name in watch(articles):
            case = case_of(versions, articles[name], scheme)
            if len(case.versions) == 1:
                settle_single(recorder, versions, case, scheme, take=take_singles, by=by)
            elif case.versions:
                verdict, ties = decide(case, rule)
                if ties and not drop_ties:
                    recorder.leave(case, Undecided(name, f"{rule} cannot decide", tuple(points(case, ties))))
                else:
                    what = f"{rule} cannot decide: left out"
                    recorder.remarks += [Remark(name, what, point) for point in points(case, ties)]
                    settle(recorder, versions, case, verdict, scheme, rule=rule, by=by)
            else:
                recorder.unread.append(name)
    return recorder.result()


def case_of(versions: Versions, article: Article, scheme: Scheme) -> Case:
    """Hold the versions of an article against each other."""
    return open_case(article, versions.of(article.id), scheme, versions.linkers)


def settle(
    recorder: Recorder, versions: Versions, case: Case, verdict: Verdict, scheme: Scheme, *, rule: Rule, by: str
) -> None:
    """Write the gold of a case on which a rule decided."""
    aided = versions.aided.get(case.article.id, {})
    gold = compose(case, verdict, scheme, by=by, suggestion=started_from(aided), rule=rule)
    words = str(UNANIMOUS)
    found = trace(
        case,
        gold,
        scheme,
        by=lambda agreed: words if agreed else str(rule),
        aided=aided,
        convention=rule == UNANIMOUS,
    )
    recorder.remarks += not_made(case, verdict, scheme)
    recorder.decide(gold, found, words if not decide(case, UNANIMOUS)[1] else str(rule))


def settle_single(recorder: Recorder, versions: Versions, case: Case, scheme: Scheme, *, take: bool, by: str) -> None:
    """Take down that one person read an article, and take that reading for gold if told so."""
    recorder.singles.append(case.article.id)
    if not take:
        recorder.leave_single(case)
        return
    aided = versions.aided.get(case.article.id, {})
    gold = compose(case, decide(case, UNANIMOUS)[0], scheme, by=by, suggestion=started_from(aided))
    recorder.taken.append(case.article.id)
    recorder.decide(gold, trace(case, gold, scheme, by=lambda _: ONLY_READER, aided=aided), ONLY_READER)


def not_made(case: Case, verdict: Verdict, scheme: Scheme) -> list[Remark]:
    """Remark on links that were decided on, and between whose ends as they stand now the scheme has none."""
    what = "a link is left out, since the labels that stand cannot carry it"
    return [Remark(case.article.id, what, of_pair(case, pair)) for pair in unmade(case, verdict, scheme)]


def points(case: Case, ties: Ties) -> Iterable[str]:
    """Name what is left open."""
    yield from (of_place(case, place) for place in ties.places)
    yield from (of_pair(case, pair) for pair in ties.links)
    yield from (of_group(case, group) for group in ties.events)
    yield from ties.questions

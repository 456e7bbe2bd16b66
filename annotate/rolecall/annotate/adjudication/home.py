"""Bring home what adjudicators submitted, beside what all agreed on: gold, and who decided what."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from rolecall.annotate.adjudication.case import Case, disputes, open_case, overlaps
from rolecall.annotate.adjudication.composition import started_from
from rolecall.annotate.adjudication.decisions import trace
from rolecall.annotate.adjudication.merge import GOLD, Watch, case_of, check_name, settle, settle_single
from rolecall.annotate.adjudication.offer import START, bare
from rolecall.annotate.adjudication.outcome import Paths, Recorder, Remark, Result, Undecided, recording
from rolecall.annotate.adjudication.rules import UNANIMOUS, decide
from rolecall.annotate.adjudication.submission import Submission, one_reading, submissions_of
from rolecall.annotate.adjudication.versions import Versions
from rolecall.annotate.adjudication.wording import at_offsets, of_place
from rolecall.annotate.labelling import ARTICLE
from rolecall.annotate.reader import book, read_results
from rolecall.annotate.tasks import key_of
from rolecall.annotate.wire import Json, item_of
from rolecall.core.ledger import Source
from rolecall.core.records import Annotation, Article, normalise
from rolecall.core.scheme import Scheme
from rolecall.core.spool import Spool

STAGE = "submission"


class Way(NamedTuple):
    """Who is who on the server, and its address for links."""

    names: Mapping[int, str]
    url: str | None = None


def bring_home(
    tasks: Iterable[Json],
    versions: Versions,
    articles: Mapping[str, Article],
    scheme: Scheme,
    paths: Paths,
    *,
    way: Way,
    take_singles: bool = False,
    by: str = GOLD,
    overwrite: bool = False,
    watch: Watch = iter,
) -> Result:
    """Write the gold of all articles that one adjudicator submitted, or on which all versions agree.

    Decisions are traced to the versions that the task showed, whatever the annotators have changed since. An article
    whose task is open, skipped, a draft, submitted twice or with open points has no gold and is listed. Where gold that
    stood there before would be gone, nothing is written, unless `overwrite` is given.
    """
    check_name(versions, by)
    with Spool() as spool, recording(paths, overwrite=overwrite) as recorder:
        recorder.others(versions)
        places: dict[str, list[int]] = {}
        for task in tasks:
            found = _article(task, articles)
            if isinstance(found, Article):
                places.setdefault(found.id, []).append(spool.add(msgspec.json.encode(task)))
            else:
                recorder.remarks.append(Remark(*found, link=_link(task, way)))
        home = _Home(recorder, versions, scheme, way, by=by, take_singles=take_singles)
        for name in watch(articles):
            home.bring(articles[name], [_TASK.decode(spool.get(place)) for place in places.get(name, ())])
    return recorder.result()


_TASK = msgspec.json.Decoder(Json)


def _article(task: Json, articles: Mapping[str, Article]) -> Article | tuple[str, str]:
    """The article that a task holds, or its name and why it holds none of ours."""
    key = key_of(task)
    if key is None:
        return f"task {task.get('id')}", "task was not pushed by rolecall"
    article = articles.get(key.article)
    if article is None:
        return key.article, "article is not among those given"
    if key.hash != article.hash:
        return key.article, "article has another text now than when it was pushed: push it with --new-versions"
    return article if task["data"].get("text") == article.text else (key.article, "task's text was altered")


def _link(task: Json, way: Way) -> str | None:
    return None if way.url is None else f"{way.url}/projects/{task.get('project')}/data?task={task.get('id')}"


class _Home:
    """Decides for each article what its gold is."""

    def __init__(
        self, recorder: Recorder, versions: Versions, scheme: Scheme, way: Way, *, by: str, take_singles: bool
    ) -> None:
        self._recorder, self._versions, self._scheme, self._way = recorder, versions, scheme, way
        self._by, self._take_singles = by, take_singles

    def bring(self, article: Article, tasks: list[Json]) -> None:
        """Write the gold of an article, or why it has none."""
        case = case_of(self._versions, article, self._scheme)
        found = [
            one for task in tasks for one in submissions_of(task, article, self._scheme, self._way.names)
        ]  # fmt: skip
        submitted = [one for one in found if one.state == "submitted"]
        link = _link(tasks[0], self._way) if tasks else None
        if len(submitted) == 1:
            for other in found:
                if other is not submitted[0]:
                    where = _link(other.task, self._way)
                    self._remark(article, f"{other.state} beside what was submitted", f"by {other.by}", where)
            self._decided(article, case, submitted[0])
        elif found:
            self._recorder.leave(case, _why(article, found, len(submitted), link))
        elif len(case.versions) == 1 and not tasks:
            settle_single(self._recorder, self._versions, case, self._scheme, take=self._take_singles, by=self._by)
        elif case.versions:
            verdict, ties = decide(case, UNANIMOUS)
            if len(case.versions) > 1 and not ties:
                settle(self._recorder, self._versions, case, verdict, self._scheme, rule=UNANIMOUS, by=self._by)
            else:
                reason = "waits for an adjudicator" if tasks else "differs, and is not in the project"
                self._recorder.leave(case, Undecided(article.id, reason, link=link))
        else:
            self._recorder.unread.append(article.id)

    def _decided(self, article: Article, ours: Case, one: Submission) -> None:
        """Write what an adjudicator submitted, unless something is left open in it."""
        link = _link(one.task, self._way)
        case = self._case_shown(article, ours, one, link)
        if one.by != one.maker:
            words = f"by {one.by}, begun by {one.maker}"
            self._remark(article, "changed last by somebody else, who counts as the decider", words, link)
        aided = {n: what for n, what in self._versions.aided.get(article.id, {}).items() if n in case.versions}
        gold = one_reading(one.annotation, by=self._by, suggestion=started_from(aided))
        book(one.reading, self._recorder.ledger, STAGE, Source(article.id, one.by), link)
        for remark in one.reading.remarks:
            self._remark(article, remark.what, remark.where, link)
        left = [*_lost(one), *_open_points(case, gold)]
        for what, where in left:
            self._remark(article, what, where, link, serious=True)
        if left:
            points = tuple(where for _, where in left)
            self._recorder.leave(case, Undecided(article.id, "submitted, but something is left open", points, link))
            return
        found = trace(case, gold, self._scheme, by=lambda _: one.by, at=gold.updated, aided=aided)
        self._recorder.decide(gold, found, one.by)

    def _case_shown(self, article: Article, ours: Case, one: Submission, link: str | None) -> Case:
        """Hold the versions that the task shows against each other, and say which have changed since."""
        shown = _shown(one.task, article, self._scheme)
        if not shown:
            self._remark(article, "the versions are gone from the task: those of the file are taken", "", link)
        for name in sorted({*shown, *ours.versions} if shown else ()):
            if _said(shown.get(name)) != _said(ours.versions.get(name)):
                self._remark(article, "a reading has changed since it was shown", f"by {name}", link, serious=True)
        return open_case(article, shown or ours.versions, self._scheme, self._versions.linkers)

    def _remark(self, article: Article, what: str, where: str, link: str | None, *, serious: bool = False) -> None:
        self._recorder.remarks.append(Remark(article.id, what, where, link, serious))


def _lost(one: Submission) -> Iterator[tuple[str, str]]:
    """Yield what of a submission could not be read."""
    for loss in one.reading.losses:
        yield "not all of what was submitted could be read", f"{loss.outcome}: {loss.item}: {loss.reason}"


def _open_points(case: Case, gold: Annotation) -> Iterator[tuple[str, str]]:
    """Yield places where several variants were left standing, other overlaps, and disputed questions without an answer.

    Whether there is an event is answered by labelling one, too.
    """
    there = {span.key for span in gold.spans}
    for index, place in enumerate(case.places):
        if len(place.keys & there) > 1:
            yield "several versions of one place stand", of_place(case, index)
    for pair in overlaps(case, there):
        if not any(set(pair) <= place.keys for place in case.places):
            yield "labels of one layer overlap", " and ".join(at_offsets(case, key) for key in pair)
    for each in disputes(case).choices:
        if not gold.choices.get(each.question) and not (each.question == ARTICLE and gold.spans):
            yield "a disputed question was left open", each.question


def _shown(task: Json, article: Article, scheme: Scheme) -> dict[str, Annotation]:
    """Read the versions that a task shows, by name; of several under one name the newest."""
    predictions = task.get("predictions")
    found = [item_of(one) for one in (predictions if isinstance(predictions, list) else [])]
    shown: dict[str, Annotation] = {}
    for one in sorted(found, key=lambda one: str(one.get("id")).zfill(12)):
        name, results = one.get("model_version"), one.get("result")
        if isinstance(name, str) and name != START and isinstance(results, list):
            reading = read_results(results, article, scheme)
            shown[name] = normalise(
                Annotation(
                    article=article.id,
                    hash=article.hash,
                    by=name,
                    kind="human",
                    scheme=scheme.fingerprint,
                    spans=reading.spans,
                    links=reading.links,
                    events=reading.events,
                    choices=reading.choices,
                )
            )
    return dict(sorted(shown.items()))


def _said(version: Annotation | None) -> object:
    """What a version says, apart from who, when and how sure a model was."""
    if version is None:
        return None
    plain = normalise(bare(version))
    return plain.spans, plain.links, plain.events, plain.choices


def _why(article: Article, found: list[Submission], submitted: int, link: str | None) -> Undecided:
    """Say why an article that somebody worked on is not decided."""
    states = {one.state for one in found}
    state = "submitted" if submitted else "draft" if "draft" in states else "skipped"
    reason = {
        "submitted": "submitted more than once: delete all but one in Label Studio",
        "draft": "begun, not submitted",
        "skipped": "skipped",
    }[state]
    people = dict.fromkeys(f"by {one.by}" for one in found if one.state == state)
    return Undecided(article.id, reason, tuple(people), link)

"""Send to an adjudicator what has to be decided: the articles on which versions differ, and no others."""

from collections.abc import Mapping
from typing import NamedTuple

from rolecall.annotate.adjudication.case import disputes
from rolecall.annotate.adjudication.merge import Watch, case_of
from rolecall.annotate.adjudication.offer import DISPUTES, Offer
from rolecall.annotate.adjudication.page import check_adjudication, page
from rolecall.annotate.adjudication.versions import Versions
from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.push import Delivery, Pushed, push
from rolecall.annotate.push import Watch as Progress
from rolecall.annotate.survey import survey
from rolecall.annotate.tasks import key_of
from rolecall.core.records import Article
from rolecall.core.scheme import Scheme


class Work(NamedTuple):
    """What there is to adjudicate.

    `points` counts the disputed points of each article that has any, by kind; `agreed` are articles on which all
    versions say the same, `singles` those that one person read, `unread` those that nobody did.
    """

    points: dict[str, dict[str, int]]
    agreed: list[str]
    singles: list[str]
    unread: list[str]


class Sent(NamedTuple):
    """What a push did, how many tasks got new points to show, and the articles there that are not disputed now."""

    pushed: Pushed
    renewed: int
    idle: list[str]


def survey_work(versions: Versions, articles: Mapping[str, Article], scheme: Scheme, watch: Watch = iter) -> Work:
    """Say which articles need an adjudicator."""
    work = Work({}, [], [], [])
    for name in watch(articles):
        readers = versions.names(name)
        if len(readers) < 2:
            (work.singles if readers else work.unread).append(name)
            continue
        found = disputes(case_of(versions, articles[name], scheme))
        if found:
            work.points[name] = {unit: len(each) for unit, each in found._asdict().items() if each}
        else:
            work.agreed.append(name)
    return work


def send(
    server: LabelStudio,
    versions: Versions,
    articles: Mapping[str, Article],
    scheme: Scheme,
    *,
    title: str,
    work: Work,
    singles: bool = False,
    instructions: str = "",
    update_instructions: bool = False,
    new_versions: bool = False,
    dry_run: bool = False,
    watch: Progress = lambda _: None,
) -> Sent:
    """Bring a project up to the articles that need an adjudicator, with `singles` those of one reader as well.

    As `push` does it: each once, nothing overwritten, and what the project shows of an article that nobody has begun is
    brought up to date where its versions have changed. Where there is nothing to decide, no project is
    made. Raises InputError for a project that is not for adjudication.
    """
    ids = [name for name in articles if name in work.points or (singles and name in work.singles)]
    if (found := server.find_project(title)) is not None:
        check_adjudication(found)
    elif not ids:
        return Sent(Pushed(0, title, made=False), 0, [])
    offer = Offer(versions, articles, scheme, ids)
    pushed = push(
        server,
        articles,
        scheme,
        Delivery(title, {name: articles[name].hash for name in ids}, ids),
        suggestions=offer,
        page=page(scheme),
        instructions=instructions,
        update_instructions=update_instructions,
        versions=new_versions,
        dry_run=dry_run,
        watch=watch,
    )
    if not pushed.project or dry_run:
        return Sent(pushed, 0, [])
    return Sent(pushed, *_renew(server, pushed.project, offer, articles))


def _renew(server: LabelStudio, project: int, offer: Offer, articles: Mapping[str, Article]) -> tuple[int, list[str]]:
    """Bring the points that tasks show up to date where nobody has begun; name the articles that have none."""
    held = survey(server, project, drafts=True)
    begun = {task.id for texts in held.tasks.values() for tasks in texts.values() for task in tasks if task.labelled}
    renewed, idle = 0, []
    for stamp in server.stamps(project):
        if (key := key_of(stamp)) is None or stamp["id"] in begun:
            continue
        if key.article not in offer:
            idle.append(key.article)
        elif (
            key.hash == articles[key.article].hash
            and stamp["data"].get(DISPUTES) != (wanted := offer.data(key.article))[DISPUTES]
        ):
            server.call("PATCH", f"api/tasks/{stamp['id']}", {"data": stamp["data"] | wanted})
            renewed += 1
    return renewed, sorted(idle)

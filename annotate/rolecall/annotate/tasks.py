"""Label Studio's tasks: an article as a task, an annotation as one of the task's annotations, and the way back.

`task_of` and `key_of`, `body_of` and `read_annotation` are inverses.
Format: https://labelstud.io/guide/task_format
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from rolecall.annotate.labelling import TEXT
from rolecall.annotate.reader import Reading, read_results, suggested
from rolecall.annotate.results import results_of
from rolecall.annotate.studio import person
from rolecall.annotate.wire import Json, item_of
from rolecall.core.records import Annotation, Article, Kind, Status, normalise
from rolecall.core.scheme import Scheme

FORGOTTEN = "forgotten"
"""The suggestion that an annotation started from, once it is deleted on the server."""
_SHOWN = ("title", "published", "source", "url", "lang", "story")


class Key(NamedTuple):
    """What a task says it holds: an article's id and hash, and the fingerprint of the page it was pushed for.

    Never Label Studio's own task id: after a deletion the server may give the number to another task.
    """

    article: str
    hash: str
    scheme: str


def task_of(article: Article, scheme: str) -> Json:
    """Make the task of an article; `scheme` is the fingerprint of the page it is to be labelled on."""
    shown = {name: value for name in _SHOWN if (value := getattr(article, name)) is not None}
    return {"data": {TEXT: article.text, "article": article.id, "hash": article.hash, "scheme": scheme, **shown}}


def key_of(task: Mapping[str, Any]) -> Key | None:
    """Return what a task says it holds, or None for a task that rolecall did not make."""
    data = task.get("data")
    if not isinstance(data, dict):
        return None
    found = [value for name in Key._fields if isinstance(value := data.get(name), str) and value]
    return Key(*found) if len(found) == len(Key._fields) else None


def body_of(annotation: Annotation, scheme: Scheme) -> Json:
    """Write an annotation as Label Studio takes it; raises InputError for what the wire cannot carry."""
    body: Json = {
        "result": results_of(annotation, scheme),
        "ground_truth": annotation.kind == "adjudicated",
        "was_cancelled": annotation.status == "skipped",
    }
    return body if annotation.seconds is None else body | {"lead_time": annotation.seconds}


def read_annotation(
    wire: Mapping[str, Any], article: Article, scheme: Scheme, *, by: str, from_prediction: str | None = None
) -> tuple[Annotation, Reading]:
    """Read one of a task's annotations as a normalised record, with what became of each item on the wire.

    `ground_truth` makes it adjudicated, else it is human; cancelled makes it skipped; the page's choice "come back"
    makes it a draft. Spans that a suggestion brought tell of one even where the server has forgotten which.
    """
    results = wire.get("result")
    reading = read_results(results if isinstance(results, list) else [], article, scheme)
    kind: Kind = "adjudicated" if wire.get("ground_truth") is True else "human"
    status: Status = "draft" if reading.come_back else "submitted"
    seconds = wire.get("lead_time")
    if from_prediction is None and reading.suggested:
        from_prediction = FORGOTTEN
    annotation = Annotation(
        article=article.id,
        hash=article.hash,
        by=by,
        kind=kind,
        scheme=scheme.fingerprint,
        spans=reading.spans,
        links=reading.links,
        events=reading.events,
        choices=reading.choices,
        status="skipped" if wire.get("was_cancelled") is True else status,
        created=_words(wire.get("created_at")),
        updated=_words(wire.get("updated_at")),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        from_prediction=from_prediction,
    )
    return normalise(annotation), reading


def maker_of(wire: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Name who made an annotation: by the number of the account, else by an e-mail address."""
    return _name(wire.get("completed_by", wire.get("user")), names)


def changer_of(wire: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Name who changed an annotation last, its maker where the server does not tell."""
    who = wire.get("updated_by")
    return maker_of(wire, names) if who is None else _name(who, names)


def _name(who: Any, names: Mapping[int, str]) -> str:
    number = who.get("id") if isinstance(who, dict) else who
    if isinstance(number, int) and number in names:
        return names[number]
    email = who.get("email") if isinstance(who, dict) else who
    return person(email) if isinstance(email, str) and email else f"user-{number}"


def drafts_of(task: Json) -> list[Json]:
    """A task's unsaved work, as far as there is any work in it."""
    drafts = task.get("drafts")
    return [draft for draft in map(item_of, drafts if isinstance(drafts, list) else []) if draft.get("result")]


def suggestion_of(wire: Json, task: Json) -> str | None:
    """Name the suggestion an annotation started from: by its model version where that is known, else by its number.

    Spans that a suggestion brought tell of one where the server has no number; then it is the task's only one.
    """
    parent = wire.get("parent_prediction")
    predictions = task.get("predictions")
    known = [item_of(one) for one in (wire.get("prediction"), *(predictions if isinstance(predictions, list) else []))]
    versions = {
        number: str(one["model_version"])
        for one in known
        if isinstance(number := one.get("id"), int) and one.get("model_version")
    }
    if parent is not None:
        return versions.get(parent, f"prediction-{parent}") if isinstance(parent, int) else str(parent)
    results = wire.get("result")
    brought = any(suggested(item_of(item)) for item in (results if isinstance(results, list) else []))
    return next(iter(versions.values())) if brought and len(versions) == 1 else None


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None

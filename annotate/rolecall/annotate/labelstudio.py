"""A Label Studio server, and the few things that rolecall asks of it.

Reading is tried again when the server does not answer or is overloaded. Writing is not, unless it is certain that
nothing arrived: the server has no idempotent import, so a second try could put everything there twice. Who writes
looks at what is there, and writes what is missing.
API: https://api.labelstud.io
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, BinaryIO, NamedTuple, TypeVar

import httpx
import stamina
from label_studio_sdk.core.api_error import ApiError

from rolecall.annotate.access import Access
from rolecall.annotate.failures import NotThereError, UncertainError, explain, passing, unsent
from rolecall.annotate.studio import person
from rolecall.annotate.surrogates import mend
from rolecall.annotate.wire import Json
from rolecall.core.errors import InputError, ServiceError

T = TypeVar("T")

PAGE = 100
"""Tasks a page with all that is on them: some 0.5 MB of text, a second's work for the server."""
STAMPS = 1000
"""Tasks a page without their annotations."""
PATIENCE = 300.0
"""Seconds to wait for one answer."""
WHOLE: Json = {"only_id": False}
_SNAPSHOT = "rolecall pull"
_DRAFTED: Json = {
    "filters": {
        "conjunction": "and",
        "items": [{"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": "true"}],
    }
}


class Project(NamedTuple):
    """A project of a server; `page` is its labelling XML, `tasks` how many tasks it holds, `created` is ISO 8601."""

    id: int
    title: str
    page: str
    tasks: int
    created: str = ""


@contextmanager
def connect(way: Access) -> "Iterator[LabelStudio]":
    """Reach a server for the length of a block; raises ServiceError where it does not answer or let us in."""
    with httpx.Client(timeout=PATIENCE, follow_redirects=True) as http:
        yield LabelStudio(way, http)


class LabelStudio:
    """A server that has let us in. Raises ServiceError, in the server's words, when it refuses, fails or is away."""

    def __init__(self, way: Access, http: httpx.Client) -> None:
        import label_studio_sdk  # slow to import, and bad arguments should not wait for it

        self.access = way
        make: Callable[..., Any] = label_studio_sdk.LabelStudio
        # The SDK's own retries would repeat imports as well.
        how = {"httpx_client": http, "timeout": PATIENCE, "max_retries": 0}
        self._sdk = self._ask(lambda: make(base_url=way.url, api_key=way.key, **how))
        try:
            known = isinstance(self._ask(self._sdk.users.whoami).email, str)
        except TypeError:  # JSON of another shape altogether
            known = False
        if not known:
            raise ServiceError(f"{way.url} is not a Label Studio", remedy="check the address")

    def find_project(self, name: str) -> Project | None:
        """Return the project of this title, or of this id where no title is that; None where there is none.

        Raises InputError when several projects have the title.
        """
        found = self.called(name)
        if len(found) > 1:
            ids = ", ".join(str(project.id) for project in sorted(found, key=lambda project: project.id))
            raise InputError(
                f"{len(found)} projects are called {name!r}: ids {ids}", remedy="name one by its id: --project ID"
            )
        if found:
            return found[0]
        return self._project(int(name)) if name.isdecimal() else None

    def called(self, title: str) -> list[Project]:
        """Return all projects of this title."""
        # The server's filter finds the words anywhere in a title.
        found = [p for p in self._ask(lambda: list(self._sdk.projects.list(title=title))) if p.title == title]
        return list(map(_project_of, found))

    def get_project(self, name: str) -> Project:
        """Return the project of this title or id; raise InputError where there is none."""
        project = self.find_project(name)
        if project is None:
            raise InputError(
                f"no project is called {name!r} at {self.access.url}",
                remedy="check --project, or make the project: rolecall annotate push",
            )
        return project

    def _project(self, number: int) -> Project | None:
        try:
            found = self._ask(lambda: self._sdk.projects.get(number))
        except NotThereError:
            return None
        return _project_of(found)

    def create_project(self, title: str, page: str, instructions: str = "") -> Project:
        """Make a project with this labelling page; the title must have 3 to 50 characters, instructions are HTML."""
        told = {"expert_instruction": instructions, "show_instruction": True} if instructions else {}
        made = self._ask(lambda: self._sdk.projects.create(title=title, label_config=page, **told), again=False)
        return _project_of(made)._replace(title=title, page=page, tasks=0)

    def update_project(self, project: int, **fields: Any) -> None:
        """Change settings of a project."""
        self.call("PATCH", f"api/projects/{project}", fields)

    def delete_project(self, project: int) -> None:
        """Delete a project with all that is in it; one that is gone already is no error."""
        with suppress(NotThereError):
            self.call("DELETE", f"api/projects/{project}")

    def tasks(self, project: int, ids: Sequence[int] | None = None) -> Iterator[Json]:
        """Yield tasks of a project by pages, with their annotations, predictions and everybody's drafts.

        Raises ServiceError when the project changed so much meanwhile that a task may have been missed.
        """
        # `include` would cut annotations down to their ids.
        parts = [None] if ids is None else [ids[at : at + PAGE] for at in range(0, len(ids), PAGE)]
        for part in parts:
            query = None if part is None else {"selectedItems": {"all": False, "included": list(part)}}
            for task in self._pages(project, {"fields": "all"}, PAGE, query):
                if task["draft_exists"]:  # pages hold only the caller's own drafts
                    task["drafts"] = self.call("GET", f"api/tasks/{task['id']}/drafts")
                yield task

    def count(self, project: int) -> int:
        """Return how many tasks a project holds."""
        return int(self.call("GET", f"api/projects/{project}")["task_number"])

    def stamps(self, project: int, *, data: bool = True) -> Iterator[Json]:
        """Yield what tells that a task has changed: its times and counts, and what it holds if `data` is asked for.

        Unsaved work changes none of it: see `drafted`.
        """
        include = "id,created_at,updated_at,total_annotations,cancelled_annotations,total_predictions"
        yield from self._pages(project, {"fields": "task_only", "include": include + ",data" * data}, STAMPS)

    def drafted(self, project: int) -> set[int]:
        """Return the numbers of the tasks on which anybody has unsaved work."""
        bare = {"fields": "task_only", "include": "id"}
        return {task["id"] for task in self._pages(project, bare, STAMPS, _DRAFTED)}

    def _pages(self, project: int, what: Json, size: int, query: Json | None = None) -> Iterator[Json]:
        """Yield the tasks of a project, or those that a query of the data manager finds; each once."""
        seen: set[int] = set()
        page, total = 0, 1
        while page * size < total:
            page += 1
            place: Json = {"project": project, "page": page, "page_size": size, "resolve_uri": "false"}
            chosen = {} if query is None else {"query": json.dumps(query)}
            answer = self.call("GET", "api/tasks", query=what | place | chosen)
            total = answer["total"]
            for task in answer["tasks"]:
                if task["id"] not in seen:
                    seen.add(task["id"])
                    yield task
        if len(seen) < total:
            raise ServiceError(
                f"{len(seen)} of {total} tasks arrived: the project changed while it was read", remedy="run it again"
            )

    def import_tasks(self, project: int, tasks: Sequence[Json]) -> list[int]:
        """Put new tasks into a project, and return their ids, in order.

        Raises UncertainError where nothing tells whether they arrived, or not every one did.
        """
        answer = self._ask(
            lambda: self._sdk.projects.import_tasks(id=project, request=tasks, return_task_ids=True), again=False
        )
        ids = list(getattr(answer, "task_ids", None) or ())  # an answer may be anything
        if len(ids) != len(tasks):
            raise UncertainError(
                f"Label Studio took {len(ids)} of {len(tasks)} tasks",
                remedy="run it again: what is there already is recognised",
            )
        return ids

    def delete_task(self, task: int) -> None:
        """Delete a task with all that is on it; one that is gone already is no error."""
        with suppress(NotThereError):
            self.call("DELETE", f"api/tasks/{task}")

    def predictions(self, project: int) -> list[Json]:
        """Return all suggestions of a project."""
        found: list[Json] = self.call("GET", "api/predictions", query={"project": project})
        return found

    def import_predictions(self, project: int, predictions: Sequence[Json]) -> None:
        """Add suggestions; raises UncertainError where nothing tells whether they arrived, or not every one did."""
        answer = self._ask(lambda: self._sdk.projects.import_predictions(id=project, request=predictions), again=False)
        if answer.created != len(predictions):  # the server drops in silence what it does not like
            raise UncertainError(
                f"Label Studio took {answer.created} of {len(predictions)} suggestions", remedy="see the server's log"
            )

    def delete_prediction(self, prediction: int) -> None:
        """Delete a suggestion; one that is gone already is no error."""
        with suppress(NotThereError):
            self.call("DELETE", f"api/predictions/{prediction}")

    def snapshot(self, project: int, file: BinaryIO) -> None:
        """Have the server write all its tasks at one point in time, and fetch that as JSON; raises ServiceError."""
        options = {"drafts": WHOLE, "predictions": WHOLE}
        exports = self._sdk.projects.exports
        made = self._ask(
            lambda: exports.create(id=project, title=_SNAPSHOT, serialization_options=options), again=False
        )
        try:
            digest = self._await_snapshot(project, made.id)
            self._ask(partial(_download, exports.download, project, made.id, file, digest))
        finally:
            with suppress(ServiceError):
                self.call("DELETE", f"api/projects/{project}/exports/{made.id}")

    def annotate(self, task: int, body: Json) -> None:
        """Enter an annotation into a task, as the person whose key this is."""
        self._ask(lambda: self._sdk.annotations.create(id=task, **body), again=False)

    def people(self) -> dict[int, str]:
        """Return the name of everyone on the server: the bare name of a local account, else the e-mail address."""
        return {user.id: person(user.email) for user in self._ask(self._sdk.users.list)}

    def _await_snapshot(self, project: int, number: int) -> str:
        """Return the MD5 of a snapshot once it is complete; some servers make it in the background."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.call("GET", f"api/projects/{project}/exports/{number}"))["status"] != "completed":
            if found["status"] == "failed" or time.monotonic() > deadline:
                raise ServiceError(f"Label Studio's snapshot is {found['status']}", remedy="see the server's log")
            time.sleep(0.5)
        return str(found["md5"])

    def call(self, method: str, path: str, body: Json | None = None, query: Json | None = None) -> Any:
        """Ask for what the SDK has no method for, and return the answer's JSON; what it does must bear repeating."""

        def request() -> Any:
            answer = self._sdk._client_wrapper.httpx_client.request(
                path, method=method, json=body, params=query, request_options={"max_retries": 0}
            )
            if answer.is_success:
                # An answer with nothing in it may be one that was cut, unless it says so itself.
                empty = answer.status_code == httpx.codes.NO_CONTENT or answer.headers.get("content-length") == "0"
                return None if empty else json.loads(mend(answer.content))
            try:
                said = answer.json()
            except ValueError:
                said = answer.text
            raise ApiError(status_code=answer.status_code, body=said)

        return self._ask(request)

    def _attempts(self, on: Callable[[Exception], bool]) -> Iterable[stamina.Attempt]:
        return stamina.retry_context(on=on, attempts=5, timeout=None, wait_initial=0.5, wait_max=8)

    def _ask(self, request: Callable[[], T], *, again: bool = True) -> T:
        """Make a request, up to five times if it may be repeated; else raise UncertainError where that may pass."""
        try:
            for attempt in self._attempts(passing if again else unsent):
                with attempt:
                    return request()
        except (ApiError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            uncertain = not again and passing(error) and not unsent(error)
            # The original may hold headers, and with them the key.
            raise explain(error, self.access, PATIENCE, uncertain=uncertain) from None
        raise AssertionError  # pragma: no cover  # the attempts end by return or by raising


def _project_of(found: Any) -> Project:
    created = "" if found.created_at is None else found.created_at.isoformat()
    return Project(found.id, found.title or "", found.label_config or "", found.task_number or 0, created)


def _download(get: Callable[..., Iterable[bytes]], project: int, number: int, file: BinaryIO, digest: str) -> None:
    """Fetch a snapshot; raises ValueError where it is not the one of this MD5, whoever has cut or mixed it up."""
    found = hashlib.md5(usedforsecurity=False)
    file.seek(0)
    file.truncate()
    for chunk in get(id=project, export_pk=number):
        file.write(chunk)
        found.update(chunk)
    if found.hexdigest() != digest:
        raise ValueError("the snapshot did not arrive as it was made")

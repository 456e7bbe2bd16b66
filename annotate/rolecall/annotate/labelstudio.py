"""A Label Studio server: how to reach it, and the few things that rolecall asks of it.

Reading is tried again when the server does not answer or is overloaded. Writing is not, unless it is certain that
nothing arrived: the server has no idempotent import, so a second try could put everything there twice.
API: https://api.labelstud.io
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import httpx
import stamina
from label_studio_sdk.core.api_error import ApiError

from rolecall.annotate.studio import person, read_state
from rolecall.core.errors import InputError, ServiceError

T = TypeVar("T")
Json = dict[str, Any]

KEY_VARIABLE = "LABEL_STUDIO_API_KEY"
PAGE = 100
"""Tasks a page: some 0.5 MB of text, a second's work for the server."""
PATIENCE = 300.0
"""Seconds to wait for one answer."""


@dataclass(frozen=True)
class Access:
    """Where a server is and the key that opens it; the key never shows in messages."""

    url: str
    key: str = field(repr=False)


class Project(NamedTuple):
    """A project of a server; `page` is its labelling XML, `tasks` how many tasks it holds."""

    id: int
    title: str
    page: str
    tasks: int


def access(studio: Path | None = None, url: str | None = None, key_file: Path | None = None) -> Access:
    """Find out how to reach a server: the local one of a directory, or one by URL with a key.

    The key is read from `key_file`, which only its owner may read, else from the environment. Raises InputError.
    """
    if (studio is None) == (url is None):
        raise InputError(
            "name one Label Studio",
            remedy="--studio DIR for the local one started in DIR, or --url URL for another",
        )
    if studio is not None:
        if key_file is not None:
            raise InputError("--key-file goes with --url: a local Label Studio's key is known", remedy="leave it out")
        state = read_state(studio)
        return Access(state.url, state.token)
    if url is None or not url.startswith(("http://", "https://")):
        raise InputError(f"--url {url} is no address", remedy="write it like http://localhost:8080")
    if "@" in url.partition("://")[2].partition("/")[0]:  # addresses are shown in messages
        raise InputError("--url holds a name or a password", remedy="leave them out: the key is all it takes")
    key = os.environ.get(KEY_VARIABLE, "").strip() if key_file is None else _read_key(key_file)
    if not key or not key.isascii() or not key.isprintable():
        raise InputError(
            f"no usable key in {key_file or KEY_VARIABLE}",
            remedy="copy your access token from Label Studio (Account & Settings) into a file that only you can read "
            f"(chmod 600) and name it with --key-file, or set {KEY_VARIABLE}",
        )
    return Access(url.rstrip("/"), key)


def _read_key(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise InputError(f"others can read this key (mode {mode:03o})", path=path, remedy=f"chmod 600 {path}")
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, remedy="check the path of the key") from error
    except UnicodeDecodeError as error:
        raise InputError("holds no key", path=path, remedy="put the access token there, nothing else") from error


@contextmanager
def connect(way: Access) -> "Iterator[LabelStudio]":
    """Reach a server for the length of a block; raises ServiceError where it does not answer or let us in."""
    with httpx.Client(timeout=PATIENCE, follow_redirects=True) as http:
        yield LabelStudio(way, http)


class LabelStudio:
    """A server that has let us in. Raises ServiceError, in the server's words, when it refuses, fails or is away."""

    def __init__(self, way: Access, http: httpx.Client) -> None:
        import label_studio_sdk  # slow to import, and bad arguments should not wait for it

        self._access = way
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
        # The server's filter finds the words anywhere in a title.
        found = [p for p in self._ask(lambda: list(self._sdk.projects.list(title=name))) if p.title == name]
        if len(found) > 1:
            ids = ", ".join(str(project.id) for project in sorted(found, key=lambda project: project.id))
            raise InputError(
                f"{len(found)} projects are called {name!r}: ids {ids}", remedy="name one by its id: --project ID"
            )
        if found:
            return self._project(found[0].id)
        return self._project(int(name)) if name.isdecimal() else None

    def get_project(self, name: str) -> Project:
        """Return the project of this title or id; raise InputError where there is none."""
        project = self.find_project(name)
        if project is None:
            raise InputError(
                f"no project is called {name!r} at {self._access.url}",
                remedy="check --project, or make the project: rolecall annotate push",
            )
        return project

    def _project(self, number: int) -> Project | None:
        try:
            found = self._ask(lambda: self._sdk.projects.get(number))
        except NotThereError:
            return None
        return Project(found.id, found.title or "", found.label_config or "", found.task_number or 0)

    def create_project(self, title: str, page: str) -> Project:
        """Make a project with this labelling page; the title must have 3 to 50 characters."""
        made = self._ask(lambda: self._sdk.projects.create(title=title, label_config=page), again=False)
        return Project(made.id, title, page, 0)

    def tasks(self, project: int, *, annotations: bool = True) -> Iterator[Json]:
        """Yield every task of a project by pages, with its annotations, predictions and drafts, or with data alone.

        Raises ServiceError when the project changed so much meanwhile that a task may have been missed.
        """
        # `include` would cut annotations down to their ids.
        what: Json = {"fields": "all"} if annotations else {"fields": "task_only", "include": "id,data"}
        seen: set[int] = set()
        page, total = 0, 1
        while page * PAGE < total:
            page += 1
            place = {"project": project, "page": page, "page_size": PAGE}
            answer = self._ask(partial(self._sdk.tasks.list, **place, **what, resolve_uri=False))
            total = answer.response.total
            for task in answer.items:
                seen.add(task.id)
                yield task.model_dump(mode="json")
        if len(seen) < total:
            raise ServiceError(
                f"{len(seen)} of {total} tasks arrived: the project changed while it was read", remedy="run it again"
            )

    def import_tasks(self, project: int, tasks: Sequence[Json]) -> None:
        """Put new tasks into a project; raises ServiceError when not every one was taken."""
        answer = self._ask(lambda: self._sdk.projects.import_tasks(id=project, request=tasks), again=False)
        if answer.task_count is not None and answer.task_count != len(tasks):
            raise ServiceError(
                f"Label Studio took {answer.task_count} of {len(tasks)} tasks",
                remedy="run it again: what is there already is recognised",
            )

    def annotate(self, task: int, body: Json) -> None:
        """Enter an annotation into a task, as the person whose key this is."""
        self._ask(lambda: self._sdk.annotations.create(id=task, **body), again=False)

    def people(self) -> dict[int, str]:
        """Return the name of everyone on the server: the bare name of a local account, else the e-mail address."""
        return {user.id: person(user.email) for user in self._ask(self._sdk.users.list)}

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Ask for what the SDK has no method for, and return the answer's JSON; what it does must bear repeating."""

        def request() -> Any:
            answer = self._sdk._client_wrapper.httpx_client.request(
                path, method=method, json=body, request_options={"max_retries": 0}
            )
            if answer.is_success:
                return answer.json() if answer.content else None
            try:
                said = answer.json()
            except ValueError:
                said = answer.text
            raise ApiError(status_code=answer.status_code, body=said)

        return self._ask(request)

    def _ask(self, request: Callable[[], T], *, again: bool = True) -> T:
        """Make a request, up to four times if it may be repeated."""
        attempts = stamina.retry_context(
            on=_passing if again else _unsent, attempts=4, timeout=None, wait_initial=0.5, wait_max=8
        )
        try:
            for attempt in attempts:
                with attempt:
                    return request()
        except (ApiError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._explain(error) from None  # the original may hold headers, and with them the key
        raise AssertionError  # pragma: no cover  # the context ends by return or by raising

    def _explain(self, error: Exception) -> ServiceError:
        """Put a failure into words that say what to do."""
        url = self._access.url
        if isinstance(error, ApiError):
            said = _words(error.body).replace(self._access.key, "(key)")
            match error.status_code:
                case 401 | 403:
                    return ServiceError(
                        f"Label Studio at {url} refuses the key: {said}",
                        remedy="copy your access token again (Account & Settings); an organisation may take personal "
                        "access tokens only, or legacy tokens only",
                    )
                case 404:
                    return NotThereError(
                        f"{url} has no such thing: {said}", remedy="check that the address is Label Studio's own"
                    )
                case status if isinstance(error.body, str) and status == 200:
                    return ServiceError(f"{url} is not a Label Studio", remedy="check the address")
                case status:
                    return ServiceError(f"Label Studio at {url} answers {status}: {said}", remedy=_mend(status))
        if isinstance(error, httpx.TimeoutException):
            return ServiceError(
                f"Label Studio at {url} did not answer in {PATIENCE:.0f} s", remedy="see whether it is overloaded"
            )
        return ServiceError(
            f"Label Studio at {url} cannot be reached: {error}",
            remedy="check the address and that it runs; a local one starts with: rolecall annotate studio start",
        )


class NotThereError(ServiceError):
    """The server has nothing at this address."""


def _mend(status: int | None) -> str:
    return "see the server's log; then run it again" if status is None or status >= 500 else "correct it and try again"


def _passing(error: Exception) -> bool:
    """Whether a failure may pass by itself: no answer, too many requests, an overloaded or restarting server."""
    if isinstance(error, ApiError):
        return error.status_code in {429, 500, 502, 503, 504}
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def _unsent(error: Exception) -> bool:
    """Whether it is certain that a request did nothing."""
    if isinstance(error, ApiError):
        return error.status_code == 429
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def _words(body: Any) -> str:
    """The server's own words, without page markup."""
    if isinstance(body, dict):
        details = body.get("validation_errors") or {}
        parts = details.items() if isinstance(details, dict) else [("", details)]
        said = [f"{key}: {' '.join(map(str, what)) if isinstance(what, list) else what}" for key, what in parts]
        return "; ".join([str(body.get("detail", "")), *said])[:1000]
    return "a web page" if isinstance(body, str) and "<html" in body[:2000].lower() else str(body)[:300]

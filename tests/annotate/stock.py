"""What a project holds, asked around our own client and held against what was pushed to it."""

from pathlib import Path
from typing import Any, NamedTuple

from rolecall.annotate.results import results_of
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme


class Stock(NamedTuple):
    """How many articles and suggestions are missing or altered in a project, and how many stand there twice."""

    lost: int
    doubled: int


def take_stock(sdk: Any, title: str, scheme: Scheme, articles: Path, *suggestions: Path) -> Stock:
    """Look for these articles, each once and to the letter, and for the last suggestion for each, once.

    Whatever else stands there is lost or doubled, too.
    """
    tasks = tasks_of(sdk, title)
    texts = {(article.id, article.text) for article in jsonl.read(articles, Article)}
    there = {(task["data"]["article"], task["data"]["text"]) for task in tasks}
    wanted = {
        one.article: (one.by, one.spans[0].score, results_of(one, scheme))
        for path in suggestions
        for one in jsonl.read(path, Annotation)
    }
    found = [
        (task["data"]["article"], (one["model_version"], one["score"], one["result"]))
        for task in tasks
        for one in task["predictions"]
    ]
    altered = sum(suggestion != wanted.get(article) for article, suggestion in found)
    return Stock(
        lost=len(texts ^ there) + altered + len(wanted.keys() - {article for article, _ in found}),
        doubled=len(tasks) - len(texts) + sum(len(task["predictions"]) > 1 for task in tasks),
    )


def tasks_of(sdk: Any, title: str) -> list[Json]:
    """Return the tasks of the one project of this title."""
    (project,) = projects(sdk, title)
    query = {"project": project, "fields": "all", "page_size": 1000, "resolve_uri": "false"}
    tasks: list[Json] = _ask(sdk, "api/tasks", **query)["tasks"]
    return tasks


def projects(sdk: Any, title: str) -> list[int]:
    found = _ask(sdk, "api/projects", title=title, page_size=100)["results"]
    return [project["id"] for project in found if project["title"] == title]


def _ask(sdk: Any, path: str, **query: object) -> Any:
    answer = sdk._client_wrapper.httpx_client.request(path, method="GET", params=query)
    assert answer.is_success
    return answer.json()

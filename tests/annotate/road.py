"""The commands that a test gives on one project, and a task as it is exported."""

from pathlib import Path
from typing import Any

import pytest

from rolecall.annotate.tasks import task_of
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme

SCHEME = load_scheme("protest")


ARTICLE = Article.of("Police detained people at a rally.", id="a")


class Road:
    """The commands of one test, on one project of the session's server."""

    def __init__(self, studio: Path, title: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.way = ["--project", title, "--studio", str(studio)]
        self.folder, self.capsys, self.title = folder, capsys, title
        self.out = folder / "pulled.jsonl"

    def __call__(self, name: str, *arguments: object) -> tuple[int, str, str]:
        code = run(["annotate", name, *map(str, arguments)])
        shown = self.capsys.readouterr()
        return code, shown.out, shown.err

    def pull(self, articles: Path, *options: object) -> tuple[int, str, str]:
        way = self.way[2:] if "--from-file" in options else self.way
        return self("pull", articles, "--scheme", "protest", "--out", self.out, *way, *options)

    def articles(self, *articles: Article) -> Path:
        path = self.folder / "articles.jsonl"
        jsonl.write(path, articles)
        return path

    def pulled(self) -> list[Annotation]:
        return list(jsonl.read(self.out, Annotation))


def region(name: str, start: object, end: object, label: str, layer: str) -> Json:
    value = {"start": start, "end": end, "labels": [label]}
    return {"id": name, "type": "labels", "from_name": layer, "to_name": "text", "value": value}


ARREST = region("d", 7, 15, "ARREST", "event")


PEOPLE = region("p", 16, 22, "DETAINEE", "response")


def wire(**changes: Any) -> Json:
    task = task_of(ARTICLE, SCHEME.fingerprint) | {"id": 1, "annotations": [{"id": 2, "completed_by": 7, "result": []}]}
    return task | changes

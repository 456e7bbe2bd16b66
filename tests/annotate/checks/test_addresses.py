from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate.checks.addresses import ask, mirrors_of, read_mirrors, read_tasks
from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.mirror import Head
from rolecall.annotate.tasks import task_of
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from tests.annotate.checks.marked import SCHEME, annotate
from tests.annotate.conftest import send

URL = "http://studio"
ONE, TWO = (Article.of(f"A rally in {name}.", id=name) for name in ("Osh", "Oral"))


def task(article: Article, number: int, *made: str, **fields: Any) -> dict[str, Any]:
    annotations = [{"id": number * 10 + at, "created_at": when} for at, when in enumerate(made)]
    return task_of(article, SCHEME.fingerprint) | {"id": number, "annotations": annotations} | fields


def by(article: Article, name: str, created: str | None = None) -> Annotation:
    return msgspec.structs.replace(annotate(article.text, article=article.id, by=name), created=created)


def mirror(path: Path, project: int, *tasks: dict[str, Any], server: str = URL) -> None:
    lines = [msgspec.json.encode(Head(server, project, "then")), *map(msgspec.json.encode, tasks)]
    path.write_bytes(b"\n".join(lines) + b"\n")


def test_the_mirror_beside_the_annotations_tells(tmp_path: Path) -> None:
    out = tmp_path / "pulled.jsonl"
    assert mirrors_of(out) == []
    assert read_mirrors([]) is None
    mirror(tmp_path / "pulled.project-3.jsonl", 3, task(ONE, 7), {"id": 8, "data": {"text": "foreign"}})
    mirror(tmp_path / "other.project-4.jsonl", 4, task(TWO, 9))
    found = read_mirrors(mirrors_of(out))
    assert found is not None
    assert found.link(by(ONE, "ana")) == "http://studio/projects/3/data?task=7"
    assert found.link(by(TWO, "ana")) is None
    # Another text under the same id is another task.
    assert found.link(by(Article.of("A rally.", id="Osh"), "ana")) is None


def test_of_several_mirrors_the_time_of_making_tells_which(tmp_path: Path) -> None:
    mirror(tmp_path / "pulled.project-3.jsonl", 3, task(ONE, 7, "t1"), task(TWO, 8))
    mirror(tmp_path / "pulled.project-4.jsonl", 4, task(ONE, 9, "t2", drafts=[{"created_at": "t3", "result": [1]}]))
    found = read_mirrors(mirrors_of(tmp_path / "pulled.jsonl"))
    assert found is not None
    assert found.link(by(ONE, "ana", "t1")) == "http://studio/projects/3/data?task=7"
    assert found.link(by(ONE, "ben", "t2")) == "http://studio/projects/4/data?task=9"
    assert found.link(by(ONE, "caro", "t3")) == "http://studio/projects/4/data?task=9"
    assert found.link(by(ONE, "dora")) is None  # in one of the two, who knows


def test_mirrors_of_two_servers_and_what_is_no_mirror(tmp_path: Path) -> None:
    first, second = tmp_path / "a.project-1.jsonl", tmp_path / "a.project-2.jsonl"
    mirror(first, 1)
    mirror(second, 2, server="http://elsewhere")
    with pytest.raises(InputError, match="mirrors http://elsewhere, another one http://studio"):
        read_mirrors([first, second])
    second.write_text("{}\n")
    with pytest.raises(InputError, match="is no mirror of a project"):
        read_mirrors([first, second])


def test_an_exported_file_tells() -> None:
    found = read_tasks(iter([task(ONE, 7, project=3), task(TWO, 8)]), URL)
    assert found.link(by(ONE, "ana")) == "http://studio/projects/3/data?task=7"
    assert found.link(by(TWO, "ana")) is None  # it does not say of which project


def test_a_server_is_asked_for_everybody_s_project(server: LabelStudio, title: str) -> None:
    ana = send(server, [ONE, TWO], SCHEME, f"{title}, ana").project
    found = ask(server, title, ["ana", "ben"])
    address = f"{server.access.url}/projects/{ana}/data?task="
    links = [found.link(by(article, "ana")) for article in (ONE, TWO)]
    tasks = {task["data"]["article"]: task["id"] for task in server.tasks(ana)}
    assert links == [f"{address}{tasks['Osh']}", f"{address}{tasks['Oral']}"]
    assert found.link(by(ONE, "ben")) is None
    common = send(server, [ONE], SCHEME, title).project
    found = ask(server, title, ["ana", "ben"])
    assert found.link(by(ONE, "ana")) == links[0]
    (task_there,) = server.tasks(common)
    assert found.link(by(ONE, "ben")) == f"{server.access.url}/projects/{common}/data?task={task_there['id']}"
    with pytest.raises(InputError, match="no project is called"):
        ask(server, f"{title}!", ["ana"])

"""From an exported file to annotations: whose they are, their order, and what stands there already."""

import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.annotate.pull import Gone, ledger_path, pull
from rolecall.annotate.tasks import task_of
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from tests.annotate.road import ARREST, ARTICLE, SCHEME, wire


def test_who_is_who_in_an_export(tmp_path: Path) -> None:
    who: list[Any] = [7, 8, {"id": 9, "email": "x@y.z"}, {"email": "ana@studio.invalid"}, None]
    annotations = [{"id": at, "completed_by": by, "result": None} for at, by in enumerate(who)]
    done = pull(
        [wire(annotations=annotations, drafts=[{}, {"user": "ben@studio.invalid", "result": [ARREST]}])],
        {"a": ARTICLE},
        SCHEME,
        tmp_path / "out.jsonl",
        names={8: "ben"},
    )
    assert done.people == {"user-7": 1, "ben": 1, "x@y.z": 1, "ana": 1, "user-None": 1}
    assert (done.drafts, done.lost) == (0, 1)


def test_an_article_in_two_tasks_counts_once_a_person(tmp_path: Path) -> None:
    done = pull([wire(), wire(id=5)], {"a": ARTICLE}, SCHEME, tmp_path / "out.jsonl", names={})
    assert (done.people, done.lost) == ({"user-7": 1}, 1)


def test_the_order_is_the_articles_whatever_the_tasks_is(tmp_path: Path) -> None:
    articles = {name: Article.of(f"Police detained people in {name}.", id=name) for name in "cab"}
    tasks = [
        task_of(article, SCHEME.fingerprint)
        | {"id": at, "annotations": [{"id": 10 * at + by, "completed_by": by, "result": [ARREST]} for by in (9, 1, 5)]}
        for at, article in enumerate(articles.values())
    ]
    outs = []
    for order in (tasks, tasks[::-1], [tasks[1], tasks[2], tasks[0]]):
        turned = [task | {"annotations": task["annotations"][:: 1 - 2 * (at % 2)]} for at, task in enumerate(order)]
        out = tmp_path / "out.jsonl"
        pull(turned, articles, SCHEME, out, names={9: "ana"}, overwrite=True)
        outs.append(out.read_bytes())
    assert outs[0] == outs[1] == outs[2]
    read = [(a.article, a.by) for a in jsonl.read(out, Annotation)]
    assert read == [(name, by) for name in "cab" for by in ("ana", "user-1", "user-5")]


def test_what_was_pulled_before_is_not_let_go_of_in_silence(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    two = [{"id": at, "completed_by": at, "result": [ARREST]} for at in (1, 2)]
    pull([wire(annotations=two)], {"a": ARTICLE}, SCHEME, out, names={})
    before = out.read_bytes(), ledger_path(out).read_bytes()
    done = pull([wire(annotations=two[:1])], {"a": ARTICLE}, SCHEME, out, names={})
    assert (done.written, done.gone) == (False, [Gone("a", "user-2")])
    assert (out.read_bytes(), ledger_path(out).read_bytes()) == before
    done = pull([wire(annotations=two[:1])], {"a": ARTICLE}, SCHEME, out, names={}, overwrite=True)
    assert (done.written, done.gone) == (True, [])
    assert [a.by for a in jsonl.read(out, Annotation)] == ["user-1"]
    out.write_text("no annotations\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"out\.jsonl:1: not a record of kind annotation"):
        pull([wire()], {"a": ARTICLE}, SCHEME, out, names={})


def test_what_is_read_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    articles, exported = tmp_path / "articles.jsonl", tmp_path / "out.ledger.jsonl"
    jsonl.write(articles, [ARTICLE])
    exported.write_text(json.dumps([wire()]), encoding="utf-8")
    before = articles.read_bytes(), exported.read_bytes()
    command = ["annotate", "pull", str(articles), "--scheme", "protest", "--from-file", str(exported), "--out"]
    for out, at_risk in ((articles, articles), (tmp_path / "out.jsonl", exported), (exported, exported)):
        assert run([*command, str(out)]) == 2
        assert f"{at_risk}: would be replaced by what is pulled\n  remedy: " in capsys.readouterr().err
    assert (articles.read_bytes(), exported.read_bytes()) == before
    assert run([*command, str(tmp_path / "new.jsonl")]) == 0


def test_a_name_that_fits_nobody_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jsonl.write(tmp_path / "articles.jsonl", [ARTICLE])
    annotations: list[Json] = [{"id": at, "completed_by": by, "result": []} for at, by in enumerate((7, None))]
    (tmp_path / "export.json").write_text(json.dumps([wire(annotations=annotations)]), encoding="utf-8")
    command = ["annotate", "pull", f"{tmp_path}/articles.jsonl", "--scheme", "protest", "--out", f"{tmp_path}/o.jsonl"]
    assert run([*command, "--from-file", f"{tmp_path}/export.json", "--adjudicated-by", "gold,user-7"]) == 0
    said = capsys.readouterr().err
    assert "--adjudicated-by: no annotation here is by gold\n" in said
    assert "no name for user-7: tell who it is with --names 7=NAME" in said

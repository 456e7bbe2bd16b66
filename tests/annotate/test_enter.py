"""Existing annotations into a real server: each under its author's account, none twice, none overwritten."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.studio import Studio
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import load_scheme
from tests.annotate.conftest import send

SCHEME = load_scheme("protest")
ARTICLE = Article.of("Police detained people at a rally.", id="a")
ARREST, PEOPLE, RALLY = (
    Span(7, 15, "ARREST", "detained"),
    Span(16, 22, "DETAINEE", "people"),
    Span(28, 33, "PROTEST", "rally"),
)


def annotation(by: str = "ana", **fields: Any) -> Annotation:
    whole: dict[str, Any] = {"article": "a", "hash": ARTICLE.hash, "by": by, "kind": "human", "spans": (ARREST, PEOPLE)}
    return Annotation(**(whole | {"scheme": SCHEME.fingerprint, "links": ((0, 1),)} | fields))


@pytest.fixture
def project(server: LabelStudio, title: str) -> str:
    send(server, [ARTICLE], SCHEME, title)
    return title


@pytest.fixture
def enter(project: str, studio_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command on records; return its exit code, output and messages."""

    def command(*records: Annotation, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
        path = tmp_path / "annotations.jsonl"
        jsonl.write(path, records)
        way = ["--project", project, "--studio", str(studio_dir)]
        code = run(["annotate", "enter", str(path), *way, *options])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return command


def there(server: LabelStudio, title: str) -> list[tuple[str, bool, bool, float | None]]:
    names = server.people()
    (task,) = server.tasks(server.get_project(title).id)
    found = [
        (names[a["completed_by"]], a["ground_truth"], a["was_cancelled"], a["lead_time"]) for a in task["annotations"]
    ]
    return sorted(found)


def test_each_is_entered_once_and_belongs_to_its_author(server: LabelStudio, project: str, enter: Any) -> None:
    records = [
        annotation("ana", seconds=12.5),
        annotation("ben", status="skipped", spans=(), links=()),
        annotation("gold", kind="adjudicated"),
    ]
    code, out, _ = enter(*records)
    assert (code, out.partition(": ")[2]) == (0, "3 entered by ana 1, ben 1, gold 1, 0 unchanged, 0 refused\n")
    expected = [("ana", False, False, 12.5), ("ben", False, True, None), ("gold", True, False, None)]
    assert there(server, project) == expected
    code, out, _ = enter(*records, options=("--json",))
    assert (code, json.loads(out)) == (0, {"entered": {}, "unchanged": 3, "refused": []})
    assert there(server, project) == expected


@pytest.mark.parametrize(
    "change",
    [{"spans": (ARREST,), "links": ()}, {"links": ()}, {"kind": "adjudicated"}, {"status": "draft"}],
)
def test_another_annotation_by_the_same_person_is_refused(
    server: LabelStudio, project: str, enter: Any, change: dict[str, Any]
) -> None:
    assert enter(annotation("ana"))[0] == 0
    code, out, err = enter(annotation("ana", **change), annotation("ben"))
    assert code == 1
    assert "1 entered by ben 1, 0 unchanged, 1 refused" in out
    assert "a by ana: has another annotation by this person there" in err
    assert [by for by, *_ in there(server, project)] == ["ana", "ben"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (annotation("zoe"), "no account for zoe; there are: ana, ben, gold"),
        (annotation(article="b"), "1 of its articles are not in project"),
        (annotation(hash="0" * 64), "article 'a' has changed since it was labelled: hash 000000000000 is now"),
        (annotation(spans=(Span(0, 6, "ARREST", "Polite"),), links=()), "the text has 'Police', the quote is 'Polite'"),
        (annotation(kind="model"), "'ana' is a model's"),
        (annotation(links=((1, 0),)), "does not run from a trigger to an argument"),
        (annotation(spans=(Span(0, 6, "COP", "Police"),), links=()), "role 'COP' is not in the scheme"),
        (annotation(scheme="protest:1:000000000000"), "labelled with scheme 'protest:1:000000000000'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(
    server: LabelStudio, project: str, enter: Any, record: Annotation, message: str
) -> None:
    code, _, err = enter(annotation("ben"), record)
    assert code == 2
    assert message in err
    assert "remedy: " in err
    assert there(server, project) == []


def test_the_same_person_twice_in_a_file(enter: Any) -> None:
    code, _, err = enter(annotation(), annotation(spans=(), links=()))
    assert code == 2
    assert "'ana' annotated article 'a' twice" in err
    assert "holds no annotations" in enter()[2]


def test_a_task_whose_text_was_altered(server: LabelStudio, sdk: Any, project: str, enter: Any) -> None:
    (task,) = server.tasks(server.get_project(project).id)
    sdk.tasks.update(str(task["id"]), data=task["data"] | {"text": "Something else."})
    code, _, err = enter(annotation())
    assert code == 2
    assert "does not hold the text of article 'a' any more" in err


def test_a_project_that_does_not_fit(project: str, studio_dir: Path, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "annotations.jsonl"
    jsonl.write(path, [annotation(scheme=load_scheme("case").fingerprint, spans=(), links=())])
    command = ["annotate", "enter", str(path), "--studio", str(studio_dir), "--project"]
    assert run([*command, "None such"]) == 2
    assert "no project is called 'None such'" in capsys.readouterr().err
    assert run([*command, project]) == 2
    assert "labelled with scheme 'protest:1:" in capsys.readouterr().err


def test_a_token_that_is_no_longer_good(studio: Studio, project: str, server: LabelStudio, tmp_path: Path) -> None:
    from rolecall.annotate.enter import carry_out, plan
    from rolecall.core.errors import ServiceError

    path = tmp_path / "annotations.jsonl"
    jsonl.write(path, [annotation()])
    planned = plan(path, server, studio, SCHEME, project)
    stale = {"ana": msgspec.structs.replace(studio.accounts["ana"], token="0" * 40)}
    with pytest.raises(ServiceError, match="refuses the key"):
        list(carry_out(planned, path, msgspec.structs.replace(studio, accounts=stale), SCHEME))
    assert there(server, project) == []

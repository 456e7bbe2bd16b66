"""A model's suggestions on a real server: checked first, there once, and never taken from under somebody."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.push import Pushed, Refusal
from rolecall.annotate.suggest import Suggestions
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation
from tests.annotate.conftest import send
from tests.annotate.predictions import EVENT, PLACE, RALLY, SCHEME, STRIKE, predicted


class Desk:
    """Predictions in a file, pushed with two articles to one project of a real server."""

    def __init__(self, server: LabelStudio, title: str, folder: Path) -> None:
        self.server, self.title, self.path = server, title, folder / "predictions.jsonl"

    def suggest(self, *predictions: Annotation, **options: Any) -> Pushed:
        jsonl.write(self.path, predictions)
        suggestions = Suggestions(self.path, SCHEME, {"a": RALLY, "b": STRIKE})
        return send(self.server, [RALLY, STRIKE], SCHEME, self.title, suggestions=suggestions, **options)

    def there(self) -> dict[str, list[tuple[str, float | None, list[str]]]]:
        """The suggestions of each article: version, score, and the words of its spans."""
        return {
            task["data"]["article"]: [
                (one["model_version"], one["score"], [r["value"]["text"] for r in one["result"] if "value" in r])
                for one in task["predictions"]
            ]
            for task in self.server.tasks(self.server.get_project(self.title).id)
        }


@pytest.fixture
def desk(server: LabelStudio, title: str, tmp_path: Path) -> Desk:
    return Desk(server, title, tmp_path)


def test_suggestions_go_with_new_articles_once(desk: Desk) -> None:
    prediction = predicted(RALLY, EVENT, PLACE, links=((0, 1),))
    done = desk.suggest(prediction)
    assert (done.new, done.suggested, done.kept) == (2, 1, 0)
    assert desk.there() == {"a": [("run-1", 0.75, ["rally", "Aqtau"])], "b": []}
    done = desk.suggest(prediction)
    assert (done.new, done.suggested, done.replaced, done.kept) == (0, 0, 0, 1)
    assert desk.there()["a"] == [("run-1", 0.75, ["rally", "Aqtau"])]


def test_a_suggestion_that_somebody_started_from_stays(desk: Desk, sdk: Any) -> None:
    desk.suggest(predicted(RALLY, EVENT, PLACE))
    (task, _) = desk.server.tasks(desk.server.get_project(desk.title).id)
    sdk.annotations.create(id=task["id"], result=[], parent_prediction=task["predictions"][0]["id"])
    done = desk.suggest(predicted(RALLY, EVENT))
    assert done.refused == (Refusal("a", "is being labelled: its suggestion by run-1 stays as it is"),)
    assert desk.there()["a"] == [("run-1", 0.75, ["rally", "Aqtau"])]


def test_a_suggestion_that_stands_twice_is_there_once_again(desk: Desk, sdk: Any) -> None:
    desk.suggest(predicted(RALLY, EVENT))
    (task, _) = desk.server.tasks(desk.server.get_project(desk.title).id)
    twice = {key: task["predictions"][0][key] for key in ("result", "model_version", "score")}
    sdk.predictions.create(task=task["id"], **twice)
    done = desk.suggest(predicted(RALLY, EVENT), dry_run=True)
    assert (done.suggested, done.replaced, done.kept) == (0, 1, 1)
    assert len(desk.there()["a"]) == 2
    desk.suggest(predicted(RALLY, EVENT))
    assert desk.there()["a"] == [("run-1", 0.5, ["rally"])]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"spans": [{"start": 2, "end": 7, "role": "RIOT", "text": "rally"}]}, ":2: role 'RIOT' is not in the scheme"),
        ({"spans": [{"start": 3, "end": 8, "role": "PROTEST", "text": "rally"}]}, ":2: article 'a', 3:8"),
        (
            {"spans": [{"start": 7, "end": 2, "role": "PROTEST", "text": "rally"}]},
            ":2: not a record of kind",
        ),
        (
            {"spans": [{"start": 2, "end": 99, "role": "PROTEST", "text": "rally"}]},
            ":2: not a record of kind",
        ),
        ({"links": [[0, 4]]}, ":2: not a record of kind"),
        ({"kind": "human"}, "'run-2' of article 'a' is no model's"),
        ({"by": "run-1"}, "'run-1' suggests twice for article 'a'"),
        ({"hash": "0" * 64}, ":2: article 'a' has changed since it was labelled"),
        ({"scheme": "case:1:50765441f31a"}, ":2: labelled with scheme 'case:1:50765441f31a'"),
    ],
)
def test_bad_suggestions_are_refused_before_anything_is_sent(
    bad: dict[str, Any], message: str, desk: Desk, studio_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = desk.path.parent
    good = msgspec.to_builtins(predicted(RALLY, EVENT))
    lines = [json.dumps(one) for one in (good, good | {"by": "run-2"} | bad)]
    desk.path.write_text("\n".join(lines), encoding="utf-8")
    jsonl.write(folder / "articles.jsonl", [RALLY])
    command = ["annotate", "push", str(folder / "articles.jsonl"), "--scheme", "protest", "--project", desk.title]
    assert run([*command, "--studio", str(studio_dir), "--suggestions", str(desk.path)]) == 2
    assert message in capsys.readouterr().err
    assert desk.server.find_project(desk.title) is None


def test_the_same_version_again_replaces_and_another_stands_beside(desk: Desk) -> None:
    desk.suggest(predicted(RALLY, EVENT, PLACE), predicted(STRIKE))
    done = desk.suggest(predicted(RALLY, EVENT), predicted(RALLY, PLACE, by="run-2"), predicted(STRIKE))
    assert (done.suggested, done.replaced, done.kept) == (2, 1, 1)
    assert sorted(desk.there()["a"]) == [("run-1", 0.5, ["rally"]), ("run-2", 1.0, ["Aqtau"])]
    assert desk.there()["b"] == [("run-1", None, [])]

"""Through a real server and home again: what is submitted, what is not, and what has changed meanwhile."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rolecall.annotate.adjudication.offer import DISPUTES, START
from rolecall.annotate.adjudication.outcome import read_decisions
from rolecall.annotate.results import results_of
from rolecall.annotate.tasks import body_of
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article, normalise
from tests.annotate.adjudication.conftest import Round
from tests.annotate.adjudication.material import AGREED, ALONE, ANA, BEN, MARCH, SCHEME, STRIKE, reading

Begin = Callable[..., Round]
SAMPLE = Path(__file__).parents[3] / "sample"


def said(annotation: Annotation) -> object:
    return annotation.spans, annotation.links, annotation.events, annotation.choices


def test_only_what_differs_is_sent_with_each_version_by_name_and_once(
    begin: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    round_ = begin(ANA, BEN, *AGREED, ALONE)
    assert round_.push("--dry-run") == 0
    assert f"'{round_.title}' (to be made): 1 new, 0 there before, 0 refused" in capsys.readouterr().out
    assert round_.push() == 0
    shown = capsys.readouterr()
    assert "1 articles to decide on: 3 spans, 2 links, 1 events\n" in shown.out
    assert "1 articles on which all readings agree stay at home\n" in shown.out
    assert "1 articles were read by one person only (--single sends them)\n  strike" in shown.err
    (task,) = round_.tasks().values()
    assert sorted(each["model_version"] for each in task["predictions"]) == [START, "ana", "ben"]
    assert len(task["data"][DISPUTES]) == 6
    project = round_.server.get_project(round_.title).id
    settings = round_.server.call("GET", f"api/projects/{project}")
    assert settings["model_version"] == START
    assert "Delete what is wrong" in settings["expert_instruction"]
    assert round_.push("--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["push"]["new"], told["push"]["unchanged"], told["push"]["kept"], told["renewed"]) == (0, 1, 3, 0)


def test_where_nothing_differs_no_project_is_made(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    round_ = begin(*AGREED)
    assert round_.push() == 0
    assert "0 articles to decide on\n1 articles on which all readings agree" in capsys.readouterr().out
    assert round_.server.find_project(round_.title) is None


def test_readings_that_change_before_anybody_begins_are_brought_up_to_date(
    begin: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    round_ = begin()
    assert round_.push() == 0
    moved = reading("ben", MARCH, "PROTEST walk out | PLACE Jarkul")
    round_.files.label(ANA, moved, *AGREED)
    assert round_.push() == 0
    assert "1 tasks show other points now" in capsys.readouterr().err
    (task,) = round_.tasks().values()
    (now,) = [each["result"] for each in task["predictions"] if each["model_version"] == "ben"]
    assert now == results_of(moved, SCHEME)
    assert len(task["predictions"]) == 3
    assert task["data"][DISPUTES]["1 labelled or not"] == 'ana: PARTICIPANT "Miners"  ·  ben: nothing'
    round_.files.label(ANA, msgspec.structs.replace(ANA, by="ben"), *AGREED)
    assert round_.push() == 0
    assert "1 tasks there are not disputed any more\n  march" in capsys.readouterr().err
    assert round_.pull() == 0  # the two agree, and nobody has begun
    assert set(round_.files.made()) == {"march", "rally"}


def test_what_is_submitted_comes_home_with_who_decided(begin: Begin) -> None:
    round_ = begin(msgspec.structs.replace(ANA, from_prediction="model-7"), BEN, *AGREED)
    assert round_.push() == 0
    round_.decide(msgspec.structs.replace(BEN, seconds=42.0))
    assert round_.pull("--by", "truth") == 0
    gold = round_.files.made()["march"]
    assert said(gold) == said(BEN)
    assert (gold.by, gold.kind, gold.seconds) == ("truth", "adjudicated", 42.0)
    assert gold.from_prediction == "model-7"  # one of the readings started from it
    assert round_.files.made()["rally"].from_prediction is None
    found = [each for each in read_decisions(round_.files.decisions) if each.article == "march"]
    assert {(each.by, each.at) for each in found} == {("gold", gold.updated)}
    assert {each.aided for each in found if "ana" in each.versions} == {("ana",)}


def test_the_start_as_it_is_comes_home_with_a_list_of_what_was_not_decided(
    begin: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    round_ = begin()
    assert round_.push() == 0
    (task,) = round_.tasks().values()
    (start,) = [each for each in task["predictions"] if each["model_version"] == START]
    round_.hand_in("march", {"result": start["result"], "parent_prediction": start["id"]})
    assert round_.pull() == 1
    shown = capsys.readouterr().err
    assert "remark: several versions of one place stand (2)" in shown
    assert 'march AUTHORITY "Riot police" | AUTHORITY "Riot police in helmets" http' in shown
    assert "no gold: submitted, but something is left open (1)\n  march" in shown
    assert set(round_.files.made()) == {"rally"}


def test_what_is_not_finished_has_no_gold_and_is_listed(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    articles = [Article.of(f"Rally {number} in Ust.", id=f"a{number}") for number in range(5)]
    readings = [
        reading(name, article, marks)
        for article in articles
        for name, marks in (("ana", "PROTEST Rally"), ("ben", "PROTEST Rally | PLACE Ust"))
    ]
    round_ = begin()
    jsonl.write(round_.files.articles, articles)
    round_.files.label(*readings)
    assert round_.push() == 0
    untouched, skipped, later, unsaved, twice = (readings[2 * number] for number in range(5))
    round_.decide(skipped, was_cancelled=True)
    round_.decide(msgspec.structs.replace(later, status="draft"))
    round_.draft(unsaved.article, results_of(unsaved, SCHEME))
    round_.decide(twice)
    round_.decide(twice, by="ben")
    assert round_.pull() == 1
    shown = capsys.readouterr()
    assert "0 articles decided" in shown.out
    for name, reason in (
        (untouched.article, "waits for an adjudicator (1)\n  {} http"),
        (skipped.article, "skipped (1)\n  {} by gold http"),
        (later.article, "begun, not submitted (2)\n  {} by gold http"),
        (twice.article, "submitted more than once: delete all but one in Label Studio (1)\n  {} by gold; by ben http"),
    ):
        assert f"no gold: {reason.format(name)}" in shown.err
    assert "adjudicate: 15 spans in = 0 kept + 0 changed + 15 dropped" in shown.err
    assert round_.files.gold.read_bytes() == b""


def test_decisions_are_traced_to_the_readings_that_were_shown(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    round_ = begin()
    assert round_.push() == 0
    round_.decide(BEN)
    round_.files.label(ANA, reading("ben", MARCH, "PROTEST walk out"), *AGREED)
    assert round_.pull() == 1
    assert "remark: a reading has changed since it was shown (1)\n  march by ben http" in capsys.readouterr().err
    assert said(round_.files.made()["march"]) == said(BEN)
    bridge = [each for each in read_decisions(round_.files.decisions) if "bridge" in each.item]
    assert [(each.versions, each.outcome) for each in bridge] == [(("ben",), "kept")]
    assert round_.push() == 1
    assert "march: is being labelled: its suggestion by ben stays as it is" in capsys.readouterr().err


def test_what_cannot_be_read_is_listed(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    round_ = begin(ANA, BEN, ALONE, reading("ben", STRIKE, "PLACE Ust"))
    assert round_.push() == 0
    round_.decide(ALONE)
    altered = round_.tasks()["strike"]
    data = altered["data"] | {"text": "Something else."}
    round_.server.call("PATCH", f"api/tasks/{altered['id']}", {"data": data})
    results = results_of(BEN, SCHEME)
    far = {**results[0], "id": "far", "value": {**results[0]["value"], "start": 900, "end": 910}}
    round_.hand_in("march", {"result": [*results, far]})
    assert round_.pull() == 1
    shown = capsys.readouterr().err
    assert "remark: task's text was altered (1)\n  strike http" in shown
    assert "no gold: differs, and is not in the project (1)\n  strike" in shown
    assert "remark: not all of what was submitted could be read (1)\n  march dropped: 900:910 ORGANIZER" in shown
    assert "submission: 11 spans in = 10 kept + 0 changed + 1 dropped (out of range 1)" in shown
    assert "no gold: submitted, but something is left open (1)\n  march dropped: 900:910 ORGANIZER" in shown
    assert round_.files.made() == {}


def test_who_changed_it_last_decided(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    round_ = begin()
    assert round_.push() == 0
    round_.decide(ANA)
    assert round_.pull() == 0
    assert {each.by for each in read_decisions(round_.files.decisions) if each.article == "march"} == {"gold"}
    round_.change("march", results_of(BEN, SCHEME), by="ben")
    capsys.readouterr()
    assert round_.pull() == 0
    shown = capsys.readouterr().err
    assert (
        "remark: changed last by somebody else, who counts as the decider (1)\n  march by ben, begun by gold" in shown
    )
    assert said(round_.files.made()["march"]) == said(BEN)
    assert {each.by for each in read_decisions(round_.files.decisions) if each.article == "march"} == {"ben"}


def test_gold_is_let_go_of_only_if_told_so(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    round_ = begin()
    assert round_.push() == 0
    round_.decide(ANA)
    assert round_.pull() == 0
    before = [path.read_bytes() for path in (round_.files.gold, round_.files.decisions)]
    (found,) = round_.tasks()["march"]["annotations"]
    round_.server.call("DELETE", f"api/annotations/{found['id']}")
    capsys.readouterr()
    assert round_.pull() == 1
    shown = capsys.readouterr()
    assert ", not written: " in shown.out
    assert "nothing was written, since 1 articles have gold in the file and have none now" in shown.err
    assert [path.read_bytes() for path in (round_.files.gold, round_.files.decisions)] == before
    assert round_.pull("--overwrite") == 1
    assert set(round_.files.made()) == {"rally"}
    round_.files.decisions.write_text("My notes.\n", encoding="utf-8")
    assert round_.pull() == 2
    assert "decisions.jsonl: holds something else than would be written to it" in capsys.readouterr().err
    round_.files.gold.write_text("{", encoding="utf-8")
    assert round_.pull("--overwrite") == 1
    assert "remark: what stood there before could not be read (1)" in capsys.readouterr().err
    assert set(round_.files.made()) == {"rally"}


def test_a_changed_article_is_adjudicated_beside_its_older_text(
    begin: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    round_ = begin()
    assert round_.push() == 0
    changed = Article.of(f"{MARCH.text} It rained.", id="march")
    jsonl.write(round_.files.articles, [changed])
    ana, ben = (msgspec.structs.replace(each, hash=changed.hash) for each in (ANA, BEN))
    round_.files.label(ana, ben)
    assert round_.push() == 1
    assert "to adjudicate a changed article beside its older text, add --new-versions" in capsys.readouterr().err
    assert round_.push("--new-versions") == 0
    assert round_.pull() == 1
    shown = capsys.readouterr().err
    assert "article has another text now than when it was pushed: push it with --new-versions (1)\n  march" in shown
    assert "no gold: waits for an adjudicator (1)\n  march" in shown


def test_each_submission_counts_by_its_own_task(begin: Begin) -> None:
    round_ = begin()
    assert round_.push() == 0
    (first,) = round_.tasks().values()
    project = round_.server.get_project(round_.title).id
    old = reading("ben", MARCH, "PROTEST walk out")
    shown = [{"model_version": name, "result": results_of(one, SCHEME)} for name, one in (("ana", ANA), ("ben", old))]
    (second,) = round_.server.import_tasks(project, [{"data": first["data"], "predictions": shown}])
    round_.hands("gold").annotate(second, body_of(ANA, SCHEME) | {"ground_truth": False})
    assert round_.pull() == 1  # what was shown there is another reading than the file's
    found = list(read_decisions(round_.files.decisions))
    assert "march" in {each.article for each in found}
    assert not [each for each in found if "bridge" in each.item]  # nobody had it, as that task showed them


def test_plain_commands_refuse_a_project_for_adjudication(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    round_ = begin()
    assert round_.push() == 0
    articles, out = str(round_.files.articles), str(round_.files.folder / "plain.jsonl")
    for command in (["push", articles], ["pull", articles, "--out", out]):
        assert run(["annotate", *command, "--scheme", "protest", *round_.where]) == 2
        assert f"project '{round_.title}' is one for adjudication" in capsys.readouterr().err


def test_a_project_for_annotators_is_refused(
    begin: Begin, studio_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    round_ = begin()
    articles = str(round_.files.articles)
    assert run(["annotate", "push", articles, "--scheme", "protest", *round_.where]) == 0
    for command in (round_.push, round_.pull):
        assert command() == 2
        assert f"project '{round_.title}' is not one for adjudication" in capsys.readouterr().err
    assert all(not task["predictions"] for task in round_.tasks().values())


def test_ten_articles_of_the_sample_make_its_gold_again(begin: Begin, tmp_path: Path) -> None:
    articles = list(jsonl.read(SAMPLE / "articles.jsonl", Article))
    awkward = [a for a in articles if any(ord(letter) > 0xFFFF for letter in a.text)]
    chosen = {article.id: article for article in [*awkward, *articles][:10]}
    labels = [each for each in jsonl.read(SAMPLE / "annotations.jsonl", Annotation) if each.article in chosen]
    gold = {each.article: normalise(each) for each in labels if each.by == "gold"}
    round_ = begin()
    jsonl.write(round_.files.articles, chosen.values())
    round_.files.label(*(each for each in labels if each.by != "gold"))
    assert round_.push() == 0
    sent = tmp_path / "sent.jsonl"
    assert jsonl.write(sent, (gold[name] for name in round_.tasks())) > 7
    assert run(["annotate", "enter", str(sent), *round_.where]) == 0
    assert round_.pull() == 0
    made = round_.files.made()
    assert len(made) == 10
    encode = msgspec.json.encode
    for name, own in made.items():
        assert encode([own.spans, own.links, own.events]) == encode(
            [gold[name].spans, gold[name].links, gold[name].events]
        )
    out, both = tmp_path / "dataset", tmp_path / "labels.jsonl"
    both.write_bytes(round_.files.annotations.read_bytes() + round_.files.gold.read_bytes())
    command = ["annotate", "dataset", str(round_.files.articles), str(both), "--scheme", "protest"]
    assert run([*command, "--out", str(out)]) == 0
    kept = [each for split in out.glob("*/gold.jsonl") for each in jsonl.read(split, Annotation)]
    assert {each.article: said(each) for each in kept} == {name: said(each) for name, each in made.items()}

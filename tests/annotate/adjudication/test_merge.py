"""Merging without a server: files in, files out."""

import json
from pathlib import Path

import msgspec
import pytest

from rolecall.annotate.adjudication.outcome import read_decisions
from rolecall.core.cli import run
from rolecall.core.ledger import Entry, read_ledger
from rolecall.core.records import Annotation, normalise
from tests.annotate.adjudication.material import AGREED, ALONE, ANA, BEN, MARCH, RALLY, Files, reading

MERGE = ["annotate", "adjudicate", "merge"]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def merge(files: Files, *options: str) -> int:
    return run([*MERGE, *files.inputs, *files.outputs, *options])


def said(annotation: Annotation) -> object:
    plain = normalise(annotation)
    return plain.spans, plain.links, plain.events


def test_ties_and_single_readings_are_listed_and_have_no_gold(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert merge(files, "--rule", "majority") == 1
    shown = capsys.readouterr()
    assert "1 articles decided by agreement 1" in shown.out
    assert 'no gold: majority cannot decide (1)\n  march ORGANIZER "Miners" | PARTICIPANT "Miners"; ' in shown.err
    assert "1 articles were read by one person only, and have no gold (--take-single takes them)\n  strike" in shown.err
    assert set(files.made()) == {"rally"}
    gold = files.made()["rally"]
    assert (said(gold), gold.by, gold.kind, gold.from_prediction) == (said(AGREED[0]), "gold", "adjudicated", None)
    assert {each.by for each in read_decisions(files.decisions)} == {"agreement"}


def test_precedence_decides_everything_and_a_single_reading_may_be_taken_as_it_is(files: Files) -> None:
    assert merge(files, "--rule", "precedence:ben,ana", "--take-single") == 0
    made = files.made()
    assert said(made["march"]) == said(BEN)
    assert made["strike"] == msgspec.structs.replace(ALONE, by="gold", kind="adjudicated", status=None)
    by = {(each.article, each.by) for each in read_decisions(files.decisions)}
    assert by == {
        ("rally", "agreement"), ("march", "agreement"), ("march", "precedence:ben,ana"), ("strike", "only reader"),
    }  # fmt: skip
    both = files.folder / "labels.jsonl"
    both.write_bytes(files.annotations.read_bytes() + files.gold.read_bytes())
    command = ["annotate", "dataset", str(files.articles), str(both), "--scheme", "protest"]
    assert run([*command, "--out", str(files.folder / "dataset")]) == 0


def test_ties_may_be_dropped_or_go_by_precedence(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert merge(files, "--rule", "majority", "--ties", "drop", "--take-single") == 0
    assert "remark: majority cannot decide: left out (6)" in capsys.readouterr().err
    dropped = files.made()["march"]
    assert [span.text for span in dropped.spans] == [
        "walk out", "Jarkul", "marched", "office", "Monday", "detained", "rally",
    ]  # fmt: skip
    assert (dropped.links, dropped.events) == (((0, 1),), ((0, 2),))  # all join the march to the walk-out
    assert merge(files, "--rule", "majority", "--ties", "precedence:ana", "--take-single", "--overwrite") == 0
    assert said(files.made()["march"]) == said(ANA)


def test_a_file_in_which_nobody_finished_anything_is_refused(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.label(msgspec.structs.replace(ANA, status="draft"))
    assert merge(files, "--rule", "majority") == 2
    assert "annotations.jsonl: holds no finished reading by a person" in capsys.readouterr().err


def test_articles_that_nobody_read_are_listed(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.label(*AGREED)
    assert merge(files, "--rule", "majority") == 0
    assert "2 articles were read by nobody\n  march\n  strike\n" in capsys.readouterr().err


def test_models_drafts_and_skips_are_no_versions(files: Files) -> None:
    ana, ben = AGREED
    others = [
        msgspec.structs.replace(ben, by="caro", status="draft"),
        msgspec.structs.replace(ben, by="dan", status="skipped", spans=(), links=()),
        msgspec.structs.replace(ben, by="model-7", kind="model"),
        msgspec.structs.replace(ben, by="old", kind="adjudicated"),
    ]
    files.label(ana, ben, *others)
    assert merge(files, "--rule", "majority") == 0
    entries = read_ledger(files.gold.with_name("gold.ledger.jsonl"))
    reasons = [(each.by, each.reason) for each in entries if isinstance(each, Entry)]
    assert reasons == [
        ("caro", "draft"), ("dan", "skipped"), ("model-7", "made by a model"), ("old", "adjudicated before"),
    ]  # fmt: skip


def test_gold_of_readings_that_started_from_a_model_says_so(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    ana, ben = AGREED
    files.label(ana, msgspec.structs.replace(ben, from_prediction="model-7"))
    assert merge(files, "--rule", "majority") == 0
    assert files.made()["rally"].from_prediction == "model-7"
    assert {each.aided for each in read_decisions(files.decisions)} == {("ben",)}
    assert "1 rest on a reading that started from a model's suggestion" in capsys.readouterr().err


def test_only_those_asked_for_count(files: Files) -> None:
    caro = reading("caro", RALLY, "PLACE Aqtau")
    files.label(*AGREED, caro)
    assert merge(files, "--rule", "precedence:caro", "--annotators", "ana,ben") == 2
    assert merge(files, "--rule", "majority", "--annotators", "ana,ben") == 0
    assert said(files.made()["rally"]) == said(AGREED[0])


def test_a_span_stays_unsure_where_all_who_have_it_are(files: Files) -> None:
    ana, ben = (
        msgspec.structs.replace(
            each,
            spans=tuple(msgspec.structs.replace(s, unsure=s.role == "PROTEST" or each.by == "ana") for s in each.spans),
        )
        for each in AGREED
    )
    files.label(ana, ben)
    assert merge(files, "--rule", "majority") == 0
    assert {span.text: span.unsure for span in files.made()["rally"].spans} == {"Teachers": False, "rally": True}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rule", "most"], "'most' is no rule"),
        (["--rule", "precedence:zoe"], "nobody called zoe handed in a reading"),
        (["--rule", "majority", "--ties", "keep"], "--ties keep: is no way out"),
        (["--rule", "majority", "--by", "ana"], "--by 'ana': an annotator is called so"),
        (["--rule", "majority", "--annotators", "zoe"], "has no finished reading by zoe"),
        (["--rule", "majority", "--annotators", "ana,zed"], "people who finished any: ana, ben\n"),
        (["--rule", "majority", "--out", "ANNOTATIONS", "--overwrite"], "would be replaced by what is made from it"),
        (["--rule", "majority", "--decisions", "GOLD"], "gold, decisions and ledger need a file each"),
    ],
)
def test_misuse_is_refused_before_anything_is_written(
    options: list[str], message: str, files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {"ANNOTATIONS": str(files.annotations), "GOLD": str(files.gold)}
    assert merge(files, *(paths.get(option, option) for option in options)) == 2
    shown = capsys.readouterr().err
    assert message in shown
    assert "remedy: " in shown
    assert not files.gold.exists()
    assert not files.decisions.exists()


def test_what_stands_there_is_replaced_only_if_told_so_and_what_goes_is_listed(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    assert merge(files, "--rule", "precedence:ana", "--take-single") == 0
    before = files.gold.read_bytes()
    assert merge(files, "--rule", "majority") == 2
    assert "gold.jsonl: exists already" in capsys.readouterr().err
    assert files.gold.read_bytes() == before
    assert merge(files, "--rule", "majority", "--overwrite") == 1
    assert "2 articles had gold in the file that was replaced, and have none now\n  march\n  strike" in (
        capsys.readouterr().err
    )


def test_the_same_person_twice_is_refused(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.label(ANA, ANA)
    assert merge(files, "--rule", "majority") == 2
    assert f"'ana' annotated article {MARCH.id!r} twice" in capsys.readouterr().err


def test_json_holds_all_of_it(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert merge(files, "--rule", "majority", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["articles"] == {"agreement": 1}
    assert told["items"] == {"span": {"kept": 2}, "link": {"kept": 1}}
    assert [(each["article"], len(each["points"])) for each in told["undecided"]] == [("march", 6)]
    assert told["singles"] == ["strike"]
    assert {book["unit"]: book["entered"] for book in told["books"]} == {
        "annotation": 5, "span": 24, "link": 10, "event": 2,
    }  # fmt: skip


def test_what_overlaps_in_one_layer_is_a_tie(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    ana = reading("ana", MARCH, "TARGET marched to the office")
    ben = reading("ben", MARCH, "TARGET marched to | TARGET the office")
    caro = reading("caro", MARCH, "TARGET the office")
    dan = reading("dan", MARCH, "TARGET marched to the office")
    files.label(ana, ben, caro, dan, reading("eva", MARCH, "TARGET the office | TARGET marched to"))
    assert merge(files, "--rule", "majority", "--ties", "precedence:ana") == 0
    assert [span.text for span in files.made()["march"].spans] == ["marched to the office"]
    files.label(ana, ben, caro)
    assert merge(files, "--rule", "majority", "--ties", "precedence:ana", "--overwrite") == 0
    assert [span.text for span in files.made()["march"].spans] == ["marched to the office"]
    assert {each.by for each in read_decisions(files.decisions)} == {"majority then precedence:ana"}
    capsys.readouterr()


def test_whether_a_span_is_unsure_goes_by_the_rule(files: Files) -> None:
    def marked(by: str, *words: str) -> Annotation:
        plain = reading(by, RALLY, "PARTICIPANT Teachers | PROTEST rally | PLACE Aqtau")
        spans = tuple(msgspec.structs.replace(span, unsure=span.text in words) for span in plain.spans)
        return msgspec.structs.replace(plain, spans=spans)

    files.label(
        marked("ana", "Teachers", "rally"), marked("ben", "rally"), marked("caro", "rally", "Aqtau", "Teachers")
    )
    for rule, expected in (("majority", {"Teachers", "rally"}), ("precedence:ben", {"rally"})):
        assert merge(files, "--rule", rule, "--overwrite") == 0
        assert {span.text for span in files.made()["rally"].spans if span.unsure} == expected
        marks = {each.spans[0].text: each.by for each in read_decisions(files.decisions) if each.unit == "choice"}
        assert marks == {"Teachers": rule, "rally": "agreement", "Aqtau": rule}

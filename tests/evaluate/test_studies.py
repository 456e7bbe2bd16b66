"""Errors, calibration, projection and questions, on files, by the commands."""

import json
from pathlib import Path

import msgspec
import pytest

from rolecall.core import jsonl, shipped
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article
from rolecall.evaluate.calibrate import read_calibration
from rolecall.evaluate.cli import study
from rolecall.evaluate.errors import Error
from tests.evaluate.material import SAMPLE

LABELS, ARTICLES = str(SAMPLE / "annotations.jsonl"), str(SAMPLE / "articles.jsonl")
BOTH = [LABELS, LABELS, "--gold-by", "gold", "--predictions-by", "ana"]


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    """Ana's labels as a model's: right ones are scored 0.9, wrong ones 0.2."""
    gold = {a.article: {s.key for s in a.spans} for a in jsonl.read(Path(LABELS), Annotation) if a.by == "gold"}
    made = []
    for reading in jsonl.read(Path(LABELS), Annotation):
        if reading.by == "ana":
            spans = tuple(
                msgspec.structs.replace(span, score=0.9 if span.key in gold[reading.article] else 0.2)
                for span in reading.spans
            )
            made.append(msgspec.structs.replace(reading, spans=spans, kind="model"))
    jsonl.write(tmp_path / "predictions.jsonl", made)
    return tmp_path / "predictions.jsonl"


def test_errors_of_an_annotator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "errors.jsonl"
    assert run(["evaluate", "errors", *BOTH, "--articles", ARTICLES, "--out", str(out), "--json"]) == 0
    digest = json.loads(capsys.readouterr().out)
    errors = list(jsonl.read(out, Error))
    # 1,885 gold spans and 1,871 of ana's, of which 1,776 are the same.
    assert sum(len(error.gold) for error in errors) == 1885 - 1776
    assert sum(len(error.predicted) for error in errors) == 1871 - 1776
    assert sum(kind["errors"] for kind in digest["kinds"]) == len(errors)
    assert run(["evaluate", "errors", *BOTH]) == 0
    shown = capsys.readouterr().out
    assert "What went wrong" in shown
    assert "The hardest articles" in shown
    assert "|articles:40|spans:1885|groups:40|" in shown


@pytest.mark.parametrize("command", ["errors", "calibrate"])
def test_articles_on_one_side_only(command: str, scored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, *others = jsonl.read(scored, Annotation)
    jsonl.write(scored, [*others, msgspec.structs.replace(first, article="nowhere")])
    asked = ["evaluate", command, LABELS, str(scored), "--gold-by", "gold", "--json"]
    assert run([*asked, "--allow-extra"]) == 2
    assert "with --allow-missing" in capsys.readouterr().err
    assert run([*asked, "--allow-missing"]) == 2
    assert "with --allow-extra" in capsys.readouterr().err
    assert run([*asked, "--allow-missing", "--allow-extra"]) == 0
    found = json.loads(capsys.readouterr().out)
    if command == "calibrate":
        assert found["before"] == [1776 - 53, 1871 - 54, 1885]  # the article lost has 53 of ana's 54 right
    else:
        hardest = found["hardest"][0]
        assert (hardest["article"], hardest["errors"], hardest["f1"]) == (first.article, 58, 0.0)


def test_calibration(scored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "calibration.json"
    arguments = ["evaluate", "calibrate", LABELS, str(scored), "--gold-by", "gold", "--out", str(out)]
    assert run([*arguments, "--json"]) == 0
    assert capsys.readouterr().out == out.read_text()
    found = read_calibration(out)
    assert (found.threshold, found.before.predicted, found.after.predicted) == (0.9, 1871, 1776)
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    assert "threshold 0.9000: F1 0.946 with all 1,871 spans, 0.970 with the 1,776 from it up" in shown
    assert f"|gold:{found.gold}|articles:40|" in shown
    assert run(["evaluate", "calibrate", *BOTH]) == 2
    assert "has no score" in capsys.readouterr().err


def test_a_score_through_a_projection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "card.json"
    asked = [*BOTH, "--articles", ARTICLES, "--annotators", LABELS, "--project", "protest-to-case"]
    assert run(["evaluate", "score", *asked, "--out", str(out), "--resamples", "20"]) == 0
    shown = capsys.readouterr().out
    assert "|scheme:case:1:" in shown
    assert "|projection:protest-to-case:" in shown
    assert "project: " in shown
    card = json.loads(out.read_text())["card"]
    assert card["layers"] == {"role": ["trigger", "participant", "organizer", "target", "place", "fname", "etime"]}
    [books, *_] = card["projected"]
    assert books["entered"] == books["kept"] + sum(books["dropped"].values())


def test_questions_about_articles_tokens_training_and_reach(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = next(a for a in jsonl.read(Path(LABELS), Annotation) if a.by == "gold")
    entry = {"type": "entry", "stage": "tokens", "unit": "span", "article": first.article, "by": "gold",
             "outcome": "dropped", "reason": "holds no token", "item": "x",
             "span": msgspec.to_builtins(first.spans[0])}  # fmt: skip
    (tmp_path / "ledger.jsonl").write_text(json.dumps(entry) + "\n")
    asked = [*BOTH, "--articles", ARTICLES, "--annotators", LABELS, "--by", "year", "--by", "length", "--tokens",
             "--train", LABELS, "--ledger", str(tmp_path / "ledger.jsonl"), "--resamples", "20", "--json"]  # fmt: skip
    assert run(["evaluate", "score", *asked]) == 0
    details = json.loads(capsys.readouterr().out)["derived"]["details"]
    years = {article.published[:4] for article in jsonl.read(Path(ARTICLES), Article) if article.published}
    assert details["by"]["year"].keys() == years
    assert details["parts"]["reach"]["unreachable"]["gold"] == 1
    assert details["parts"]["surface"]["seen"]["gold"] == 1885  # the training set is gold itself, among others
    assert details["tokens"]["event"]["PROTEST"]["f1"] > 0.9
    assert details["parts"]["value"]["CROWD_SIZE"]["gold"] > 50
    assert run(["evaluate", "score", *asked[:-1]]) == 0
    shown = capsys.readouterr().out
    for title in ("By year", "Counts by their value", "By token, layer event", "corrected for chance"):
        assert title in shown


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--by", "year"], "--by year asks about the articles"),
        (["--tokens"], "--tokens asks about the articles"),
        (["--by", "colour", "--articles", ARTICLES], "no field 'colour'"),
        (["--project", "protest-to-case", "--ledger", "ledger.jsonl"], "leave out --ledger or --project"),
        (["--project", "nowhere"], "'nowhere' is not among the shipped projections: protest-to-case"),
    ],
)
def test_questions_that_cannot_be_answered(more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "score", *BOTH, *more]) == 2
    assert said in capsys.readouterr().err


def test_explain_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    line = "match:strict|scheme:protest:1:0f7324e6d787|gold:eeee3b421b03|seed:0|rolecall:0.1.0"
    assert run(["evaluate", "explain", line]) == 0
    assert "a hash of what gold says" in capsys.readouterr().out
    assert run(["evaluate", "explain", line, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["seed"]["value"] == "0"
    [epilog] = [each.epilog or "" for each in study.app.registered_commands if each.callback is study.explain]
    assert run(["evaluate", "explain", epilog.split("'")[1]]) == 0
    capsys.readouterr()
    assert run(["evaluate", "explain", "nonsense"]) == 2
    assert "is no signature" in capsys.readouterr().err
    assert run(["evaluate", "schema"]) == 0
    assert "ScorecardFile" in json.loads(capsys.readouterr().out)["$defs"]


def test_what_is_no_calibration(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("{}")
    with pytest.raises(Exception, match=r"c\.json: holds no calibration"):
        read_calibration(tmp_path / "c.json")


def test_a_report_through_a_projection_that_is_not_shipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, card, out = tmp_path / "mine.yaml", tmp_path / "card.json", tmp_path / "report"
    text = shipped.find("projections", "protest-to-case").read_text()
    own.write_text(text.replace("VIOLENCE: trigger", "VIOLENCE: null"))
    asked = [*BOTH, "--articles", ARTICLES, "--project", str(own), "--resamples", "0", "--out", str(card)]
    assert run(["evaluate", "score", *asked]) == 0
    files = ["--gold", LABELS, "--predictions", LABELS, "--articles", ARTICLES, "--out", str(out)]
    capsys.readouterr()
    assert run(["evaluate", "report", str(card), *files]) == 2
    assert "which is not shipped\n  remedy: give its file with --project" in capsys.readouterr().err
    assert run(["evaluate", "report", str(card), *files, "--project", "protest-to-case"]) == 2
    assert "was scored through mine:" in capsys.readouterr().err
    assert run(["evaluate", "report", str(card), *files, "--project", str(own)]) == 0


def test_agreement_by_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "agree", LABELS, "--articles", ARTICLES, "--tokens", "--resamples", "0"]) == 0
    assert "ana and ben (Cohen)" in capsys.readouterr().out
    assert run(["evaluate", "agree", LABELS, "--articles", ARTICLES, "--tokens", "--resamples", "0", "--json"]) == 0
    kappa = json.loads(capsys.readouterr().out)["card"]["kappa"]
    assert round(kappa["event"]["cohen"][0]["value"], 3) == 0.935
    assert run(["evaluate", "agree", LABELS, "--tokens"]) == 2
    assert "--tokens asks about the articles" in capsys.readouterr().err

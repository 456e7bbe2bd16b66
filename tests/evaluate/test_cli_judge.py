import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.ledger import Ledger
from rolecall.core.records import Article
from rolecall.evaluate import card as cards
from rolecall.evaluate.card import Scorecard
from tests.evaluate.verdict_material import places

FULL = "baseline: {lines: [micro]}\nmax_loss: 0\nleaks: forbid\n"


def words(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def write_card(name: str, card: Scorecard) -> None:
    cards.write(Path(name), card, cards.derive(card))


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write two cards of 6 articles with 5 places each, those articles, others to learn from, and a ledger."""
    monkeypatch.chdir(tmp_path)
    write_card("old.json", places([5] * 6))
    write_card("new.json", places([4] * 6))
    test = [Article.of(f"report {n} from the harbour", id=f"a{n:02}", story=f"s{n}") for n in range(6)]
    jsonl.write(Path("test.jsonl"), [*test, Article.of("not scored", id="z")])
    jsonl.write(Path("train.jsonl"), [Article.of("not scored", id="y"), Article.of("else", id="x", story="s9")])
    jsonl.write(Path("leaky.jsonl"), [Article.of("another report", id="x", story="s3"), *test[:1]])
    ledger = Ledger()
    ledger.enter("tokens", "span", 3)
    ledger.keep("tokens", "span", 3)
    ledger.write(Path("ledger.jsonl"))
    Path("full.yaml").write_text(FULL)


BESIDE = ["--ledger", "ledger.jsonl", "--train", "train.jsonl", "--articles", "test.jsonl"]
GATE = ["evaluate", "gate", "new.json", "--config", "full.yaml"]


def test_compare(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "compare", "old.json", "new.json", "--resamples", "0", "--out", "out.json"]) == 0
    captured = capsys.readouterr()
    lines = words(captured.out)
    assert "micro 1.000 0.800 -0.200 0.031 worse" in lines
    assert any("groups of articles: below 20" in line for line in lines if line.startswith("note: "))
    assert any(line.endswith("|swaps:all 64|alpha:0.05") for line in lines)
    assert lines[-1] == "wrote out.json"
    again = ["evaluate", "compare", "old.json", "new.json", "--resamples", "0", "--json"]
    assert run(again) == 0
    assert capsys.readouterr().out == Path("out.json").read_text()
    assert run([*again, "--alpha", "0.01", "--trials", "9", "--seed", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["micro"]["verdict"] == "not enough evidence"


def test_leaks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "leaks", "leaky.jsonl", "test.jsonl"]) == 1
    lines = words(capsys.readouterr().out)
    assert "a00 a00 same text" in lines
    assert "a03 x same story" in lines
    assert lines[-1] == "2 leaks, of 2 test articles"
    assert run(["evaluate", "leaks", "leaky.jsonl", "test.jsonl", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {"train": "a00", "test": "a00", "reason": "same text"},
        {"train": "x", "test": "a03", "reason": "same story"},
    ]
    jsonl.write(Path("clean.jsonl"), [Article.of("else", id="x")])
    assert run(["evaluate", "leaks", "clean.jsonl", "test.jsonl"]) == 0
    captured = capsys.readouterr()
    assert words(captured.out) == ["no leak"]
    assert "articles to learn from" in captured.err
    assert run(["evaluate", "leaks", "clean.jsonl", "test.jsonl", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_gate_that_passes(capsys: pytest.CaptureFixture[str]) -> None:
    # train.jsonl has the text of z, which is not scored: that is no leak of this score.
    assert run([*GATE, "--baseline", "new.json", *BESIDE, "--junit", "gate.xml"]) == 0
    lines = words(capsys.readouterr().out)
    assert lines[0] == "pass baseline.micro F1 0.800 to 0.800, +0.000 (p 1.000; 30 gold spans in 6 groups)"
    assert lines[1:4] == [
        "pass max_loss ledger.jsonl, tokens 0 of 3 spans changed or dropped, <= 0",
        "pass leaks none found",
        "verdict: pass",
    ]
    assert lines[-1] == "wrote gate.xml"
    assert [suite.get("failures") for suite in ET.parse("gate.xml").getroot()] == ["0"]  # noqa: S314  # we wrote it


def test_a_gate_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    leaky = [*BESIDE, "--train", "leaky.jsonl"]
    assert run([*GATE, "--baseline", "old.json", *leaky, "--junit", "gate.xml"]) == 1
    lines = words(capsys.readouterr().out)
    assert lines[0].startswith("FAIL baseline.micro F1 1.000 to 0.800, -0.200 (p 0.031;")
    assert lines[2] == "FAIL leaks 2 leaks: 'a00' gives away 'a00' (same text), 'x' gives away 'a03' (same story)"
    assert lines[3] == "verdict: fail"
    root = ET.parse("gate.xml").getroot()  # noqa: S314  # we wrote it
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == [
        "baseline.micro",
        "leaks",
    ]


def test_a_gate_that_lacks_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(GATE) == 1
    lines = words(capsys.readouterr().out)
    assert lines[:4] == [
        "insufficient evidence baseline not compared: give an older scorecard with --baseline",
        "insufficient evidence max_loss no books to look into: give a ledger with --ledger",
        "insufficient evidence leaks not searched: give --train and --articles",
        "verdict: insufficient evidence, which counts as fail here",
    ]
    Path("full.yaml").write_text(f"{FULL}insufficient: pass\n")
    assert run([*GATE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["passed"]) == ("insufficient evidence", True)
    assert run([*GATE, "--min", "micro.f1=0.9"]) == 1
    assert "verdict: fail" in words(capsys.readouterr().out)


OTHER = ["gate", "new.json", "--config", "full.yaml"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["compare", "old.json", "seven.json"], "old.json and seven.json: the two scorecards have different gold"),
        (["compare", "old.json", "nosuch.json"], "nosuch.json: cannot be read"),
        (["compare", "old.json", "test.jsonl"], "test.jsonl: holds no scorecard"),
        (["compare", "old.json", "new.json", "--alpha", "nan"], "nan is no level"),
        (["compare", "old.json", "new.json", "--alpha", "1"], "1.0 is no level"),
        (["compare", "old.json", "new.json", "--trials", "0"], "--trials"),
        (["compare", "old.json", "new.json", "--out", "./new.json"], "would be replaced"),
        (["leaks", "empty.jsonl", "test.jsonl"], "empty.jsonl: holds no articles"),
        (["leaks", "train.jsonl", "empty.jsonl"], "empty.jsonl: holds no articles"),
        (["leaks", "train.jsonl", "twice.jsonl"], "twice.jsonl:2: article id 'a' stands twice"),
        (["leaks", "ledger.jsonl", "test.jsonl"], "ledger.jsonl:1: not a record of kind article"),
        (["gate", "new.json", "--baseline", "old.json"], "--baseline: is given, but no rule asks for it"),
        ([*OTHER, "--train", "train.jsonl"], "--train: says nothing without --articles"),
        ([*OTHER, "--baseline", "seven.json"], "seven.json: the two scorecards have different gold labels"),
        ([*OTHER, "--ledger", "train.jsonl"], "train.jsonl:1: not a record"),
        ([*OTHER, "--ledger", "empty.jsonl"], "empty.jsonl: holds no books of spans"),
        ([*OTHER, "--train", "test.jsonl", "--articles", "train.jsonl"], "lacks article 'a00', which is scored"),
        ([*OTHER, "--junit", "./new.json"], "new.json: would be replaced by the verdict on it"),
        ([*OTHER, "--junit", "full.yaml"], "full.yaml: would be replaced by the verdict on it"),
        ([*OTHER, "--min", "micro.f1=2"], "minimum.micro.f1: must be a number from 0 to 1, not 2"),
    ],
)
def test_misuse_says_where_and_what_to_do(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_card("seven.json", places([4] * 7))
    Path("empty.jsonl").write_text("")
    jsonl.write(Path("twice.jsonl"), [Article.of("x", id="a"), Article.of("y", id="a")])
    before = {path: path.read_bytes() for path in Path().iterdir()}
    assert run(["evaluate", *arguments]) == 2
    captured = capsys.readouterr()
    assert says in " ".join(captured.err.replace("│", " ").split())
    assert captured.out == ""
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


@pytest.mark.parametrize("command", ["compare", "leaks", "gate"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", command, "--help"]) == 0
    assert f"Example: rolecall evaluate {command}" in capsys.readouterr().out

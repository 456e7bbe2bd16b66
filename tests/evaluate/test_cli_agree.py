import json
import re
import shlex
from pathlib import Path

import pytest
from msgspec.structs import replace

from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation
from rolecall.evaluate.agreement_files import agree_file
from rolecall.evaluate.card import DerivedAgreement, derive_agreement
from rolecall.evaluate.disagreements import Disagreement
from rolecall.evaluate.summary import Estimate
from tests.evaluate.differing import ALIKE, GUIDELINES, STRIKE, write_files

BOTH = dict.fromkeys(("ana", "ben"), ALIKE)


def words(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_files(tmp_path)
    (tmp_path / "guidelines.md").write_text(GUIDELINES)
    return tmp_path


def arguments(folder: Path, *more: str) -> list[str]:
    own = [str(folder / "labels.jsonl"), "--articles", str(folder / "articles.jsonl"), "--resamples", "20"]
    return ["evaluate", "agree", *own, *more]


def test_tables_and_questions(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments(files, "--guidelines", str(files / "guidelines.md"), "--tokens")) == 0
    said = capsys.readouterr().out
    lines = words(said)
    # ana and ben: 6 of 10 and 10 spans, with the march; ana and cy 6 of 7 and 7; ben and cy 5 of 7 and 7.
    assert "micro 0.600 0.857 0.714" in lines
    assert any(line.startswith("boundary 3 33% 2 1 0 TIME 3") for line in lines)
    assert "FACILITY 0.000 – 0.000" in lines
    assert any(line.startswith("all (Krippendorff's alpha) 1.000") for line in lines)
    assert "there is no chance rate" in said
    assert any(line.startswith("1. 2 spans of TIME have other bounds with some readers. In 2 of 2") for line in lines)
    assert "Line 4 may speak of it" in said


def test_all_files(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, html, differences = (files / name for name in ("agreement.json", "agreement.html", "differences.jsonl"))
    outputs = ["--out", str(out), "--html", str(html), "--differences", str(differences), "--shown", "1"]
    assert run(arguments(files, *outputs)) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [f"wrote {path}" for path in (out, html, differences)]
    card = json.loads(out.read_text())
    assert card["card"]["dissent"]["kinds"] == {"boundary": 3, "role": 2, "missed": 4}
    assert [pair["scores"]["roles"]["TIME"]["f1"]["value"] for pair in card["derived"]["human"]["pairs"][:3]] == [
        0,
        0,
        1,
    ]
    assert card["derived"]["advice"][0]["roles"] == ["TIME"]
    assert html.read_text().count('<details class="article"') == 1
    found = list(jsonl.read(differences, Disagreement))
    assert (len(found), found[0].article, found[0].kind) == (9, "strike", "boundary")


def test_links_are_compared_where_both_made_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    links = {"ana": ((1, 0), (2, 3)), "ben": ((1, 0),)}
    write_files(tmp_path, read={"strike": dict.fromkeys(("ana", "ben", "cy"), ALIKE)}, gold={}, links=links)
    assert run(arguments(tmp_path)) == 0
    lines = words(capsys.readouterr().out)
    at = lines.index("links of common spans 2 1 1 0.667")
    assert lines[at + 1 : at + 4] == ["AUTHORITY 1 0 0 0.000", "PARTICIPANT 1 1 1 1.000", "triggers joined 0 0 0 –"]
    assert "note: links and events: cy made none; the others are compared" in lines


def test_where_gold_overrules_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    html, out = tmp_path / "page.html", tmp_path / "agreement.json"
    gold = {"strike": (*ALIKE, ("Jarkul", "PLACE"))}
    write_files(tmp_path, read={"strike": dict.fromkeys(("ana", "ben"), ALIKE)}, gold=gold)
    assert run(arguments(tmp_path, "--html", str(html), "--out", str(out))) == 0
    said = "1 span of PLACE is marked by one reader only (gold 1): say whether «Jarkul» counts."
    assert "Gold overrules all annotators in 1 place, which" in (printed := capsys.readouterr().out)
    assert said in printed
    text = html.read_text()
    assert said in text
    assert "What to settle" not in text  # between annotators there is nothing
    card = json.loads(out.read_text())
    assert (card["card"]["overruled"]["kinds"], card["card"]["dissent"]["kinds"]) == ({"missed": 1}, {})


def test_one_annotator_is_held_against_gold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    html = tmp_path / "page.html"
    write_files(tmp_path, read={"strike": {"ana": ALIKE}})
    assert run(arguments(tmp_path, "--html", str(html))) == 0
    printed = capsys.readouterr().out
    assert "missed 4 100%" in " ".join(printed.split())
    assert "corrected for chance" not in printed
    assert "Annotators with gold: strict micro F1" in html.read_text()
    assert 'data-by="gold"' in html.read_text()


def test_drafts_and_skipped_ones_are_no_readings(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (files / "labels.jsonl").read_text().splitlines()
    held = [json.loads(line) for line in lines]
    for each in held:
        if each["by"] == "cy":
            each["status"] = "draft"
        if each["by"] == "ben" and each["article"] == "march":
            each["status"] = "skipped"
    (files / "labels.jsonl").write_text("".join(json.dumps(each) + "\n" for each in held))
    assert run(arguments(files, "--json")) == 0
    card = json.loads(capsys.readouterr().out)
    assert [(pair["gold"], pair["predicted"]) for pair in card["derived"]["human"]["pairs"]] == [
        ("ana", "ben"),
        ("gold", "ana"),
        ("gold", "ben"),
    ]
    assert [row["article"] for row in card["card"]["agreement"]["between"][0]["rows"]] == ["quiet", "strike"]
    assert "2 annotations skipped or left as draft: not compared" in card["derived"]["warnings"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--html", "labels.jsonl"], "would be replaced by the numbers made from it"),
        (["--differences", "articles.jsonl"], "would be replaced by the numbers made from it"),
        (["--guidelines", "guidelines.md", "--out", "guidelines.md"], "would be replaced by the numbers made from it"),
        (["--out", "a", "--html", "./a"], "two outputs have the same path"),
        (["--guidelines", "nosuch.md"], "nosuch.md: cannot be read"),
        (["--shown", "0"], "greater than or equal to 1"),
    ],
)
def test_misuse(
    files: Path, more: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    before = {path.name: path.read_bytes() for path in files.iterdir()}
    assert run(arguments(files, *more)) == 2
    captured = capsys.readouterr()
    assert says in " ".join(captured.err.split())
    assert {path.name: path.read_bytes() for path in files.iterdir()} == before


def test_the_command_of_the_readme(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(__file__).parents[2] / "evaluate" / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^rolecall (evaluate agree .*--html.*)$", readme, flags=re.M)
    (files / "labels.jsonl").rename(files / "annotations.jsonl")
    monkeypatch.chdir(files)
    assert run([*shlex.split(line), "--resamples", "20"]) == 0
    assert (files / "agreement.html").exists()
    assert "wrote agreement.html" in capsys.readouterr().out


def test_the_page_asks_for_articles(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = files / "page.html"
    assert run(["evaluate", "agree", str(files / "labels.jsonl"), "--html", str(page)]) == 2
    assert "--html shows the articles\n  remedy: add --articles articles.jsonl" in capsys.readouterr().err
    assert not page.exists()


def test_links_that_one_drew_nowhere_in_an_article_are_listed(tmp_path: Path) -> None:
    differences, out = tmp_path / "differences.jsonl", tmp_path / "agreement.json"
    labels, _ = write_files(tmp_path, texts={"a": STRIKE, "b": STRIKE}, read=dict.fromkeys("ab", BOTH), gold={})
    first, *rest = jsonl.read(labels, Annotation)
    jsonl.write(
        labels, [replace(first, links=((1, 0),)), *(replace(each, links=((2, 3),)) for each in rest[1:]), rest[0]]
    )
    assert run(arguments(tmp_path, "--differences", str(differences), "--out", str(out))) == 0
    # In a, ana links Miners to struck, and ben links nothing; in b both link Police to held.
    (found,) = jsonl.read(differences, Disagreement)
    assert (found.kind, found.roles, found.article) == ("link", ("PARTICIPANT",), "a")
    derived = json.loads(out.read_text())["derived"]
    assert derived["links"]["measures"]["links of common spans"]["f1"]["value"] == 2 / 3
    assert [each["kind"] for each in derived["advice"]] == ["link"]


def test_names_change_no_number(tmp_path: Path) -> None:
    labels, articles = write_files(tmp_path, gold={})
    other = {"ana": "xan", "ben": "ada", "cy": "mo"}
    renamed = [replace(each, by=other[each.by]) for each in jsonl.read(labels, Annotation)]
    jsonl.write(tmp_path / "renamed.jsonl", renamed)
    one, two = (
        derive_agreement(agree_file(path, articles=articles, resamples=50))
        for path in (labels, tmp_path / "renamed.jsonl")
    )

    def told(derived: DerivedAgreement) -> list[Estimate]:
        assert derived.human.between is not None
        scores = derived.human.between
        return [scores.micro.f1, scores.macro.f1, scores.weighted.f1, *(line.f1 for line in scores.roles.values())]

    def pairs(derived: DerivedAgreement, names: dict[str, str]) -> dict[frozenset[str], list[float | None]]:
        return {
            frozenset(names.get(name, name) for name in (pair.gold, pair.predicted)): [
                each.f1.value for each in (pair.scores.micro, pair.scores.macro, pair.scores.weighted)
            ]
            for pair in derived.human.pairs
        }

    assert told(one) == told(two)
    assert pairs(one, other) == pairs(two, {})


def test_drafts_are_no_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels, _ = write_files(tmp_path, gold={})
    own = list(jsonl.read(labels, Annotation))
    jsonl.write(labels, [replace(each, status="draft") for each in own])
    assert run(arguments(tmp_path)) == 2
    assert "has no labels, only 7 that are skipped or left as draft" in " ".join(capsys.readouterr().err.split())
    jsonl.write(labels, [each if each.by == "ana" else replace(each, status="skipped") for each in own])
    assert run(arguments(tmp_path)) == 2
    said = "has labels by ana only, and 4 that are skipped or left as draft"
    assert said in " ".join(capsys.readouterr().err.split())


def test_by_token_a_pair_without_a_common_article_has_no_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(tmp_path, gold={}, read={"strike": BOTH, "march": {"cy": (), "ana": ()}})
    assert run(arguments(tmp_path, "--tokens")) == 0
    said = capsys.readouterr().out
    assert "ana and ben (Cohen)" in said
    assert "ben and cy (Cohen)" not in said

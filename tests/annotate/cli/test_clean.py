import json
from pathlib import Path

import pytest

from rolecall.core.cli import run

SAMPLE = Path(__file__).parents[3] / "sample"
CLEAN = ["annotate", "clean", f"{SAMPLE}/articles.jsonl"]


def test_the_sample_comes_out_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = f"{tmp_path}/clean.jsonl"
    carried = ["--annotations", f"{SAMPLE}/annotations.jsonl", "--annotations-out", f"{tmp_path}/labels.jsonl"]
    assert run([*CLEAN, "--out", out, *carried, "--scores", f"{SAMPLE}/furniture.jsonl"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"{out}: 6 of 40 articles were cut: 30 cuts, 1,276 of 55,640 characters (2.3%)",
        "newsletter 4, related 4, comment 3, cookie 3, other 3, read-more 3, share 3, browser 2, credit 2, "
        "navigation 2, caption 1",
        f"{tmp_path}/labels.jsonl: 120 annotations",
        "                 cut   right  precision    gold   found   recall",
        "characters     1,029   1,029      1.000   1,029   1,029    1.000",
        "exact             30      30      1.000      30      30    1.000",
        "overlapping       30      30      1.000      30      30    1.000",
    ]
    assert "clean: 5,554 spans in = 5,554 kept + 0 changed + 0 dropped" in said.err
    names = ["clean.cuts.jsonl", "clean.jsonl", "clean.map.jsonl", "labels.jsonl", "labels.ledger.jsonl"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_dry_run_lists_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*CLEAN, "--out", f"{tmp_path}/clean.jsonl", "--dry-run", "--keep", "credit,caption"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "s1-08 61:81 navigation 'Skip to main content': nothing but phrases of furniture"
    assert said[-2] == "dry run: 6 of 40 articles would be cut: 27 cuts, 1,115 of 55,640 characters (2.0%)"
    assert list(tmp_path.iterdir()) == []
    assert run([*CLEAN, "--dry-run", "--json", "--cuts", f"{tmp_path}/cuts.jsonl"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["changed"], len(summary["listed"]), summary["cuts"]["cookie"]) == (6, 30, 3)
    cuts = [json.loads(line) for line in (tmp_path / "cuts.jsonl").read_text().splitlines()]
    assert cuts == summary["listed"]
    gold = [json.loads(line) for line in (SAMPLE / "furniture.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [{key: cut[key] for key in gold[0]} for cut in cuts] == gold


def test_no_control_character_of_an_article_reaches_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "Rally in Merrow\n\nShare this story\n\nPolice held ten people at the port on Sunday, and let them go."
    records = [
        {"id": "a\x1b[31m", "text": text},
        {"id": "a\x1b[31m", "text": "Another"},
        {"id": "b\x1b[32m", "text": ""},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, records)))
    assert run(["annotate", "ingest", f"{tmp_path}/in.jsonl", "--out", f"{tmp_path}/out.jsonl"]) == 1
    assert run(["annotate", "clean", f"{tmp_path}/out.jsonl", "--dry-run"]) == 0
    twice = json.dumps({"id": "a\x1b[31m", "text": "Another"}) + "\n"
    (tmp_path / "twice.jsonl").write_text(twice)
    assert run(["annotate", "ingest", f"{tmp_path}/twice.jsonl", "--out", f"{tmp_path}/out.jsonl"]) == 2
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "a\\x1b[31m 17:33 share 'Share this story'" in said.out
    assert "b\\x1b[32m" in said.out


def test_labels_that_lay_in_a_cut_are_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    article = json.loads((SAMPLE / "articles.jsonl").read_text(encoding="utf-8").splitlines()[7])
    span = {"start": 61, "end": 65, "role": "PLACE", "text": "Skip"}
    record = {"article": article["id"], "hash": article["hash"], "by": "ana", "kind": "human", "scheme": "s"}
    (tmp_path / "labels.jsonl").write_text(json.dumps({**record, "spans": [span]}))
    arguments = [*CLEAN, "--annotations", f"{tmp_path}/labels.jsonl"]
    written = ["--out", f"{tmp_path}/clean.jsonl", "--annotations-out", f"{tmp_path}/carried.jsonl"]
    assert run([*arguments, "--dry-run"]) == 1
    assert run([*arguments, *written]) == 1
    assert f"they are listed in {tmp_path}/carried.ledger.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "where to? give --out FILE, or --dry-run"),
        (["--out", "x.jsonl", "--keep", "credit,photo"], "no such kind: photo; there are navigation, cookie"),
        (["--out", "x.jsonl", "--annotations", "a.jsonl"], "--annotations and --annotations-out go together"),
        (["--out", f"{SAMPLE}/articles.jsonl"], "is an input and would be replaced"),
        (["--dry-run", "--scores", "none.jsonl"], "cannot be read"),
    ],
)
def test_misuse_is_told(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*CLEAN, *arguments]) == 2
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_ingest_cleans_what_comes_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Rally in Merrow\n\nShare this story\n\nPolice held ten people at the port on Sunday, and let them go."
    spans = [{"start": text.index("ten"), "end": text.index("ten") + 3, "label": "HUMAN_PART"}]
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "a", "text": text, "spans": spans}))
    arguments = ["annotate", "ingest", f"{tmp_path}/in.jsonl", "--out", f"{tmp_path}/out.jsonl", "--no-language"]
    labels = ["--labels", f"{tmp_path}/labels.jsonl", "--scheme", "ecbplus", "--by", "gold"]
    for _ in range(2):
        assert run([*arguments, *labels, "--clean", "--cuts", f"{tmp_path}/list.jsonl"]) == 0
        said = capsys.readouterr().out
        assert f"{tmp_path}/out.uncut.jsonl: 1 articles of 1 read\n" in said
        assert f"{tmp_path}/out.jsonl: 1 of 1 articles were cut: 1 cuts, 18 of 97 characters (18.6%)\n" in said
        assert f"{tmp_path}/labels.jsonl: 1 annotations\n" in said
    carried = json.loads((tmp_path / "labels.jsonl").read_text())
    cleaned = json.loads((tmp_path / "out.jsonl").read_text())
    assert cleaned["text"] == text.replace("Share this story\n\n", "")
    assert carried["spans"][0] == {"start": 29, "end": 32, "role": "HUMAN_PART", "text": "ten"}
    assert json.loads((tmp_path / "list.jsonl").read_text())["text"] == "Share this story"
    other = [*arguments[:-2], f"{tmp_path}/other.jsonl", "--no-language"]
    assert run([*other, "--clean", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["written"], summary["cleaned"]["changed"], summary["cleaned"]["spans_in_meta"]) == (1, 1, 1)


def test_ingest_cleans_only_when_it_is_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["annotate", "ingest", f"{SAMPLE}/articles.jsonl", "--out", f"{tmp_path}/out.jsonl"]
    assert run([*arguments, "--keep", "credit"]) == 2
    assert "add it" in capsys.readouterr().err
    assert run(arguments) == 0
    assert run([*arguments, "--clean"]) == 2
    assert "in it would be lost or changed" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_no_input_becomes_the_list_of_cuts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = tmp_path / "in.jsonl"
    given.write_text('{"id": "a", "text": "Rally in Merrow"}\n')
    arguments = ["annotate", "ingest", str(given), "--out", f"{tmp_path}/out.jsonl", "--clean", "--cuts", str(given)]
    assert run([*arguments, "--overwrite"]) == 2
    assert "is an input and would be replaced" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]

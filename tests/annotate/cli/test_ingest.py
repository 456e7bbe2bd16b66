import json
from pathlib import Path

import pytest

from rolecall.core.cli import run

SAMPLE = Path(__file__).parents[3] / "sample"


def test_the_sample_comes_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert run(["annotate", "ingest", f"{SAMPLE}/articles.jsonl", "--out", f"{tmp_path}/out.jsonl"]) == 0
        said = capsys.readouterr()
        assert said.out == f"{tmp_path}/out.jsonl: 40 articles of 40 read\n"
        assert "Reading, 40 articles" in said.err


def test_a_refusal_is_a_finding_and_the_rest_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.txt").write_text(" ")
    for number in range(12):
        (tmp_path / f"{number:02}.txt").write_text("Rally")
    (tmp_path / "a.doc").write_text("x")
    assert run(["annotate", "ingest", str(tmp_path), "--out", f"{tmp_path}/out.jsonl"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:4] == [
        f"{tmp_path}/out.jsonl: 1 articles of 13 read",
        "language filled in: none; not known: 1",
        "duplicates left out: 11",
        f"  {tmp_path}/01.txt: article '01' has the text of '00' from {tmp_path}/00.txt",
    ]
    assert said[-5:] == [
        "  and 1 more: --json lists all",
        "refused: 1",
        f"  {tmp_path}/empty.txt: article 'empty': it has no text",
        "ignored: 1 .doc",
        f"  {tmp_path}/a.doc",
    ]


def test_json_lists_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("Rally")
    (tmp_path / "c.md").write_text("x")
    assert run(["annotate", "ingest", str(tmp_path), "--out", f"{tmp_path}/out.jsonl", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["read"], summary["written"], len(summary["duplicates"])) == (2, 1, 1)
    assert summary["ignored"] == [{"where": f"{tmp_path}/c.md", "what": ".md"}]


def test_labels_come_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = {"id": "a", "text": "Rally", "spans": [{"start": 0, "end": 5, "label": "ACTION"}]}
    (tmp_path / "in.jsonl").write_text(json.dumps(record))
    arguments = ["annotate", "ingest", f"{tmp_path}/in.jsonl", "--out", f"{tmp_path}/out.jsonl"]
    assert run([*arguments, "--labels", f"{tmp_path}/l.jsonl", "--scheme", "ecbplus", "--by", "gold"]) == 0
    assert f"{tmp_path}/l.jsonl: 1 annotations with 1 spans" in capsys.readouterr().out
    assert run([*arguments, "--overwrite"]) == 0
    assert "1 articles came with spans, which are now in their meta" in capsys.readouterr().err


BODY = "Police detained at least nine people on Wednesday in the square of the city, witnesses said."


def test_a_table_comes_in_by_its_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(f"No;Titel;Inhalt;Datum;Desk\n7;Rally;{BODY};03/04/2020;home\n8;Strike;Kurz;;\n")
    (tmp_path / "c.yaml").write_text("id: 'No'\ntitle: Titel\ntext: Inhalt\npublished: Datum\n")
    words = [
        "annotate",
        "ingest",
        f"{tmp_path}/a.csv",
        "--columns",
        f"{tmp_path}/c.yaml",
        "--out",
        f"{tmp_path}/o.jsonl",
    ]
    assert run(words) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/o.jsonl: 2 articles of 2 read",
        "headline put before the text: 2",
        "language filled in: en 1; not known: 1",
        "dates not read, kept in meta: 1",
        f"  {tmp_path}/a.csv:2: '03/04/2020' can be read in two ways: say which number is the day, --day-first or "
        "--month-first",
    ]
    assert run([*words, "--day-first", "--no-language", "--overwrite"]) == 0
    assert "language" not in capsys.readouterr().out
    articles = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [(a["id"], a["title"], a.get("published"), a.get("lang"), a.get("meta")) for a in articles] == [
        ("7", "Rally", "2020-04-03", None, {"Desk": "home"}),
        ("8", "Strike", None, None, None),
    ]


def test_the_shipped_config_of_columns_is_known_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, row = "DocID;Headline;Lead;Story;Pub Date;Outlet;Web;Desk", "7;Rally;Lead.;Story.;03/04/2020;KTK;;home"
    (tmp_path / "a.csv").write_text(f"{header}\n{row}\n")
    words = ["annotate", "ingest", f"{tmp_path}/a.csv", "--columns", "columns", "--out", f"{tmp_path}/o.jsonl"]
    assert run(words) == 0
    article = json.loads((tmp_path / "o.jsonl").read_text())
    assert (article["text"], article["published"]) == ("Rally\n\nLead.\n\nStory.", "2020-04-03")
    (tmp_path / "a.csv").write_text("DocID;Headline;Text\n7;Rally;Story.\n")
    assert run(words) == 2
    assert "has no column 'Lead', 'Story', 'Pub Date', 'Outlet', 'Web', which" in capsys.readouterr().err


def test_work_that_is_kept_after_an_error_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = "".join(json.dumps({"text": f"Rally {number}"}) + "\n" for number in range(1100))
    (tmp_path / "a.jsonl").write_text(good)
    (tmp_path / "b.jsonl").write_text("no json")
    words = ["annotate", "ingest", f"{tmp_path}/a.jsonl", f"{tmp_path}/b.jsonl", "--out", f"{tmp_path}/o.jsonl"]
    assert run(words) == 2
    assert f"what is read so far is kept beside {tmp_path}/o.jsonl" in capsys.readouterr().err
    (tmp_path / "b.jsonl").write_text('{"text": "March"}')
    assert run(words) == 0
    said = capsys.readouterr()
    assert "went on from a run that was cut off, after 1,100 records" in said.err
    assert f"{tmp_path}/o.jsonl: 1,101 articles of 1,101 read" in said.out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--labels", "l.jsonl"], "--labels needs --scheme"),
        (["--scheme", "ecbplus"], "name that file too"),
        (["--labels", "l.jsonl", "--scheme", "none", "--by", "ana"], "'none' is not among the shipped schemes"),
        (["--labels", "l.jsonl", "--scheme", "ecbplus", "--by", "ana", "--kind", "robot"], "robot"),
        (["--encoding", "utf-9"], "'utf-9' is no text encoding"),
        (["--columns", "none"], "'none' is not among the shipped annotate: "),
        (["--columns", "none.yaml"], "none.yaml: no such file"),
    ],
)
def test_misuse_is_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["annotate", "ingest", f"{SAMPLE}/articles.jsonl", "--out", "out.jsonl", *options]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_many_articles_stops_it_where_one_of_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    (tmp_path / "a.html").write_bytes(b'<meta charset="utf-8"><p>caf\xe9')
    (tmp_path / "b.txt").write_text("Rally")
    assert run(["annotate", "ingest", str(tmp_path), "--out", f"{tmp_path}/out.jsonl"]) == 1
    said = capsys.readouterr().out
    assert "out.jsonl: 1 articles of 3 read\nlanguage" in said
    assert "refused: 2\n" in said
    assert f"  {tmp_path}/a.txt: is not utf-8 at byte 3 (0xe9; the first byte is 0): name" in said
    (tmp_path / "out.jsonl").unlink()
    (tmp_path / "c.jsonl").write_bytes(b'{"text": "caf\xe9"}\n')
    assert run(["annotate", "ingest", str(tmp_path), "--out", f"{tmp_path}/out.jsonl"]) == 2
    assert f"error: {tmp_path}/c.jsonl:1: is not utf-8 at byte 13 (0xe9" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()

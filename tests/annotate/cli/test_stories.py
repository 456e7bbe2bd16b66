import json
from pathlib import Path

import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Article

SAMPLE = Path(__file__).parents[3] / "sample" / "articles.jsonl"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The sample without its stories, and one article without its date."""
    path = tmp_path / "articles.jsonl"
    jsonl.write(path, (msgspec.structs.replace(each, story=None) for each in jsonl.read(SAMPLE, Article)))
    path.write_text(path.read_text("utf-8").replace('"published":"2020-02-20"', '"published":"last week"'), "utf-8")
    return path


def test_the_sample_gets_its_fields_in_place(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = [*jsonl.read(bare, Article)]
    assert run(["annotate", "stories", str(bare), "--out", str(bare)]) == 0
    said = capsys.readouterr()
    assert said.out == (
        f"{bare}: 40 articles in 30 groups\n"
        "duplicates: 2, 2 of them new\n"
        "  s1-10 of s1-02: 0.78 alike\n"
        "  s2-05 of s2-01: 0.74 alike\n"
        "stories: 6 of 15 articles; 6 new, 0 grown\n"
        "articles in a story: 3 of 2, 3 of 3\n"
        "largest: s1-03 (3), s2-01 (3), s2-02 (3)\n"
    )
    assert "without an ISO 8601 date, so compared with all: 1 articles\n" in said.err
    after = [*jsonl.read(bare, Article)]
    assert [msgspec.structs.replace(each, story=None, duplicate_of=None) for each in after] == before
    assert run(["annotate", "stories", str(bare), "--out", str(bare), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["new_duplicates"], report["new_stories"], report["grown_stories"]) == ([], 0, 0)
    assert [*jsonl.read(bare, Article)] == after


def test_options_reach_the_search(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--likeness", "0.75", "--days", "1", "--similarity", "0.85", "--json"]
    assert run(["annotate", "stories", str(bare), "--out", str(bare), *options]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [each["article"] for each in report["new_duplicates"]] == ["s1-10"]
    assert report["stories"] == 1  # the other copy is similar enough


def test_another_file_is_not_replaced_in_silence(
    bare: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    out.write_bytes(SAMPLE.read_bytes())
    command = ["annotate", "stories", str(bare), "--out", str(out)]
    assert run(command) == 2
    assert f"{out}: 40 of its records would be lost or changed" in capsys.readouterr().err
    assert out.read_bytes() == SAMPLE.read_bytes()
    assert run([*command, "--overwrite"]) == 0
    assert run(["annotate", "stories", str(out), "--out", str(out), "--overwrite-fields", "--days", "0"]) == 0
    assert "stories: 0 of 0 articles" in capsys.readouterr().out


def test_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "stories", str(tmp_path / "no.jsonl"), "--out", str(tmp_path / "out.jsonl")]) == 2
    assert "no.jsonl: cannot be read" in capsys.readouterr().err
    (tmp_path / "empty.jsonl").write_text("\n")
    assert run(["annotate", "stories", str(tmp_path / "empty.jsonl"), "--out", str(tmp_path / "out.jsonl")]) == 2
    assert "empty.jsonl: holds no articles" in capsys.readouterr().err
    assert run(["annotate", "stories", str(SAMPLE), "--out", str(tmp_path / "out.jsonl"), "--days", "-1"]) == 2
    capsys.readouterr()
    assert run(["annotate", "stories", str(SAMPLE), "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path}: is a folder\n  remedy: name a file" in said
    assert "Reading" not in said  # it is told before the work, not after
    assert not (tmp_path / "out.jsonl").exists()

"""What the commands for a finished dataset folder say, and their exit codes."""

import json
from pathlib import Path

import pytest

from rolecall.annotate.dataset import build
from rolecall.annotate.manifest import Options
from rolecall.core.cli import run
from rolecall.core.scheme import load_scheme
from tests.annotate.corpus import PROTEST, small


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles, labels = small(tmp_path, None, None, None, None)
    build(articles, labels, PROTEST, tmp_path / "dataset", Options())
    return tmp_path / "dataset"


def test_an_audit_tells_what_is_not_as_it_was_built(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "audit", str(folder), "--scheme", "protest"]) == 0
    files = len(json.loads((folder / "manifest.json").read_text())["files"])
    fingerprint = PROTEST.fingerprint
    assert capsys.readouterr().out == f"{folder}: {files} files of {fingerprint}, 0 not as they were built\n"
    (folder / "splits.jsonl").write_text("")
    (folder / "test" / "gold.jsonl").unlink()
    (folder / "a\x1b").touch()
    assert run(["annotate", "audit", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "added    a\\x1b",
        "altered  splits.jsonl",
        "missing  test/gold.jsonl",
        f"{folder}: {files} files of {fingerprint}, 3 not as they were built",
    ]
    assert said.err.startswith("  remedy: copy the folder again")
    assert run(["annotate", "audit", str(folder), "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["scheme"], shown["files"]) == (fingerprint, files)
    assert {fault["file"]: fault["what"] for fault in shown["faults"]} == {
        "a\x1b": "added",
        "splits.jsonl": "altered",
        "test/gold.jsonl": "missing",
    }


def test_an_audit_of_another_scheme_or_of_nothing_is_misuse(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["annotate", "audit", str(folder), "--scheme", "case"]) == 2
    said = capsys.readouterr().err
    assert f"labelled with scheme '{PROTEST.fingerprint}'" in said
    assert load_scheme("case").fingerprint in said
    assert "remedy: name the scheme" in said
    assert run(["annotate", "audit", str(tmp_path)]) == 2
    assert "holds no manifest.json\n  remedy: give a folder" in capsys.readouterr().err


def test_publishing_shows_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "publish", str(folder), "--repo", "ana/news", "--public"]) == 0
    said = capsys.readouterr().out
    assert said.endswith(
        " bytes, for ana/news: made public if it is new, refused if it is private\n"
        "licence: not named: build with --license if it is known\n"
        "names of annotators in the files: ana\nnothing was sent: add --yes to upload exactly this\n"
    )
    assert run(["annotate", "publish", str(folder), "--repo", "news"]) == 2
    assert "--repo 'news' is no repository\n  remedy: write it like owner/name" in capsys.readouterr().err

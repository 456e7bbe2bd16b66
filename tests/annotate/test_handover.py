"""Files to carry into a Label Studio by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.annotate.handover import write_files
from rolecall.annotate.tasks import task_of
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from tests.annotate.predictions import SCHEME


def test_files_to_import_by_hand(
    sdk: Any, some_articles: Path, tmp_path: Path, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "by hand"
    assert run(["annotate", "push", str(some_articles), "--scheme", "protest", "--to-file", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("5 tasks: ")
    tasks = json.loads((folder / "tasks.json").read_bytes())
    page = (folder / "config.xml").read_text(encoding="utf-8")
    assert tasks == [task_of(article, SCHEME.fingerprint) for article in jsonl.read(some_articles, Article)]
    project = sdk.projects.create(title=title, label_config=page).id
    assert sdk.projects.import_tasks(id=project, request=tasks).task_count == 5
    with pytest.raises(InputError, match="exists already"):
        write_files([], SCHEME, folder)
    assert json.loads((folder / "tasks.json").read_bytes()) == tasks
    assert write_files([], SCHEME, folder, overwrite=True) == 0
    assert json.loads((folder / "tasks.json").read_bytes()) == []

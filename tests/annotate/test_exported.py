"""Files that Label Studio exported, and files that it did not."""

import json
import re
from pathlib import Path

import pytest

from rolecall.annotate.exported import read_export
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.scheme import load_scheme
from tests.annotate.road import ARREST, SCHEME, wire


def test_brackets_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text('[{"id": 1, "annotations": [], "x": ' + "[" * 200_000 + "]" * 200_000 + "}]", encoding="utf-8")
    with pytest.raises(InputError, match="is nested deeper than 100 brackets"):
        list(read_export(path, SCHEME))
    path.write_text(json.dumps([wire(note='["' + "[" * 500 + '\\" \\\\')]), encoding="utf-8")
    assert len(list(read_export(path, SCHEME))) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON after 0 tasks: parse error: premature EOF$"),
        ('[{"id": 1, "annot', "is not JSON after 0 tasks"),
        ('[{"id": 1, "annotations": []}, {"id": "\udcff"}]', "after 1 tasks: lexical error: invalid bytes in UTF8"),
        ("{}", "holds no tasks"),
        ("[]", "holds no tasks"),
        ('[{"id": 1, "text": "JSON-MIN", "event": []}]', "item 1 is not a task with annotations"),
        ("[3]", "item 1 is not a task with annotations"),
    ],
)
def test_a_file_that_is_no_export(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError) as caught:
        list(read_export(path, SCHEME))
    assert re.search(message, caught.value.what)
    assert "JSON-MIN" in str(caught.value)


def test_an_export_keeps_its_numbers_and_letters(tmp_path: Path) -> None:
    task = wire(annotations=[{"id": 1, "completed_by": 7, "lead_time": 2.5, "result": [ARREST]}])
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    assert list(read_export(path, SCHEME)) == [task]
    with pytest.raises(SchemeMismatchError):
        list(read_export(path, load_scheme("case")))

import json
from pathlib import Path

import msgspec
import pytest

from rolecall.annotate.stamp import stamp
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme

ARTICLE = Article.of("Nine men were held.", id="a1")
PROTEST = load_scheme("protest")


def annotation(by: str, scheme: str, role: str = "ARREST") -> Annotation:
    spans = (quote(ARTICLE, 14, 18, role),)
    return Annotation(article="a1", hash=ARTICLE.hash, by=by, kind="human", scheme=scheme, spans=spans)


def test_labels_change_their_stamp_and_nothing_else(tmp_path: Path) -> None:
    labels = [annotation("ana", "protest 1"), annotation("ben", "protest:0:1"), annotation("eva", "protest 1")]
    jsonl.write(tmp_path / "old.jsonl", labels)
    before = stamp(tmp_path / "old.jsonl", PROTEST, tmp_path / "new.jsonl")
    assert before == {"protest 1": 2, "protest:0:1": 1}
    assert list(jsonl.read(tmp_path / "new.jsonl", Annotation)) == [
        msgspec.structs.replace(label, scheme=PROTEST.fingerprint) for label in labels
    ]


def test_an_unknown_role_stops_it_before_anything_is_written(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "old.jsonl", [annotation("ana", "x"), annotation("ben", "x", role="WHO")])
    with pytest.raises(InputError, match=r"old\.jsonl:2: role 'WHO' is not in the scheme"):
        stamp(tmp_path / "old.jsonl", PROTEST, tmp_path / "new.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["old.jsonl"]


def test_a_file_without_annotations_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_text("\n")
    with pytest.raises(InputError, match=r"old\.jsonl: holds no annotations\n  remedy"):
        stamp(tmp_path / "old.jsonl", PROTEST, tmp_path / "new.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["old.jsonl"]


def test_a_file_may_be_stamped_in_place_but_no_other_is_replaced(tmp_path: Path) -> None:
    old, other = tmp_path / "old.jsonl", tmp_path / "other.jsonl"
    jsonl.write(old, [annotation("ana", "x")])
    other.write_text("precious\n")
    with pytest.raises(InputError, match=r"other\.jsonl: exists already\n  remedy: .*--overwrite"):
        stamp(old, PROTEST, other)
    assert other.read_text() == "precious\n"
    stamp(old, PROTEST, old)
    stamp(old, PROTEST, other, overwrite=True)
    assert old.read_bytes() == other.read_bytes() != b""
    assert next(jsonl.read(old, Annotation)).scheme == PROTEST.fingerprint


def test_the_command_says_from_what_to_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jsonl.write(tmp_path / "old.jsonl", [annotation("ana", "protest 1")])
    arguments = ["annotate", "scheme", "stamp", f"{tmp_path}/old.jsonl", "--scheme", "protest"]
    assert run([*arguments, "--out", f"{tmp_path}/new.jsonl"]) == 0
    assert capsys.readouterr().out == f"1 annotations: protest 1 -> {PROTEST.fingerprint}\n"
    assert run([*arguments, "--out", f"{tmp_path}/new.jsonl"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert run([*arguments, "--out", f"{tmp_path}/new.jsonl", "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"scheme": PROTEST.fingerprint, "before": {"protest 1": 1}}

"""Halves of characters: replaced, wherever a block ends, and nothing else is touched."""

import io
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.exported import read_export
from rolecall.annotate.pull import pull
from rolecall.annotate.surrogates import Mended, mend
from rolecall.annotate.tasks import task_of
from rolecall.core.records import Article
from rolecall.core.scheme import load_scheme

LETTERS = st.sampled_from(["\\", "\ud800", "\udc00", "\udbff", "🎉", "u", "d", "8", "0", '"', "\n", "я", "\\ud800"])
SCHEME = load_scheme("protest")


@given(st.lists(LETTERS, max_size=12).map("".join), st.integers(1, 7))
def test_every_half_becomes_the_replacement_character(text: str, size: int) -> None:
    raw = json.dumps([text]).encode()
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    halves = sum(0xD800 <= ord(letter) <= 0xDFFF for letter in json.loads(raw)[0])
    (found,) = json.loads(mend(raw))
    assert found.count("\ufffd") == halves
    assert [letter for letter in found if letter != "\ufffd"] == [letter for letter in whole if letter != "\ufffd"]
    file = Mended(io.BytesIO(raw))
    assert b"".join(iter(lambda: file.read(size), b"")) == mend(raw)


def test_half_a_character_in_a_quote_keeps_nothing_back(tmp_path: Path) -> None:
    article = Article.of("🎉 Police detained people.", id="a")
    value = {"start": 2, "end": 8, "text": "\udf89 Police", "labels": ["AUTHORITY"]}
    region = {"id": "r", "type": "labels", "from_name": "response", "to_name": "text", "value": value}
    annotations = [{"id": at, "completed_by": at, "result": [region]} for at in range(2)]
    task: dict[str, Any] = task_of(article, SCHEME.fingerprint) | {"id": 1, "annotations": annotations}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    done = pull(read_export(path, SCHEME), {"a": article}, SCHEME, tmp_path / "out.jsonl", names={})
    assert (done.people.total(), done.lost) == (2, 0)
    assert [noted.remark.where for noted in done.remarks] == ["2:8 AUTHORITY 'Police', quote '\ufffd Police'"] * 2

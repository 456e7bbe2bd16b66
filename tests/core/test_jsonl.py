import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolecall.core import jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.records import Annotation, Article, Record, quote
from tests.strategies import annotations, articles

ARTICLE = Article.of("Nine men were held.", id="a1")
HELD = Annotation(
    article="a1",
    hash=ARTICLE.hash,
    by="ana",
    kind="human",
    scheme="protest:1:0",
    spans=(quote(ARTICLE, 0, 4, "DETAINED_COUNT"), quote(ARTICLE, 14, 18, "ARREST")),
)
reuse_tmp_path = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@reuse_tmp_path
@given(st.lists(articles(), max_size=4))
def test_articles_survive_the_file(tmp_path: Path, records: list[Article]) -> None:
    assert jsonl.write(tmp_path / "a.jsonl", records) == len(records)
    assert list(jsonl.read(tmp_path / "a.jsonl", Article)) == records


@reuse_tmp_path
@given(st.lists(annotations(), max_size=4))
def test_annotations_survive_the_file(tmp_path: Path, records: list[Annotation]) -> None:
    jsonl.write(tmp_path / "a.jsonl", records)
    assert list(jsonl.read(tmp_path / "a.jsonl", Annotation)) == records


@reuse_tmp_path
@given(st.lists(articles(), max_size=5, unique_by=lambda article: article.id))
def test_an_article_file_is_a_mapping(tmp_path: Path, records: list[Article]) -> None:
    jsonl.write(tmp_path / "a.jsonl", records)
    assert dict(jsonl.ArticleFile(tmp_path / "a.jsonl")) == {article.id: article for article in records}


def test_absent_fields_are_left_out(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "a.jsonl", [HELD])
    assert sorted(json.loads((tmp_path / "a.jsonl").read_text())) == [
        "article",
        "by",
        "hash",
        "kind",
        "scheme",
        "spans",
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "truncated"),
        (b'{"id": "a", "text": "x"}', "missing required field `hash`"),
        (b'{"id": "a", "hash": "0", "text": "x"}', "altered after ingest"),
        (b'{"id": "a", "hash": "0", "text": "x", "txet": 1}', "unknown field `txet`"),
        (b'\xff{"id": "a"}', "malformed"),
        (b'{"id": "a", "meta": {"score": NaN}}', "JSON has no NaN or Infinity"),
        (b'{"meta": ' + b'{"a": ' * 9999, "recursion"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, says: str) -> None:
    path = tmp_path / "a.jsonl"
    jsonl.write(path, [ARTICLE])
    path.write_bytes(path.read_bytes() + b"\n" + line + b"\n")
    with pytest.raises(InputError, match=says) as caught:
        list(jsonl.read(path, Article))
    assert (caught.value.path, caught.value.line) == (path, 3)
    assert "rolecall schema article" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl: cannot be read: No such file"):
        list(jsonl.read(tmp_path / "nowhere.jsonl", Article))


def failing() -> Iterator[Record]:
    yield ARTICLE
    raise KeyboardInterrupt


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    jsonl.write(path, [HELD])
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        jsonl.write(path, failing())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_permissions_are_kept_and_new_files_follow_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    mask = os.umask(0o027)
    try:
        jsonl.write(path, [ARTICLE])
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o600)
        jsonl.write(path, [ARTICLE])
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(mask)


def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be written: .*\n  remedy: check the folder"):
        jsonl.write(tmp_path / "file" / "a.jsonl", [ARTICLE])


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is a folder\n  remedy: name a file"):
        jsonl.write(tmp_path, failing())
    assert list(tmp_path.iterdir()) == []


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "a.jsonl", [ARTICLE, ARTICLE])
    with pytest.raises(InputError, match=r"a\.jsonl:2: article id 'a1' stands twice"):
        jsonl.ArticleFile(tmp_path / "a.jsonl")


def test_annotations_are_held_against_scheme_roles_and_texts(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    jsonl.write(path, [HELD])
    assert list(jsonl.read_annotations(path, scheme="protest:1:0", roles={"ARREST": 1, "DETAINED_COUNT": 1})) == [HELD]
    assert list(jsonl.read_annotations(path, articles={"a1": ARTICLE})) == [HELD]
    with pytest.raises(SchemeMismatchError, match=r"labels\.jsonl:1: labelled with scheme 'protest:1:0'"):
        list(jsonl.read_annotations(path, scheme="protest:2:0"))
    with pytest.raises(InputError, match="role 'DETAINED_COUNT' is not in the scheme"):
        list(jsonl.read_annotations(path, roles={"ARREST": 1}))
    with pytest.raises(InputError, match="'a1' is not among the articles given"):
        list(jsonl.read_annotations(path, articles={}))
    with pytest.raises(InputError, match="has changed since it was labelled"):
        list(jsonl.read_annotations(path, articles={"a1": Article.of("Ten men were held.", id="a1")}))


def test_an_annotation_is_found_again_by_its_offset(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    second = msgspec.structs.replace(HELD, by="ben")
    jsonl.write(path, [HELD, second])
    offsets = [offset for offset, _ in jsonl.locate_annotations(path)]
    assert offsets == [0, path.read_bytes().index(b"\n") + 1]
    assert jsonl.read_at(path, offsets[1], msgspec.json.Decoder(Annotation)) == second


def test_grouping_refuses_two_readings_by_one_person() -> None:
    assert jsonl.by_article([HELD]) == {"a1": {"ana": HELD}}
    with pytest.raises(InputError, match=r"^two\.jsonl: 'ana' annotated article 'a1' twice"):
        jsonl.by_article([HELD, HELD], path=Path("two.jsonl"))


def test_reading_streams(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    jsonl.write(path, (Article.of("x" * 3000 + str(number)) for number in range(2000)))
    tracemalloc.start()
    try:
        assert sum(1 for _ in jsonl.read(path, Article)) == 2000
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 10
    finally:
        tracemalloc.stop()


def test_one_record_stands_indented_in_a_file_of_its_own(tmp_path: Path) -> None:
    jsonl.write_json(tmp_path / "one.json", ARTICLE)
    text = (tmp_path / "one.json").read_text()
    assert text == jsonl.to_json(ARTICLE)
    assert text.startswith('{\n  "id": "a1",\n')
    assert text.endswith("\n}\n")
    assert msgspec.json.decode(text, type=Article) == ARTICLE
    assert jsonl.to_json({"a": [1, 2]}, indent=0) == '{"a": [1, 2]}\n'


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("there.txt")
    jsonl.write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "there.txt").read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        jsonl.write_text(tmp_path / "pipe", "through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.txt", "pipe", "there.txt"]

import codecs
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings

from rolecall.annotate.columns import Columns
from rolecall.annotate.finishing import Incoming
from rolecall.annotate.formats.rows import Reading
from rolecall.annotate.sources import find, read
from rolecall.core.errors import InputError
from rolecall.core.records import Article, text_hash
from tests.strategies import texts

write_parquet: Any = pyarrow.parquet.write_table
AKTAU = "  \r\nAktau – rally\r\rPolice\tcame.  \n"


def only(path: Path, **options: Any) -> Incoming:
    (incoming,) = read(path, Reading(**options))
    return incoming


def taken(path: Path, **options: Any) -> Article:
    article = only(path, **options).article
    assert article is not None
    return article


def line(tmp_path: Path, **record: object) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(record) + "\n")
    return path


def test_a_text_is_never_altered(tmp_path: Path) -> None:
    (tmp_path / "report 7.txt").write_bytes(AKTAU.encode())
    article = taken(tmp_path / "report 7.txt")
    assert article == Article.of(AKTAU, id="report 7", title="Aktau – rally")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts)
def test_any_text_comes_back_from_either_form(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_bytes(codecs.BOM_UTF8 + text.encode())
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": text}), encoding="utf-8")
    for path in (tmp_path / "a.txt", tmp_path / "a.jsonl"):
        incoming = only(path)
        if text.strip():
            assert incoming.article is not None
            assert incoming.article.text == text
        else:
            assert incoming.article is None


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(codecs.BOM_UTF8 + b"Rally")
    (tmp_path / "b.jsonl").write_bytes(codecs.BOM_UTF8 + b'{"text": "\\ufeffRally"}')
    (tmp_path / "c.txt").write_bytes(codecs.BOM_UTF16_BE + "Rally".encode("utf-16-be"))
    assert taken(tmp_path / "a.txt").text == "Rally"
    assert taken(tmp_path / "b.jsonl").text == "\ufeffRally"  # a mark inside a record is somebody's text
    assert taken(tmp_path / "c.txt", encoding="utf-16").text == "Rally"


def test_bytes_that_are_no_text_are_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Митинг\n".encode("cp1251"))
    (refused,) = read(tmp_path / "a.txt")  # the file is the record, and the others are read all the same
    assert refused.article is None
    assert refused.refusal.startswith("is not utf-8 at byte 0 (0xcc; the first byte is 0): name the file's encoding")
    assert taken(tmp_path / "a.txt", encoding="cp1251").text == "Митинг\n"
    (tmp_path / "b.jsonl").write_bytes(b'{"text": "one"}\n{"text": "t\xe9"}\n')
    with pytest.raises(InputError, match=r"b\.jsonl:2: is not utf-8 at byte 27 \(0xe9"):  # 16 + 11
        list(read(tmp_path / "b.jsonl"))
    assert [
        incoming.article.text for incoming in read(tmp_path / "b.jsonl", Reading("latin-1")) if incoming.article
    ] == [
        "one",
        "té",
    ]


def test_a_record_keeps_its_own_keys_and_meta_takes_the_rest(tmp_path: Path) -> None:
    path = line(tmp_path, id="7", text="Rally", desk="Home", story="s", published=None, meta={"a": 1}, spans=[{"x": 2}])
    assert taken(path) == Article.of("Rally", id="7", story="s", meta={"a": 1, "desk": "Home", "spans": [{"x": 2}]})


def test_labels_are_handed_over_apart_when_asked_for(tmp_path: Path) -> None:
    path = line(tmp_path, text="Rally", spans=[], links=[], n=1)
    incoming = only(path, with_labels=True)
    assert incoming.article == Article.of("Rally", meta={"n": 1})
    assert incoming.labels == {"spans": [], "links": []}
    assert only(line(tmp_path, text="Rally"), with_labels=True).labels is None


def test_without_an_id_the_hash_gives_it(tmp_path: Path) -> None:
    assert taken(line(tmp_path, text="Rally")).id == text_hash("Rally")[:16]
    assert taken(line(tmp_path, text="Rally", hash=text_hash("Rally"))).hash == text_hash("Rally")


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"id": 7, "text": "Rally"}, r"in\.jsonl:1: not an article: Expected `str`, got `int` - at `\$\.id`"),
        ({"text": ["Rally"]}, r"in\.jsonl:1: .*`\$\.text`"),
        ({"text": "Rally", "meta": [1]}, r"in\.jsonl:1: .*`\$\.meta`"),
        ({"text": "Rally", "url": {}}, r"in\.jsonl:1: .*`\$\.url`"),
        ({"id": " ", "text": "Rally"}, r"in\.jsonl:1: .*an article needs an id"),
        ({"text": "Rally", "n": 1, "meta": {"n": 2}}, r"in\.jsonl:1: key 'n' stands in the record and in its meta"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, record: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        list(read(line(tmp_path, **record)))
    assert caught.value.remedy


@pytest.mark.parametrize("text", [b"not json", b'["a list"]', b'{"text": "\\ud800"}', b'{"text": "cut'])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "in.jsonl").write_bytes(b'\n{"text": "Rally"}\n' + text)
    with pytest.raises(InputError, match=r"in\.jsonl:3: not a JSON object"):
        list(read(tmp_path / "in.jsonl"))


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"id": "a"}, "article 'a': it has no text"),
        ({"text": None}, "it has no text"),
        ({"id": "a", "text": " \r\n"}, "article 'a': it has no text"),
        ({"text": "Rally", "hash": "0" * 64}, "its hash is not the SHA-256 of its text"),
        ({"text": "Rally", "hash": 5}, "its hash is not the SHA-256 of its text"),
    ],
)
def test_a_record_that_reads_but_is_no_article_is_refused(tmp_path: Path, record: dict[str, object], says: str) -> None:
    incoming = only(line(tmp_path, **record))
    assert incoming.article is None
    assert incoming.refusal.startswith(says)
    assert str(incoming.place) == f"{tmp_path}/in.jsonl:1"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(codecs.BOM_UTF8 + b"\n \n")
    assert only(tmp_path / "a.txt").refusal == "article 'a': it has no text"


def test_folders_are_walked_in_order_and_nothing_is_passed_over_in_silence(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.jsonl", "c.txt", "c.doc", "README", "COPYING.TXT", ".git/x.txt", "._c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "gold.jsonl").write_text('\n{"article": "a1", "spans": []}\n')
    (tmp_path / "out.jsonl").write_text("{}")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = find([tmp_path], besides=[tmp_path / "out.jsonl"])
    assert [str(path.relative_to(tmp_path)) for path in found.files] == ["a.jsonl", "c.txt", "b/1.txt", "b/2.txt"]
    assert {str(path.relative_to(tmp_path)): why for path, why in found.ignored} == {
        "._c.txt": "hidden file",
        ".git": "hidden or linked folder",
        "COPYING.TXT": ".TXT",
        "README": "no suffix",
        "c.doc": ".doc",
        "gold.jsonl": "label file",
        "loop": "hidden or linked folder",
        "out.jsonl": "output file",
    }


def test_a_file_named_twice_is_read_once_and_a_named_output_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.TXT").write_text("Rally")
    (tmp_path / "b.jsonl").write_text("{}")
    found = find([tmp_path / "b.jsonl", tmp_path / "a.TXT", tmp_path], besides=[tmp_path / "b.jsonl"])
    assert [path.name for path in found.files] == ["b.jsonl", "a.TXT"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("none.txt", "no such file or folder"),
        ("page.pdf", r"is no \.txt, \.jsonl, .* or \.htm file"),
        ("gold.jsonl", "holds records about articles, no articles"),
        ("folder", r"no \.txt, .* or \.htm file in .*folder: found \.TXT, \.md"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "folder").mkdir()
    for file in ("page.pdf", "folder/a.TXT", "folder/b.md"):
        (tmp_path / file).write_text("x")
    (tmp_path / "gold.jsonl").write_text('{"article": "a1", "spans": []}\n')
    with pytest.raises(InputError, match=says) as caught:
        find([tmp_path / name])
    assert caught.value.remedy


PAGE = "<html><body><article><h1>Rally</h1><p>Police detained nine people in the square.</p></article></body></html>"


def test_every_form_gives_the_same_article_in_the_order_of_the_input(tmp_path: Path) -> None:
    record = {"id": "a1", "title": "Rally", "text": "Police came.", "date": "10.04.2019", "desk": "home"}
    (tmp_path / "b.csv").write_text(",".join(record) + "\n" + ",".join(record.values()) + "\n")
    (tmp_path / "c.tsv").write_text("\t".join(record) + "\n" + "\t".join(record.values()) + "\n")
    write_parquet(pa.Table.from_pylist([record]), tmp_path / "d.parquet")
    expected = Article.of(
        "Rally\n\nPolice came.", id="a1", title="Rally", published="2019-04-10", meta={"desk": "home"}
    )
    forms = [line(tmp_path, **record), tmp_path / "b.csv", tmp_path / "c.tsv", tmp_path / "d.parquet"]
    assert [taken(path) for path in forms] == [expected] * 4
    assert [str(only(path).place).rpartition(":")[2] for path in forms] == ["1", "2", "2", "1"]


def test_a_page_is_one_article(tmp_path: Path) -> None:
    for name in ("oil.html", "oil.htm", "OIL.HTML"):
        (tmp_path / name).write_text(PAGE)
        article = taken(tmp_path / name, columns=Columns(text=("story",)))  # columns are for tables
        assert article.id == Path(name).stem
        assert article.text.split("\n", 1)[0] == "Rally"
        assert article.text.endswith("Police detained nine people in the square.")
    assert list(read(tmp_path / "oil.html", skip=1)) == []


def test_the_first_records_can_be_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(codecs.BOM_UTF8 + b'{"text": "a"}\n\n {"text": "b"}\r\n{"text": "c"}')
    found = [[i.article.text for i in read(tmp_path / "a.jsonl", skip=n) if i.article] for n in range(4)]
    assert found == [["a", "b", "c"], ["b", "c"], ["c"], []]
    assert [i.done for i in read(tmp_path / "a.jsonl")] == [17, 34, 47]  # 3 + 13 + 1; + 1 + 1 + 13 + 2; + 13


def test_a_key_of_the_config_must_be_in_some_record(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n{"text": "b", "head": "H"}\n')
    assert [i.before for i in read(tmp_path / "a.jsonl", Reading(columns=Columns(title="head")))] == [0, 3]
    with pytest.raises(InputError, match=r"a\.jsonl: has no column 'heads', which --columns names") as caught:
        list(read(tmp_path / "a.jsonl", Reading(columns=Columns(title="heads"))))
    assert caught.value.remedy == "columns: text, head"


def test_what_a_browser_saved_beside_a_page_is_passed_over(tmp_path: Path) -> None:
    for name in ("Oil.html", "Oil_files/ad.html", "Other_files/a.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PAGE)
    found = find([tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in found.files] == ["Oil.html", "Other_files/a.html"]
    assert found.ignored == [(tmp_path / "Oil_files", "parts of a saved page")]

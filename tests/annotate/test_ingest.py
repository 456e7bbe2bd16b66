import json
import os
import tracemalloc
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolecall.annotate import sources
from rolecall.annotate.books import Report
from rolecall.annotate.formats.rows import Reading
from rolecall.annotate.ingest import ingest
from rolecall.annotate.labelled import Labelling
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from tests.strategies import articles

SAMPLE = Path(__file__).parents[2] / "sample"
ECB = load_scheme("ecbplus")
CORPORA = os.environ.get("ROLECALL_CORPORA")


def lines(path: Path, *records: Mapping[str, object]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def written(path: Path) -> list[Article]:
    return list(jsonl.read(path, Article))


def balanced(report: Report) -> bool:
    return report.read == report.written + len(report.duplicates) + len(report.refused)


def test_articles_of_ours_pass_through_unchanged(tmp_path: Path) -> None:
    report = ingest([SAMPLE / "articles.jsonl"], tmp_path / "out.jsonl")
    assert (report.read, report.written, report.duplicates, report.refused) == (40, 40, [], [])
    assert written(tmp_path / "out.jsonl") == written(SAMPLE / "articles.jsonl")


ids_and_texts = st.tuples(st.sampled_from("abcd"), st.sampled_from(["Rally", "March", "Strike"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ids_and_texts, min_size=1, max_size=8))
def test_every_record_is_accounted_for(tmp_path: Path, records: list[tuple[str, str]]) -> None:
    path = lines(tmp_path / "in.jsonl", *({"id": name, "text": text} for name, text in records))
    report = ingest([path], tmp_path / "out.jsonl", overwrite=True)
    assert balanced(report)
    kept = {article.id: article.text for article in written(tmp_path / "out.jsonl")}
    assert len(set(kept.values())) == len(kept) == report.written
    for note in report.duplicates:  # what is left out as a duplicate is there
        assert records[int(note.where.rpartition(":")[2]) - 1][1] in kept.values()
    for note in report.refused:  # what is refused has an id that is taken
        name, text = records[int(note.where.rpartition(":")[2]) - 1]
        assert kept[name] != text


def test_a_refused_text_does_not_stand_in_the_way_of_another_id(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "in.jsonl", {"id": "a", "text": "Rally"}, {"id": "a", "text": "March"}, {"id": "b", "text": "March"}
    )
    assert len(ingest([path], tmp_path / "out.jsonl").refused) == 1
    assert {article.id: article.text for article in written(tmp_path / "out.jsonl")} == {"a": "Rally", "b": "March"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(articles(), min_size=1, max_size=5, unique_by=(lambda a: a.id, lambda a: a.hash)))
def test_records_of_ours_come_through_whole(tmp_path: Path, records: list[Article]) -> None:
    records = [article for article in records if article.text.strip()]
    jsonl.write(tmp_path / "in.jsonl", records)
    if records:
        ingest([tmp_path / "in.jsonl"], tmp_path / "out.jsonl", overwrite=True)
        assert written(tmp_path / "out.jsonl") == records


def test_the_same_id(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "in.jsonl",
        {"id": "a", "text": "Rally"},
        {"id": "a", "text": "Rally"},
        {"id": "a", "text": "Rally", "story": "s"},
        {"id": "a", "text": "March"},
    )
    report = ingest([path], tmp_path / "out.jsonl")
    assert balanced(report)
    assert written(tmp_path / "out.jsonl") == [Article.of("Rally", id="a")]
    assert [tuple(note) for note in report.duplicates] == [
        (f"{path}:2", f"article 'a' is there already, from {path}:1"),
        (f"{path}:3", f"article 'a' is there already, from {path}:1; fields that differ are not taken over"),
    ]
    assert [tuple(note) for note in report.refused] == [
        (
            f"{path}:4",
            f"article 'a' is there already, from {path}:1, with another text: give one of them an id of its own",
        )
    ]


def test_the_same_text_under_two_ids_is_one_article(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("Rally")
    (tmp_path / "two.txt").write_text("Rally")
    report = ingest([tmp_path / "one.txt", tmp_path / "two.txt"], tmp_path / "out.jsonl")
    assert [article.id for article in written(tmp_path / "out.jsonl")] == ["one"]
    assert [tuple(note) for note in report.duplicates] == [
        (f"{tmp_path}/two.txt", f"article 'two' has the text of 'one' from {tmp_path}/one.txt")
    ]


def test_a_known_duplicate_stays(tmp_path: Path) -> None:
    path = lines(tmp_path / "in.jsonl", {"id": "a", "text": "Rally"}, {"id": "b", "text": "Rally", "duplicate_of": "a"})
    report = ingest([path], tmp_path / "out.jsonl")
    assert (report.written, report.duplicates) == (2, [])


def test_labels_that_come_along_become_annotations(tmp_path: Path) -> None:
    span = {"start": 0, "end": 5, "label": "ACTION"}
    path = lines(
        tmp_path / "in.jsonl",
        {"id": "a", "text": "Rally", "spans": [span]},
        {"id": "a", "text": "Rally", "spans": [span]},  # the same again
        {"id": "a", "text": "Rally", "spans": []},  # other labels
        {"id": "b", "text": "Rally", "spans": []},  # the same text, with labels of its own
        {"id": "c", "text": "March"},  # no labels
    )
    labelling = Labelling(tmp_path / "labels.jsonl", ECB, "gold", "human")
    report = ingest([path], tmp_path / "out.jsonl", labelling=labelling)
    assert balanced(report)
    assert (report.annotations, report.spans) == (2, 1)
    assert [note.where for note in report.duplicates] == [f"{path}:2"]
    assert [note.where for note in report.refused] == [f"{path}:3"]
    assert "with other labels" in report.refused[0].what
    assert [note.where for note in report.linked] == [f"{path}:4"]
    assert [(a.id, a.duplicate_of, a.meta) for a in written(tmp_path / "out.jsonl")] == [
        ("a", None, {}),
        ("b", "a", {}),
        ("c", None, {}),
    ]
    labels = list(jsonl.read_annotations(tmp_path / "labels.jsonl", articles=jsonl.ArticleFile(tmp_path / "out.jsonl")))
    assert [(label.article, label.by, label.scheme, len(label.spans)) for label in labels] == [
        ("a", "gold", ECB.fingerprint, 1),
        ("b", "gold", ECB.fingerprint, 0),
    ]


def test_labels_not_asked_for_go_to_meta_and_are_counted(tmp_path: Path) -> None:
    span = {"start": 0, "end": 5, "label": "ANYTHING"}
    path = lines(tmp_path / "in.jsonl", {"id": "a", "text": "Rally", "spans": [span]})
    assert ingest([path], tmp_path / "out.jsonl").spans_in_meta == 1
    assert written(tmp_path / "out.jsonl")[0].meta == {"spans": [span]}


def test_ingesting_again_after_adding_is_safe(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    (tmp_path / "one.txt").write_text("Rally")
    ingest([tmp_path / "one.txt"], out)
    (tmp_path / "two.txt").write_text("March")
    ingest([tmp_path / "one.txt", tmp_path / "two.txt"], out)
    assert [article.id for article in written(out)] == ["one", "two"]


def test_nothing_that_was_there_is_lost(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    (tmp_path / "one.txt").write_text("Rally")
    ingest([tmp_path / "one.txt"], out)
    jsonl.write(out, [msgspec.structs.replace(written(out)[0], story="filled in by hand")])
    before = out.read_bytes()
    with pytest.raises(InputError, match=r"out\.jsonl: 1 of its records would be lost or changed: one\n  remedy: "):
        ingest([tmp_path / "one.txt"], out)
    assert out.read_bytes() == before
    (tmp_path / "two.txt").write_text("March")
    ingest([out, tmp_path / "one.txt", tmp_path / "two.txt"], out)  # the remedy
    assert [(article.id, article.story) for article in written(out)] == [("one", "filled in by hand"), ("two", None)]
    ingest([tmp_path / "two.txt"], out, overwrite=True)
    assert [article.id for article in written(out)] == ["two"]


def test_an_output_that_is_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("Rally")
    (tmp_path / "notes").write_text("precious\n")
    with pytest.raises(InputError, match="notes:1: not a record of kind article"):
        ingest([tmp_path / "one.txt"], tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "precious\n"


def test_a_bad_label_leaves_neither_file(tmp_path: Path) -> None:
    good = {"id": "a", "text": "Rally", "spans": []}
    bad = {"id": "b", "text": "March", "spans": [{"start": 0, "end": 50, "label": "LOC"}]}
    labelling = Labelling(tmp_path / "labels.jsonl", ECB, "gold", "human")
    path = lines(tmp_path / "in.jsonl", good, bad)
    with pytest.raises(InputError, match=r"in\.jsonl:2: article 'b': span 0:50 \(LOC\) is not inside"):
        ingest([path], tmp_path / "out.jsonl", labelling=labelling)
    assert [file.name for file in tmp_path.iterdir()] == ["in.jsonl"]


def test_articles_and_labels_need_a_file_each(tmp_path: Path) -> None:
    path = lines(tmp_path / "in.jsonl", {"id": "a", "text": "Rally", "spans": []})
    labelling = Labelling(tmp_path / "." / "out.jsonl", ECB, "gold", "human")
    with pytest.raises(InputError, match=r"out\.jsonl: cannot hold both"):
        ingest([path], tmp_path / "out.jsonl", labelling=labelling)


def test_no_records_and_no_such_encoding_are_errors(tmp_path: Path) -> None:
    path = lines(tmp_path / "in.jsonl")
    with pytest.raises(InputError, match="the files hold no record"):
        ingest([path], tmp_path / "out.jsonl")
    for name in ("utf-9", "hex", "idna", "punycode", "undefined", "unicode_escape"):
        with pytest.raises(InputError, match=f"{name!r} is no text encoding"):
            ingest([path], tmp_path / "out.jsonl", reading=Reading(name))
    assert not (tmp_path / "out.jsonl").exists()


def test_labels_come_with_a_headline_of_its_own(tmp_path: Path) -> None:
    record = {"id": "a", "title": "Strike", "text": "Rally", "spans": [{"start": 0, "end": 5, "label": "ACTION"}]}
    path = lines(tmp_path / "in.jsonl", record)
    report = ingest([path], tmp_path / "out.jsonl", labelling=Labelling(tmp_path / "l.jsonl", ECB, "gold", "human"))
    assert (report.headlines, report.spans) == (1, 1)
    articles = jsonl.ArticleFile(tmp_path / "out.jsonl")
    (label,) = jsonl.read_annotations(tmp_path / "l.jsonl", articles=articles)
    assert [(span.start, span.end, span.text) for span in label.spans] == [(8, 13, "Rally")]
    assert articles["a"].text == "Strike\n\nRally"


def test_a_language_filled_in_later_is_no_loss(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    path = lines(tmp_path / "in.jsonl", {"text": "Police detained at least nine people on Wednesday, witnesses said."})
    ingest([path], out)
    report = ingest([path], out, reading=Reading(language=True))
    assert (report.languages, report.no_language) == ({"en": 1}, 0)
    assert [article.lang for article in written(out)] == ["en"]
    with pytest.raises(InputError, match="1 of its records would be lost or changed"):
        ingest([path], out)


def test_dates_that_are_not_read_are_counted_and_the_first_listed(tmp_path: Path) -> None:
    path = lines(tmp_path / "in.jsonl", *({"text": f"Rally {n}", "date": "03/04/2020"} for n in range(120)))
    report = ingest([path], tmp_path / "out.jsonl")
    assert (report.dates_unread, len(report.dates), report.dates[0].where) == (120, 100, f"{path}:1")
    assert written(tmp_path / "out.jsonl")[119].meta == {"date": "03/04/2020"}


def test_into_a_pipe(tmp_path: Path) -> None:
    path, pipe = lines(tmp_path / "in.jsonl", {"text": "Rally"}), tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_bytes)
        ingest([path], pipe)
        assert msgspec.json.decode(read.result(), type=Article) == Article.of("Rally")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.jsonl", "pipe"]


def test_memory_does_not_grow_with_the_texts(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    jsonl.write(path, (Article.of("x" * 10_000 + str(number)) for number in range(1000)))
    tracemalloc.start()
    ingest([path], tmp_path / "out.jsonl")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 10_000_000
    assert peak < 1_500_000  # ids, digests and places of 1,000 articles, and one article


@pytest.mark.skipif(not CORPORA, reason="ROLECALL_CORPORA names no folder of corpora")
def test_ecbplus_comes_in_whole(tmp_path: Path) -> None:
    found = sources.find([Path(CORPORA or "") / "data" / "ecbplus"])
    assert [path.name for path in found.files] == ["dev.jsonl", "train.jsonl"]
    labelling = Labelling(tmp_path / "labels.jsonl", ECB, "gold", "human")
    report = ingest(found.files, tmp_path / "out.jsonl", labelling=labelling)
    assert (report.read, report.written, report.annotations, report.spans) == (770, 770, 770, 11_246)
    assert len(report.linked) == 2  # two texts stand there twice, labelled apart
    articles = jsonl.ArticleFile(tmp_path / "out.jsonl")
    assert sum(1 for _ in jsonl.read_annotations(tmp_path / "labels.jsonl", articles=articles)) == 770
    assert articles["2_10ecbplus"].meta["split"] == "dev"


@pytest.mark.skipif(not CORPORA, reason="ROLECALL_CORPORA names no folder of corpora")
def test_real_articles_come_in_by_their_files(tmp_path: Path) -> None:
    folder = Path(CORPORA or "") / "articles"
    report = ingest(sources.find([folder]).files, tmp_path / "out.jsonl")
    assert report.written == 3
    articles = jsonl.ArticleFile(tmp_path / "out.jsonl")
    for annotation in jsonl.read(folder / "annotations.jsonl", Annotation):
        assert articles[annotation.article].hash == annotation.hash

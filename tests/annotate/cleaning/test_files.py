from pathlib import Path

import pytest

from rolecall.annotate.cleaning.articles import clean
from rolecall.annotate.cleaning.cuts import Cut
from rolecall.annotate.cleaning.files import Outputs, clean_files
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.annotate.cleaning.scores import Gold
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, Span, disagreement, text_hash

SAMPLE = Path(__file__).parents[3] / "sample"
TEXT = "Rally in Merrow\n\nShare this story\n\nPolice held ten people at the port on Sunday, and let them go."
LEFT = "Rally in Merrow\n\nPolice held ten people at the port on Sunday, and let them go."


def outputs(folder: Path) -> Outputs:
    return Outputs(*(folder / f"{name}.jsonl" for name in ("clean", "cuts", "map", "annotations")))


def corpus(folder: Path, *texts: str, **fields: str) -> Path:
    records = (Article.of(text, id=str(number), **fields) for number, text in enumerate(texts))
    jsonl.write(folder / "articles.jsonl", records)
    return folder / "articles.jsonl"


def labels(folder: Path, *spans: tuple[int, int]) -> Path:
    made = tuple(Span(start, end, "PLACE", TEXT[start:end]) for start, end in spans)
    fields = {"article": "0", "hash": text_hash(TEXT), "by": "ana", "scheme": "s", "spans": made}
    jsonl.write(folder / "labels.jsonl", [Annotation(kind="human", **fields)])  # type: ignore[arg-type]
    return folder / "labels.jsonl"


def test_an_article_is_cut_and_says_what_it_was() -> None:
    article = Article.of(TEXT, id="a", title="Rally in Merrow", meta={"page": 1})
    done = clean(article)
    assert done.article.text == LEFT
    assert done.article.meta == {"page": 1, "cleaned_from": article.hash}
    assert done.article.hash == text_hash(LEFT)
    assert done.cuts == [
        Cut(article="a", start=17, end=33, text="Share this story", kind="share", reason=done.cuts[0].reason)
    ]
    assert done.moved == OffsetMap(article="a", hash=text_hash(LEFT), cleaned_from=article.hash, removed=((17, 35),))


def test_an_article_without_furniture_and_kinds_to_keep_stay_as_they_are() -> None:
    for article, keep in ((Article.of(LEFT), []), (Article.of(TEXT), ["share"])):
        assert clean(article, keep=keep) == (article, [], None)  # type: ignore[arg-type]


def test_the_sample_is_cleaned_and_its_labels_come_along(tmp_path: Path) -> None:
    before = (SAMPLE / "articles.jsonl").read_bytes()
    made = outputs(tmp_path)
    report = clean_files(
        SAMPLE / "articles.jsonl",
        made,
        annotations=SAMPLE / "annotations.jsonl",
        gold=Gold(SAMPLE / "furniture.jsonl"),
    )
    assert (report.articles, report.changed, sum(report.cuts.values()), report.annotations) == (40, 6, 30, 120)
    assert report.scores is not None
    assert report.scores.exact.precision == report.scores.exact.recall == 1
    assert (SAMPLE / "articles.jsonl").read_bytes() == before
    old = {article.id: article for article in jsonl.read(SAMPLE / "articles.jsonl", Article)}
    new = {article.id: article for article in jsonl.read(tmp_path / "clean.jsonl", Article)}
    maps = {moved.article: moved for moved in jsonl.read(tmp_path / "map.jsonl", OffsetMap)}
    assert list(new) == list(old)
    for name, article in new.items():
        if name in maps:
            assert article.text == maps[name].apply(old[name].text)
            assert article.meta["cleaned_from"] == maps[name].cleaned_from == old[name].hash
            assert "\n\n\n" not in article.text
        else:
            assert article == old[name]
    carried = list(jsonl.read(tmp_path / "annotations.jsonl", Annotation))
    assert [disagreement(each, new[each.article]) for each in carried] == [None] * 120
    assert report.lost == 0


def test_a_line_of_the_page_goes_where_a_source_has_many_articles(tmp_path: Path) -> None:
    page = "Harbour Voice, the voice of those who load"
    texts = [f"Strike {number}\n\nDay {number} of it came and went without a deal.\n\n{page}" for number in range(6)]
    report = clean_files(corpus(tmp_path, *texts, source="Harbour Voice"), Outputs(tmp_path / "clean.jsonl"))
    assert (report.changed, dict(report.cuts)) == (6, {"other": 6})
    assert all(page not in article.text for article in jsonl.read(tmp_path / "clean.jsonl", Article))


def test_labels_in_a_cut_are_on_the_books(tmp_path: Path) -> None:
    path = corpus(tmp_path, TEXT)
    report = clean_files(path, outputs(tmp_path), annotations=labels(tmp_path, (9, 15), (17, 22)))
    assert report.lost == 1
    assert [each.spans for each in jsonl.read(tmp_path / "annotations.jsonl", Annotation)] == [
        (Span(9, 15, "PLACE", "Merrow"),)
    ]
    assert b"lies in a cut" in (tmp_path / "annotations.ledger.jsonl").read_bytes()


def test_nothing_is_written_where_something_is_wrong(tmp_path: Path) -> None:
    path = corpus(tmp_path, LEFT)
    with pytest.raises(InputError, match="has changed since it was labelled"):
        clean_files(path, outputs(tmp_path), annotations=labels(tmp_path, (9, 15)))
    jsonl.write(path, [Article.of(TEXT, id="0"), Article.of(LEFT, id="0")])
    with pytest.raises(InputError, match="stands twice"):
        clean_files(path, outputs(tmp_path))
    path.write_text("")
    with pytest.raises(InputError, match="holds no articles"):
        clean_files(path, outputs(tmp_path))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["articles.jsonl", "labels.jsonl"]


def test_no_input_and_no_older_file_is_replaced(tmp_path: Path) -> None:
    path = corpus(tmp_path, TEXT)
    with pytest.raises(InputError, match="is an input"):
        clean_files(path, Outputs(path), overwrite=True)
    with pytest.raises(InputError, match="cannot hold two outputs"):
        clean_files(path, Outputs(tmp_path / "x.jsonl", tmp_path / "x.jsonl"))
    clean_files(path, Outputs(tmp_path / "x.jsonl"))
    with pytest.raises(InputError, match="exists already"):
        clean_files(path, Outputs(tmp_path / "x.jsonl"))
    assert clean_files(path, Outputs(tmp_path / "x.jsonl"), overwrite=True).changed == 1

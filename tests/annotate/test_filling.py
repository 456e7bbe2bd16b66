from pathlib import Path

import msgspec
import pytest

from rolecall.annotate.filling import Size, fill, sum_up
from rolecall.annotate.stories import Duplicate, Found
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.groups import Names
from rolecall.core.records import Article

ARTICLES = [Article.of(f"text of {name}", id=name, meta={"n": name}) for name in "abcd"]


def found(articles: list[Article], **after: tuple[str | None, str | None]) -> Found:
    before = [Names(each.id, each.hash, each.story, each.duplicate_of) for each in articles]
    names = [Names(one.id, one.hash, *after.get(one.id, (one.story, one.duplicate_of))) for one in before]
    return Found(before, names, [Duplicate("b", "a", 0.75)], 1, [("c", "d")])


def test_what_is_new_is_counted() -> None:
    given = [ARTICLES[0], ARTICLES[1], msgspec.structs.replace(ARTICLES[2], story="s"), ARTICLES[3]]
    report = sum_up(found(given, a=("s", None), b=("s", "a"), d=("d", None)))
    assert (report.articles, report.undated, report.duplicates, report.groups) == (4, 1, 1, 2)
    assert (report.stories, report.in_stories, report.new_stories, report.grown_stories) == (2, 4, 1, 1)
    assert report.sizes == {1: 1, 3: 1}
    assert report.largest == [Size("s", 3), Size("d", 1)]
    assert report.new_duplicates == [Duplicate("b", "a", 0.75)]
    assert report.apart == [("c", "d")]


def test_only_the_fields_change_and_a_file_may_be_filled_in_place(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    jsonl.write(path, ARTICLES)
    assert fill(jsonl.read(path, Article), path, lambda: found(ARTICLES, b=("s", "a"))).after
    expected = [msgspec.structs.replace(a, story="s", duplicate_of="a") if a.id == "b" else a for a in ARTICLES]
    assert [*jsonl.read(path, Article)] == expected


@pytest.mark.parametrize(
    "kept",
    [
        Article.of("text of a", id="a", story="by hand", meta={"n": "a"}),
        Article.of("text of a", id="a", duplicate_of="d", meta={"n": "a"}),
        Article.of("text of a", id="a", meta={"n": "a", "more": 1}),
        Article.of("another text", id="a", meta={"n": "a"}),
        Article.of("text of z", id="z"),
    ],
)
def test_an_output_that_would_lose_something_is_kept(tmp_path: Path, kept: Article) -> None:
    out = tmp_path / "out.jsonl"
    jsonl.write(out, [ARTICLES[1], kept])
    before = out.read_bytes()
    with pytest.raises(InputError, match=f"1 of its records would be lost or changed: {kept.id}\n"):
        fill(ARTICLES, out, lambda: found(ARTICLES))
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    assert fill(ARTICLES, out, lambda: found(ARTICLES), overwrite=True).after


def test_fields_that_were_found_anew_may_change(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    jsonl.write(out, [msgspec.structs.replace(each, story="old") for each in ARTICLES])
    assert fill(ARTICLES, out, lambda: found(ARTICLES, a=("new", None)), anew=True).after
    assert [each.story for each in jsonl.read(out, Article)] == ["new", None, None, None]
    jsonl.write(out, [Article.of("text of z", id="z")])
    with pytest.raises(InputError, match="would be lost"):
        fill(ARTICLES, out, lambda: found(ARTICLES), anew=True)


def test_articles_that_change_meanwhile_are_refused(tmp_path: Path) -> None:
    others = [*ARTICLES[:3], Article.of("another text", id="d")]
    with pytest.raises(InputError, match="the articles changed while they were compared, at 'd'"):
        fill(others, tmp_path / "out.jsonl", lambda: found(ARTICLES))
    assert not [*tmp_path.iterdir()]

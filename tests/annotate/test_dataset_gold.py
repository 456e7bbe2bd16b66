"""Whose labels stand where several people read an article."""

from pathlib import Path

import pytest

from rolecall.annotate.dataset import build
from rolecall.annotate.manifest import Options
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, quote
from tests.annotate.corpus import PROTEST


def three_readers(tmp_path: Path, *marks: tuple[int, int] | None) -> tuple[Path, Path]:
    """Write one article that ana, ben and caro read, and another that only ana did; a mark is the bounds of PROTEST."""
    articles = [Article.of("Rally held again", id="a"), Article.of("Another rally", id="b")]
    made = [("a", by, mark) for by, mark in zip(("ana", "ben", "caro"), marks, strict=False)] + [("b", "ana", (8, 13))]
    labels = [
        Annotation(
            article=name,
            hash=(article := articles[name == "b"]).hash,
            by=by,
            kind="human",
            scheme=PROTEST.fingerprint,
            spans=() if mark is None else (quote(article, *mark, "PROTEST"),),
        )
        for name, by, mark in made
    ]
    jsonl.write(tmp_path / "a.jsonl", articles)
    jsonl.write(tmp_path / "l.jsonl", labels)
    return tmp_path / "a.jsonl", tmp_path / "l.jsonl"


def test_what_most_say_can_be_gold(tmp_path: Path) -> None:
    articles, labels = three_readers(tmp_path, (0, 5), (0, 10), (0, 5))
    options = Options(split=(1, 0, 0), rule="majority")
    with pytest.raises(InputError, match=r"a \(ana, ben, caro\)\n.*--rule majority"):
        build(articles, labels, PROTEST, tmp_path / "none", Options(split=(1, 0, 0)))
    manifest = build(articles, labels, PROTEST, tmp_path / "out", options)
    gold = {one.article: one for one in jsonl.read(tmp_path / "out" / "train" / "gold.jsonl", Annotation)}
    assert [(one.by, one.kind, one.spans[0].key) for one in gold.values()] == [
        ("majority", "adjudicated", (0, 5, "PROTEST")),
        ("ana", "human", (8, 13, "PROTEST")),
    ]
    assert manifest.gold == {"majority": 1, "only reading": 1}
    (book,) = (book for book in manifest.ledger if book.stage == "choose")
    assert (book.entered, book.kept, book.changed) == (4, 1, {"merged by majority": 3})
    card = (tmp_path / "out" / "README.md").read_text()
    assert "Articles by what made their labels stand: majority 1, only reading 1." in card
    people = list(jsonl.read(tmp_path / "out" / "train" / "annotators.jsonl", Annotation))
    assert [(one.article, one.by) for one in people] == [("a", "ana"), ("a", "ben"), ("a", "caro"), ("b", "ana")]


def test_no_majority_is_an_error_that_names_the_point(tmp_path: Path) -> None:
    articles, labels = three_readers(tmp_path, (0, 5), (0, 10))
    with pytest.raises(InputError, match=r"in 1 articles there is no majority: a: .*Rally") as caught:
        build(articles, labels, PROTEST, tmp_path / "out", Options(split=(1, 0, 0), rule="majority"))
    assert "adjudicate merge --ties" in caught.value.remedy


def test_precedence_takes_the_first_who_read_an_article(tmp_path: Path) -> None:
    articles, labels = three_readers(tmp_path, (0, 5), (0, 10), (6, 10))
    options = Options(split=(1, 0, 0), rule="precedence:caro,ben")
    manifest = build(articles, labels, PROTEST, tmp_path / "out", options)
    gold = list(jsonl.read(tmp_path / "out" / "train" / "gold.jsonl", Annotation))
    assert [(one.article, one.by) for one in gold] == [("a", "caro"), ("b", "ana")]
    assert manifest.gold == {"only reading": 1, "precedence of caro": 1}
    taken = build(articles, labels, PROTEST, tmp_path / "by", Options(split=(1, 0, 0), by="ben, ana"))
    gold = list(jsonl.read(tmp_path / "by" / "train" / "gold.jsonl", Annotation))
    assert [(one.article, one.by) for one in gold] == [("a", "ben"), ("b", "ana")]
    assert taken.gold == {"taken from ana": 1, "taken from ben": 1}
    with pytest.raises(InputError, match="no finished annotation by 'eva' or 'dan'"):
        build(articles, labels, PROTEST, tmp_path / "nobody", Options(by="eva,dan"))


@pytest.mark.parametrize("options", [Options(by="bne,ana"), Options(rule="precedence:bne,ana")])
def test_a_mistyped_name_does_not_give_the_next_one_the_say(tmp_path: Path, options: Options) -> None:
    articles, labels = three_readers(tmp_path, (0, 5), (0, 10))
    with pytest.raises(InputError, match=r"no finished annotation by 'bne'\n  remedy: .* any: ana, ben$"):
        build(articles, labels, PROTEST, tmp_path / "out", options)

from pathlib import Path

import pytest

from rolecall.annotate.cleaning.ingested import check_made_before, clean_ingested, outputs_beside, uncut
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article

TEXT = "Rally in Merrow\n\nShare this story\n\nPolice held ten people at the port on Sunday, and let them go."


def article(name: str, text: str = TEXT) -> Article:
    return Article.of(text, id=name)


def reading(of: Article, by: str = "ana") -> Annotation:
    return Annotation(article=of.id, hash=of.hash, by=by, kind="human", scheme="s", spans=())


def test_what_came_is_kept_beside_what_is_clean(tmp_path: Path) -> None:
    out, labels = tmp_path / "articles.jsonl", tmp_path / "labels.jsonl"
    for names in ("a", "ab"):
        jsonl.write(uncut(out), map(article, names))
        jsonl.write(uncut(labels), [reading(article(name)) for name in names])
        report = clean_ingested(out, labels=labels)
        assert (report.articles, report.changed, report.annotations) == (len(names),) * 3
    assert uncut(out).name == "articles.uncut.jsonl"
    assert [each.meta["cleaned_from"] for each in jsonl.read(out, Article)] == [article("a").hash] * 2
    assert [each.hash for each in jsonl.read(labels, Annotation)] == [each.hash for each in jsonl.read(out, Article)]
    assert report.same == [("b", "a")]
    assert [path.name for path in outputs_beside(out).files] == [
        "articles.jsonl",
        "articles.cuts.jsonl",
        "articles.map.jsonl",
    ]


def test_what_was_not_made_of_it_is_not_replaced(tmp_path: Path) -> None:
    out, labels = tmp_path / "articles.jsonl", tmp_path / "labels.jsonl"
    jsonl.write(out, [article("x")])
    with pytest.raises(InputError, match="article 'x' in it would be lost"):
        check_made_before(out)
    jsonl.write(uncut(out), [article("a")])
    with pytest.raises(InputError, match="article 'x' in it would be lost"):
        clean_ingested(out)
    jsonl.write(out, [article("a", "Another text")])
    with pytest.raises(InputError, match="article 'a' in it would be lost or changed"):
        clean_ingested(out)
    clean_ingested(out, overwrite=True)
    jsonl.write(uncut(labels), [reading(article("a"))])
    jsonl.write(labels, [reading(article("a"), by="ben")])
    with pytest.raises(InputError, match="labels by 'ben' on article 'a'"):
        clean_ingested(out, labels=labels)
    with pytest.raises(InputError, match="is no file"):
        check_made_before(tmp_path)

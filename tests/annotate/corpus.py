"""What datasets are made of in tests: the sample, and corpora of a few short articles."""

from pathlib import Path
from typing import Any

import msgspec

from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme

SAMPLE = Path(__file__).parents[2] / "sample"
ARTICLES, ANNOTATIONS = SAMPLE / "articles.jsonl", SAMPLE / "annotations.jsonl"
PROTEST = load_scheme("protest")


def small(tmp_path: Path, *stories: str | None, **fields: dict[str, str]) -> tuple[Path, Path]:
    """Write an article a story, the last of them unlabelled, each with two overlapping spans."""
    articles = [Article.of(f"Rally {n} held", id=f"a{n}", story=s, **fields) for n, s in enumerate(stories)]
    labels = [
        Annotation(
            article=article.id,
            hash=article.hash,
            by="ana",
            kind="human",
            scheme=PROTEST.fingerprint,
            spans=(quote(article, 0, 5, "PROTEST"), quote(article, 0, 7, "PROTEST")),
        )
        for article in articles[:-1]
    ]
    jsonl.write(tmp_path / "articles.jsonl", articles)
    jsonl.write(tmp_path / "labels.jsonl", labels)
    return tmp_path / "articles.jsonl", tmp_path / "labels.jsonl"


def relabel(labels: Path, *changes: dict[str, Any]) -> None:
    """Change the fields of the annotations of a file, in their order."""
    annotations = jsonl.read(labels, Annotation)
    changed = [msgspec.structs.replace(each, **fields) for each, fields in zip(annotations, changes, strict=True)]
    jsonl.write(labels, changed)

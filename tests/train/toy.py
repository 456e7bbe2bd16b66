"""A corpus that an encoder learns in seconds: reports of one wording from twelve cities, two of them in each story."""

from pathlib import Path

import msgspec

from rolecall.annotate.dataset import build
from rolecall.annotate.manifest import Options
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from tests.train.corpus import parse

CITIES = {
    "train": ["Aktobe", "Karaganda", "Almaty", "Astana", "Shymkent", "Taraz", "Pavlodar", "Semey"],
    "validation": ["Kostanay", "Atyrau"],
    "test": ["Oral", "Ekibastuz"],
}
REPORT = (
    "Police [detained|ARREST] [12|DETAINED_COUNT] [marchers|PARTICIPANT|DETAINEE] in [{city}|PLACE]. "
    "A [court|AUTHORITY] of [{city}|PLACE] [jailed|JUSTICE] the [marchers|PARTICIPANT|DETAINEE]."
)
"""Ten spans in four layers; the marchers stand in two of them."""


def write(folder: Path, folds: int | None = None) -> Path:
    """Write the dataset, with folds where they are asked for; every reading stands as a person's too."""
    scheme, articles, labels = load_scheme("protest"), [], []
    for split, cities in CITIES.items():
        for number, city in enumerate(cities):
            text, spans = parse(REPORT.format(city=city))
            story = f"{split}-{number // 2}"
            article = Article.of(text, id=city.lower(), story=story, meta={"split": split})
            articles.append(article)
            for by in ("ana", "gold"):
                reading = Annotation(
                    article=article.id,
                    hash=article.hash,
                    by=by,
                    kind="adjudicated" if by == "gold" else "human",
                    scheme=scheme.fingerprint,
                    spans=spans if by == "gold" else spans[1:],
                )
                labels.append(reading)
    jsonl.write(folder / "articles.jsonl", articles)
    jsonl.write(folder / "labels.jsonl", labels)
    options = Options(split_field="meta.split", folds=folds or msgspec.UNSET)
    build(folder / "articles.jsonl", folder / "labels.jsonl", scheme, folder / "dataset", options)
    return folder / "dataset"

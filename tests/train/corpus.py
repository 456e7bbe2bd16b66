"""Small datasets, written as texts with their spans marked: "Police [held|ARREST] 12 [marchers|PARTICIPANT|DETAINEE]".

Brackets nest: "[students of [Aktobe|PLACE]|PARTICIPANT]".
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from rolecall.annotate.dataset import build
from rolecall.annotate.manifest import Options
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme
from rolecall.train.tagger import Tagger

MARK = re.compile(r"(\[|(?:\|\w+)+\])")

PROTEST = (
    "Police [detained|ARREST] [12|DETAINED_COUNT] [marchers|PARTICIPANT|DETAINEE] in [Aktobe|PLACE] on [Friday|TIME].",
    "The [Miners of [Karaganda|PLACE] Union|ORGANIZER] called the [rally|PROTEST] at the [theatre|FACILITY].",
    "A [court|AUTHORITY] [jailed|JUSTICE] the [students|PARTICIPANT|DETAINEE] for [ten days|PENALTY].",
    "Officers [shot|VIOLENCE] [two|CASUALTY_COUNT] [drivers|PARTICIPANT|VICTIM] near the [old market|FACILITY].",
    "About [nine hundred|CROWD_SIZE] [nurses|PARTICIPANT] [marched|PROTEST] on the [ministry|TARGET].",
    "Nothing else was said about the matter, and the roads of the region were open again by noon.",
)
"""Sentences of the protest scheme: one phrase in two layers, a place inside a name, and one without spans."""


def parse(marked: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text and its spans, in text order."""
    text, open_at, found = "", [], []
    for part in MARK.split(marked):
        if part == "[":
            open_at.append(len(text))
        elif MARK.fullmatch(part):
            start = open_at.pop()
            found += [Span(start, len(text), role, text[start:]) for role in part[1:-1].split("|")]
        else:
            text += part
    return text, tuple(sorted(found, key=lambda span: span.key))


def shuffled(sentences: Sequence[str], number: int, seed: int = 0, separator: str = " ") -> list[str]:
    """Make articles of all the sentences, each in an order of its own."""
    rng = np.random.default_rng(seed)
    return [separator.join(rng.permutation(np.array(sentences)).tolist()) for _ in range(number)]


def dataset(folder: Path, scheme: Scheme, **splits: Sequence[str]) -> Path:
    """Write a dataset folder of marked texts by split."""
    articles, labels = [], []
    for split, texts in splits.items():
        for number, marked in enumerate(texts):
            text, spans = parse(marked)
            article = Article.of(text, id=f"{split}-{number}", meta={"split": split})
            articles.append(article)
            labels.append(
                Annotation(
                    article=article.id,
                    hash=article.hash,
                    by="gold",
                    kind="adjudicated",
                    scheme=scheme.fingerprint,
                    spans=spans,
                )
            )
    folder.mkdir(parents=True, exist_ok=True)
    jsonl.write(folder / "articles.jsonl", articles)
    jsonl.write(folder / "labels.jsonl", labels)
    options = Options(split_field="meta.split")
    build(folder / "articles.jsonl", folder / "labels.jsonl", scheme, folder / "dataset", options)
    return folder / "dataset"


@contextmanager
def eager(tagger: Tagger) -> Iterator[Tagger]:
    """Make a model see spans everywhere, and put it back."""
    bias = tagger.model.classifier.bias
    before = bias.detach().clone()
    with torch.no_grad():
        for each in tagger.tags:
            bias[each.columns.start] -= 6
    try:
        yield tagger
    finally:
        with torch.no_grad():
            bias.copy_(before)

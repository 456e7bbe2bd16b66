"""Label articles with a run: annotations made by a model, in the order of the articles."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from rolecall.core.errors import SchemeMismatchError
from rolecall.core.records import Annotation, Article
from rolecall.evaluate.calibrate import cut, read_calibration
from rolecall.train.run import Run
from rolecall.train.tagger import Tagger, tag

CHUNK = 8
"""How many batches' worth of articles are held at a time, so that windows of like lengths meet."""


def predict(
    run: Run,
    tagger: Tagger,
    articles: Iterable[Article],
    *,
    batch: int = 32,
    by: str | None = None,
    threshold: float = 0.0,
) -> Iterator[Annotation]:
    """Yield one annotation an article; memory does not grow with their number.

    `by` signs them, else the run's name. Spans scored below `threshold` are left out.
    """
    for annotation in annotate(tagger, articles, scheme=run.scheme.fingerprint, by=by or run.name, batch=batch):
        yield cut(annotation, threshold)


def read_threshold(path: Path, run: Run) -> float:
    """Read the threshold of a calibration; raise InputError for one that was found under another scheme."""
    found = read_calibration(path)
    if found.scheme != run.scheme.fingerprint:
        raise SchemeMismatchError(found.scheme, run.scheme.fingerprint, path=path)
    return found.threshold


def annotate(tagger: Tagger, articles: Iterable[Article], *, scheme: str, by: str, batch: int) -> Iterator[Annotation]:
    """Yield one annotation an article, of the scheme with this fingerprint."""
    rest = iter(articles)
    while chunk := list(islice(rest, batch * CHUNK)):
        for article, spans in zip(chunk, tag(tagger, chunk, batch), strict=True):
            yield Annotation(article=article.id, hash=article.hash, by=by, kind="model", scheme=scheme, spans=spans)

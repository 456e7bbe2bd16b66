"""Label articles with a run: annotations made by a model, in the order of the articles.

Articles are taken in chunks, so that windows of like lengths meet in a batch and little is filled up; while the model
reads one chunk, the next is cut into sub-tokens in a thread. Memory holds two chunks, however many articles come.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from rolecall.core.errors import SchemeMismatchError
from rolecall.core.records import Annotation, Article
from rolecall.evaluate.calibrate import cut, read_calibration
from rolecall.train.ahead import ahead
from rolecall.train.run import Run
from rolecall.train.tagger import Tagger, tag
from rolecall.train.windows import Encoded

BATCH = 1024
"""Sub-tokens that go through the model at once, if nothing else is said: what stays in the caches of a CPU."""
CHUNK = 16
"""How many batches' worth of text is held at a time."""
PIECE = 4
"""Characters of a sub-token, about."""


class Reading(Protocol):
    """What has a text, as an article has."""

    @property
    def text(self) -> str:
        """The text that is to be read."""


R = TypeVar("R", bound=Reading)


def predict(
    run: Run,
    tagger: Tagger,
    articles: Iterable[Article],
    *,
    batch: int = BATCH,
    by: str | None = None,
    threshold: float = 0.0,
) -> Iterator[Annotation]:
    """Yield one annotation an article; memory does not grow with their number.

    `batch` is in sub-tokens. `by` signs the annotations, else the run's name. Spans scored below `threshold` are left
    out.
    """
    for annotation in annotate(tagger, articles, scheme=run.scheme.fingerprint, by=by or run.name, batch=batch):
        yield cut(annotation, threshold)


def read_threshold(path: Path, run: Run) -> float:
    """Read the threshold of a calibration; raise InputError for one that was found under another scheme."""
    found = read_calibration(path)
    if found.scheme != run.scheme.fingerprint:
        raise SchemeMismatchError(found.scheme, run.scheme.fingerprint, path=path)
    return found.threshold


def annotate(
    tagger: Tagger, articles: Iterable[Article], *, scheme: str, by: str, batch: int = BATCH
) -> Iterator[Annotation]:
    """Yield one annotation an article, of the scheme with this fingerprint."""
    for chunk, encoded in ahead(_encoded(tagger, chunks(articles, batch))):
        for article, spans in zip(chunk, tag(tagger, chunk, encoded, batch), strict=True):
            yield Annotation(article=article.id, hash=article.hash, by=by, kind="model", scheme=scheme, spans=spans)


def chunks(articles: Iterable[R], batch: int) -> Iterator[list[R]]:
    """Yield articles some at a time: as many as hold CHUNK batches' worth of text, which a longer one has alone.

    The same articles and `batch` are always cut at the same places.
    """
    chunk: list[R] = []
    size = 0
    for article in articles:
        if chunk and size + len(article.text) > CHUNK * batch * PIECE:
            yield chunk
            chunk, size = [], 0
        chunk.append(article)
        size += len(article.text) + PIECE  # also articles without a text come to an end
    if chunk:
        yield chunk


def _encoded(tagger: Tagger, parts: Iterable[list[Article]]) -> Iterator[tuple[list[Article], Sequence[Encoded]]]:
    for chunk in parts:
        yield chunk, tagger.encoder.encode([article.text for article in chunk])

"""Whether two taggers find the same spans: what must hold of a run and of what it was exported to."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme
from rolecall.evaluate import match
from rolecall.evaluate.counts import Counts
from rolecall.train import articles as files
from rolecall.train.exported import Verified
from rolecall.train.predict import annotate
from rolecall.train.tagger import Tagger


def verify(
    before: Tagger, after: Tagger, scheme: Scheme, articles: Path, gold: Path | None = None, *, limit: float
) -> Verified:
    """Compare what two taggers find, span by span; with gold, in the articles that it has.

    Raises InputError where there is nothing to compare.
    """
    known: Mapping[str, Annotation] = {}
    if gold is not None:
        read = jsonl.read_annotations(gold, scheme=scheme.fingerprint, roles=scheme.roles)
        known = {annotation.article: annotation for annotation in read}
        if not known:
            raise InputError("holds no annotation", path=gold, remedy="give gold of these articles, or none")

    def chosen() -> Iterator[Article]:
        for article in files.read(articles):
            if known and article.id not in known:
                continue
            if known and known[article.id].hash != article.hash:
                raise InputError(
                    f"labels another text of article {article.id!r}",
                    path=gold,
                    remedy="give the articles that were labelled",
                )
            yield article

    def found(tagger: Tagger) -> Iterator[Annotation]:
        return annotate(tagger, chosen(), scheme=scheme.fingerprint, by="model")

    sums = {name: Counts() for name in ("agreement", "before", "after")}
    number, score = 0, 0.0
    for one, other in zip(found(before), found(after), strict=True):
        number += 1
        sums["agreement"] += _counts(one, other)
        score = max(score, _difference(one, other))
        if known:
            sums["before"] += _counts(known[one.article], one)
            sums["after"] += _counts(known[one.article], other)
    both = sums["agreement"]
    if both.gold + both.predicted == 0:
        raise InputError(
            "holds no article in which a span is found, so nothing can be compared",
            path=articles,
            remedy="give articles such as the run was trained on",
        )
    rates = {name: counts.f1 or 0.0 for name, counts in sums.items()}
    return Verified(
        articles=number,
        spans=both.gold,
        same=both.correct,
        added=both.predicted - both.correct,
        missing=both.gold - both.correct,
        agreement=rates["agreement"],
        score=score,
        loss=rates["before"] - rates["after"] if known else 1 - rates["agreement"],
        limit=limit,
        f1_before=rates["before"] if known else None,
        f1_after=rates["after"] if known else None,
    )


def _counts(gold: Annotation, found: Annotation) -> Counts:
    return sum(match.count(match.keys(gold.spans), match.keys(found.spans)).values(), Counts())


def _difference(one: Annotation, other: Annotation) -> float:
    """Return the largest difference of the scores of a span that two annotations share."""
    scores = {_key(span): span.score or 0.0 for span in one.spans}
    shared = ((scores[_key(span)], span.score or 0.0) for span in other.spans if _key(span) in scores)
    return max((abs(first - second) for first, second in shared), default=0.0)


def _key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.role

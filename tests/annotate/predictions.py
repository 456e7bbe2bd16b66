"""Two articles, and what a model says of them."""

from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import load_scheme

SCHEME = load_scheme("protest")


def predicted(article: Article, *spans: Span, by: str = "run-1", links: tuple[tuple[int, int], ...] = ()) -> Annotation:
    return Annotation(
        article=article.id,
        hash=article.hash,
        by=by,
        kind="model",
        scheme=SCHEME.fingerprint,
        spans=spans,
        links=links,
    )


RALLY, STRIKE = Article.of("A rally in Aqtau.", id="a"), Article.of("A strike in Oral.", id="b")


EVENT, PLACE = Span(2, 7, "PROTEST", "rally", 0.5), Span(11, 16, "PLACE", "Aqtau", 1.0)

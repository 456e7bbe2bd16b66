from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme
from rolecall.evaluate.counts import Counts
from rolecall.train.metrics import count, f1

SCHEME = load_scheme("protest")
ARTICLE = Article.of("Police held marchers in Aktobe", id="a")


def reading(*spans: tuple[int, int, str]) -> Annotation:
    return Annotation(
        article="a",
        hash=ARTICLE.hash,
        by="x",
        kind="model",
        scheme=SCHEME.fingerprint,
        spans=tuple(quote(ARTICLE, *span) for span in spans),
    )


def test_counts_by_layer_and_micro_f1() -> None:
    gold = {"a": reading((0, 6, "AUTHORITY"), (7, 11, "ARREST"), (24, 30, "PLACE"))}
    found = [reading((0, 6, "AUTHORITY"), (7, 11, "PROTEST"), (12, 20, "DETAINEE"))]
    counts = count(gold, found, SCHEME)
    assert counts == {
        "event": Counts(0, 1, 1),
        "protest": Counts(0, 0, 0),
        "response": Counts(1, 2, 1),
        "setting": Counts(0, 0, 1),
    }
    assert f1(counts) == 2 * 1 / (3 + 3)
    assert f1({}) is None

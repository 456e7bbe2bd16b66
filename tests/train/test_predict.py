"""Prediction: whole articles of any length, in order, with probabilities."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.errors import SchemeMismatchError
from rolecall.core.records import Annotation, Article, disagreement
from rolecall.core.scheme import load_scheme
from rolecall.evaluate import calibrate
from rolecall.evaluate.calibrate import Calibration
from rolecall.evaluate.counts import Counts
from rolecall.train import run as runs
from rolecall.train.fit import Fitted
from rolecall.train.predict import CHUNK, PIECE, predict, read_threshold
from rolecall.train.run import Run
from rolecall.train.tagger import Tagger
from tests.train import corpus

pytestmark = pytest.mark.train
SAMPLE = Path(__file__).parents[2] / "sample"
SCHEME = load_scheme("protest")


@pytest.fixture(scope="module")
def opened(fitted: Fitted) -> Run:
    return runs.open_run(fitted.path)


@pytest.fixture
def tagger(layered: Tagger) -> Iterator[Tagger]:
    with corpus.eager(layered) as eager:
        yield eager


def labelled(opened: Run, tagger: Tagger, articles: list[Article], batch: int) -> list[Annotation]:
    return list(predict(opened, tagger, articles, batch=batch))


def test_annotations_are_the_articles_own(opened: Run, tagger: Tagger) -> None:
    articles = list(jsonl.read(SAMPLE / "articles.jsonl", Article))
    found = labelled(opened, tagger, articles, 512)
    assert [annotation.article for annotation in found] == [article.id for article in articles]
    for article, annotation in zip(articles, found, strict=True):
        assert disagreement(annotation, article) is None
        assert (annotation.by, annotation.kind, annotation.scheme) == (opened.name, "model", SCHEME.fingerprint)
        assert annotation.spans == tuple(sorted(annotation.spans, key=lambda span: span.key))
        for layer in SCHEME.layers:
            own = [span for span in annotation.spans if SCHEME.layer_of[span.role] == layer.name]
            assert all(first.end <= second.start for first, second in itertools.pairwise(own))
    spans = [span for annotation in found for span in annotation.spans]
    assert len(spans) > 100
    assert all(span.score is not None and 0 < span.score <= 1 for span in spans)
    assert len({SCHEME.layer_of[span.role] for span in spans}) > 1


def test_the_batch_size_changes_nothing(opened: Run, tagger: Tagger) -> None:
    articles = list(jsonl.read(SAMPLE / "articles.jsonl", Article))[:6]
    one, many = labelled(opened, tagger, articles, 1), labelled(opened, tagger, articles, 8192)
    for first, second in zip(one, many, strict=True):
        assert [span.key for span in first.spans] == [span.key for span in second.spans]
        assert [s.score for s in first.spans] == pytest.approx([s.score for s in second.spans], rel=1e-3)


def test_a_very_long_article_is_labelled_to_its_end(opened: Run, layered: Tagger) -> None:
    text = "Police detained twelve marchers in Aktobe on Friday. " * 600
    [annotation] = labelled(opened, layered, [Article.of(text, id="long")], 1024)
    assert len(text) == 31_800
    assert {span.start // 1000 for span in annotation.spans} == set(range(32))


def test_articles_are_taken_as_they_are_needed(opened: Run, tagger: Tagger) -> None:
    taken = 0

    def endless() -> Iterator[Article]:
        nonlocal taken
        while True:
            taken += 1
            yield Article.of("Miners march.", id=str(taken))

    stream = predict(opened, tagger, endless(), batch=17)
    assert [next(stream).article for _ in range(3)] == ["1", "2", "3"]
    stream.close()  # type: ignore[attr-defined]  # and waits for the chunk that is read ahead
    assert (CHUNK, PIECE) == (16, 4)
    assert taken == 2 * 64 + 1  # 17 characters each of 17 * 16 * 4; the one that no longer fits is taken too


def test_texts_without_a_word(opened: Run, tagger: Tagger) -> None:
    articles = [Article.of("\u200b", id="a"), Article.of("Miners march.", id="b"), Article.of(" \n", id="c")]
    found = labelled(opened, tagger, articles, 2)
    assert [annotation.article for annotation in found] == ["a", "b", "c"]
    assert found[0].spans == found[2].spans == ()
    assert list(predict(opened, tagger, [])) == []


def test_who_signs(opened: Run, tagger: Tagger) -> None:
    [annotation] = predict(opened, tagger, [Article.of("Miners march.", id="a")], by="MiniLM")
    assert annotation.by == "MiniLM"


def test_spans_below_a_calibrated_threshold_are_left_out(opened: Run, tagger: Tagger, tmp_path: Path) -> None:
    articles = list(jsonl.read(SAMPLE / "articles.jsonl", Article))[:4]
    everything = [span for annotation in predict(opened, tagger, articles) for span in annotation.spans]
    threshold = sorted(span.score or 0 for span in everything)[len(everything) // 2]
    kept = [span for annotation in predict(opened, tagger, articles, threshold=threshold) for span in annotation.spans]
    assert kept == [span for span in everything if (span.score or 0) >= threshold]
    assert 0 < len(kept) < len(everything)
    found = Calibration(
        threshold=threshold, scheme=opened.info.scheme, gold="x", by="x", articles=4, before=Counts(), after=Counts(),
        f1_before=None, f1_after=None, binning="mass", bins=(), error=None,
    )  # fmt: skip
    calibrate.write(tmp_path / "c.json", found)
    assert read_threshold(tmp_path / "c.json", opened) == threshold
    calibrate.write(tmp_path / "c.json", msgspec.structs.replace(found, scheme="case:1:000000000000"))
    with pytest.raises(SchemeMismatchError):
        read_threshold(tmp_path / "c.json", opened)

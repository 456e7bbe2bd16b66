"""Long articles: read whole, learned from once, and labelled alike wherever the windows fall."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rolecall.annotate.dataset import build
from rolecall.annotate.manifest import Options
from rolecall.core import config, jsonl, shipped
from rolecall.core.ledger import Ledger
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import load_scheme
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.score import score
from rolecall.train import run as runs
from rolecall.train.batches import ByTokens
from rolecall.train.examples import IGNORED, Collator, examples
from rolecall.train.fit import fit
from rolecall.train.predict import predict
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger, tag
from rolecall.train.windows import Encoder
from tests.train import corpus

SAMPLE = Path(__file__).parents[2] / "sample"
PROTEST = load_scheme("protest")
LENGTH = 30_000
Key = tuple[int, int, str]

LINE = ",".join(f"oil-{number}" for number in range(700))[:5000]  # no white space, a mark after every word
WORD = "protest" * 715  # 5,005 letters
HAN = "警察周五在阿克托别逮捕了十二名抗议者" * 278  # 5,004 characters, each a token


def long_article(length: int = LENGTH) -> tuple[str, set[Key]]:
    """Return learned sentences in ever new orders, and their spans."""
    text, spans = corpus.parse("\n".join(corpus.shuffled(corpus.PROTEST, 100, seed=5))[: length * 2])
    return text[:length], {span.key for span in spans if span.end <= length}


def cut(tagger: Tagger, window: int, overlap: int) -> Tagger:
    return tagger._replace(encoder=Encoder(tagger.encoder.tokenizer, window=window, overlap=overlap))


def found(tagger: Tagger, text: str, before: str = "") -> set[Key]:
    """Return the spans of a text that stands behind another, by where they are in the text itself."""
    whole = before + text
    [spans] = tag(tagger, [Article.of(whole, id="a")], tagger.encoder.encode([whole]), 2048)
    gone = len(before)
    return {(s.start - gone, s.end - gone, s.role) for s in spans if s.start >= gone}


def agreement(first: set[Key], second: set[Key]) -> float:
    """Strict F1 of one set of spans against another."""
    return 2 * len(first & second) / (len(first) + len(second))


@pytest.mark.parametrize(("text", "count"), [(LINE, None), (WORD, 1), (HAN, 5004), ("x" * 5000, 1)])
@pytest.mark.parametrize(("window", "overlap"), [(512, 128), (64, 16)])
def test_a_line_without_white_space_is_read_whole(
    encoder: Encoder, text: str, count: int | None, window: int, overlap: int
) -> None:
    encoder = Encoder(encoder.tokenizer, window=window, overlap=overlap)
    [encoded] = encoder.encode([text])
    assert count is None or len(encoded.units) == count
    assert (encoded.units[0][0], encoded.units[-1][1]) == (0, len(text))
    assert "".join(text[start:end] for start, end in encoded.units) == text
    owned = [unit for each in encoded.windows for unit in range(each.units.start, each.units.stop)]
    assert owned == list(range(len(encoded.units)))
    for each in encoded.windows:
        assert len(each.ids) <= window
        assert 0 < each.places[0] <= each.places[-1] < len(each.ids) - 1  # between the special ones


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of a long article, with spans to its end, and of lines that have no white space."""
    marked = "\n".join(corpus.shuffled(corpus.PROTEST, 90, seed=5))
    assert len(corpus.parse(marked)[0]) > LENGTH
    texts = [marked, f"Unrest: {LINE} [riots|VIOLENCE]", f"[{WORD}|PROTEST] was all they wrote"]
    return corpus.dataset(tmp_path_factory.mktemp("long"), PROTEST, train=texts)


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    gold = {a.article: a for a in jsonl.read(folder / "gold.jsonl", Annotation)}
    for article in jsonl.read(folder / "articles.jsonl", Article):
        spans = [{"start": s.start, "end": s.end, "role": s.role, "text": s.text} for s in gold[article.id].spans]
        yield {"id": article.id, "text": article.text, "spans": spans}


def test_an_epoch_learns_every_unit_of_every_window_once(made: Path, encoder: Encoder) -> None:
    encoder = Encoder(encoder.tokenizer, window=128, overlap=32)
    ledger = Ledger()
    learned = list(examples("train", rows(made / "train"), encoder, PROTEST, ledger))
    assert len(learned) > 70
    expected = sum(len(each.units) for row in rows(made / "train") for each in encoder.encode([row["text"]]))
    sampler, collate = ByTokens([len(each.window.ids) for each in learned], 2048, seed=0), Collator(encoder.padding)
    seen, begun = np.zeros(4, dtype=int), 0
    for batch in sampler:
        labels = collate([learned[index] for index in batch])["labels"].numpy()
        seen += (labels != IGNORED).sum(axis=(0, 1))
        begun += int((labels % 2 == 1).sum())
    assert seen.tolist() == [expected] * 4
    [books] = ledger.balances()
    assert begun == books.kept == books.entered > 2000  # a B- for every span, from the first to the last window


@pytest.mark.train
def test_long_articles_go_through_fit_and_predict(made: Path, settings: FitConfig, tmp_path: Path) -> None:
    fitted = fit(settings.model_copy(update={"dataset": made, "run": tmp_path / "run", "epochs": 1, "window": 256}))
    assert [(books.kept, books.dropped, books.changed) for books in fitted.books] == [
        (books.entered, {}, {}) for books in fitted.books
    ]
    assert np.isfinite(fitted.epochs[0].loss)
    run = runs.open_run(fitted.path)
    articles = [*jsonl.read(made / "train" / "articles.jsonl", Article), Article.of(HAN, id="han")]
    predictions = {a.article: a for a in predict(run, runs.load_tagger(run, "cpu"), articles)}
    assert list(predictions) == [article.id for article in articles]
    gold = {a.article: a for a in jsonl.read(made / "train" / "gold.jsonl", Annotation)}
    assert score(gold, predictions, PROTEST).gold.spans == fitted.books[0].entered


@pytest.mark.train
def test_what_lies_beyond_the_first_window_is_labelled_and_counted(layered: Tagger) -> None:
    text, gold = long_article()
    far = cut(layered, 512, 128)
    [encoded] = far.encoder.encode([text])
    border = encoded.units[encoded.windows[0].units.stop][0]
    assert border < 2500
    spans = found(far, text)
    assert {start // 1000 for start, _, _ in spans} == set(range(LENGTH // 1000))
    whole, first = scored(text, gold, spans), scored(text, gold, {key for key in spans if key[1] <= border})
    assert whole.gold == first.gold == len(gold)
    assert whole.correct > 10 * first.correct > 0


def scored(text: str, gold: set[Key], spans: set[Key]) -> Counts:
    """Count spans as `rolecall evaluate score` does."""
    article = Article.of(text, id="a")

    def annotation(by: str, keys: set[Key]) -> Annotation:
        own = tuple(Span(start, end, role, text[start:end]) for start, end, role in sorted(keys))
        return Annotation(
            article="a", hash=article.hash, by=by, kind="adjudicated", scheme=PROTEST.fingerprint, spans=own
        )

    card = score({"a": annotation("gold", gold)}, {"a": annotation("model", spans)}, PROTEST)
    [row] = card.tally.rows
    return row.whole


CUTS = ((512, 128), (384, 96), (256, 64))
BEFORE = "Officials gave no further details about the matter at the time of writing. "
"""15 sub-tokens, put before a text to shift its windows."""


def phases(tagger: Tagger, text: str) -> dict[str, set[Key]]:
    """Return the spans under several windows, and with the default ones shifted."""
    cuts = {f"{window}/{overlap}": found(cut(tagger, window, overlap), text) for window, overlap in CUTS}
    return cuts | {f"+{n * 15}": found(cut(tagger, 512, 128), text, BEFORE * n) for n in (1, 9, 17)}


@pytest.mark.train
def test_what_is_learned_well_is_found_wherever_the_windows_fall(layered: Tagger) -> None:
    # Measured: 0.996 to 0.999 between any two, and 0.997 to 0.999 against gold. Seven spans in a thousand may differ.
    text, gold = long_article(6000)
    by_phase = phases(layered, text)
    assert min(agreement(spans, gold) for spans in by_phase.values()) > 0.98
    assert least(by_phase) > 0.98


def least(by_phase: dict[str, set[Key]]) -> float:
    return min(agreement(first, second) for first, second in itertools.combinations(by_phase.values(), 2))


@pytest.mark.soak
@pytest.mark.train
def test_an_unseen_article_scores_alike_wherever_the_windows_fall(tmp_path: Path) -> None:
    articles = {article.id: article for article in jsonl.read(SAMPLE / "articles.jsonl", Article)}
    readings = jsonl.read(SAMPLE / "annotations.jsonl", Annotation)
    gold = {reading.article: reading for reading in readings if reading.kind == "adjudicated"}
    seen = [name for name in articles if name.startswith("s1")]
    made = tmp_path / "dataset"
    jsonl.write(tmp_path / "articles.jsonl", (articles[name] for name in seen))
    jsonl.write(tmp_path / "labels.jsonl", (gold[name] for name in seen))
    build(tmp_path / "articles.jsonl", tmp_path / "labels.jsonl", PROTEST, made, Options(split=(0.98, 0.01, 0.01)))
    asked = [f"dataset={made}", f"run={tmp_path / 'run'}", "device=cpu"]
    fitted = fit(config.load(FitConfig, shipped.find("train", "default"), asked))
    tagger = runs.load_tagger(runs.open_run(fitted.path), "cpu")

    text, keys = "", set()
    for name in [*(name for name in articles if name not in seen), *seen]:
        keys |= {(s.start + len(text), s.end + len(text), s.role) for s in gold[name].spans}
        text += articles[name].text + "\n\n"
    text, keys = text[:LENGTH], {key for key in keys if key[1] <= LENGTH}
    # A model that finds a third of the spans is unsure of many, and it has learned positions too: the same words 20
    # positions further on, in the same window, gave spans that agreed by 0.74 only. Measured over windows and phases:
    # any two agree by 0.745 or more, while F1 lies between 0.301 and 0.338, so a score says the same wherever windows
    # fall. The bounds leave about twice those distances, for another recipe or machine.
    by_phase = phases(tagger, text)
    rates = [scored(text, keys, spans).f1 or 0.0 for spans in by_phase.values()]
    assert least(by_phase) > 0.55
    assert max(rates) - min(rates) < 0.07
    assert min(rates) > 0.2

"""Other scripts: offsets hold in all of them, and what the default encoder cannot read is said."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from rolecall.core import config, jsonl
from rolecall.core.cli import run
from rolecall.core.ledger import Ledger
from rolecall.core.records import Article, disagreement
from rolecall.core.scheme import load_scheme
from rolecall.train.decode import decode
from rolecall.train.examples import examples
from rolecall.train.labels import tag_sets
from rolecall.train.predict import annotate
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from rolecall.train.vocabulary import Known, measure
from rolecall.train.windows import Encoder
from tests.train import corpus

SAMPLE = Path(__file__).parents[2] / "sample"
PROTEST = load_scheme("protest")

READABLE = {
    "cyrillic": "Полиция [задержала|ARREST] [12|DETAINED_COUNT] [участников марша|PARTICIPANT] в [Актобе|PLACE].",
    "kazakh": "[Ақтөбеде|PLACE] полиция шеруге қатысқан [12|DETAINED_COUNT] [адамды|PARTICIPANT] [ұстады|ARREST].",
    "arabic": "[اعتقلت|ARREST] الشرطة [12|DETAINED_COUNT] [متظاهراً|PARTICIPANT] في [أكتوبي|PLACE] يوم [الجمعة|TIME].",
    "vowelled": "[اِعْتَقَلَتِ|ARREST] [الشُّرْطَةُ|AUTHORITY]",
    "hebrew": "[המשטרה|AUTHORITY] [עצרה|ARREST] [12|DETAINED_COUNT] [מפגינים|PARTICIPANT]",
    "chinese": "[警察|AUTHORITY][周五|TIME][逮捕|ARREST]了[十二|DETAINED_COUNT]名[抗议者|PARTICIPANT]。",
    "japanese": "[警察|AUTHORITY]は[金曜日|TIME]に[デモ参加者|PARTICIPANT]を[逮捕|ARREST]した。",
    "korean": "[경찰은|AUTHORITY] [금요일|TIME] [시위대|PARTICIPANT] [12명을|DETAINED_COUNT] [체포했다|ARREST].",
    "hindi": "[पुलिस|AUTHORITY] ने [12|DETAINED_COUNT] [प्रदर्शनकारियों|PARTICIPANT] को [हिरासत|ARREST] में लिया",
    "emoji": "\U0001f46e\u200d\u2640\ufe0f [held|ARREST] [\U0001f1f0\U0001f1ff men|VICTIM] [\U0001f44d\U0001f3fd|TIME]",
    "combining": "[Que\u0301bec|PLACE] [marche\u0301|PROTEST] x\u0323\u0307y [nai\u0308ve|PARTICIPANT]",
    "zero-width": "[Po\u200blice|AUTHORITY] [he\u200cld|ARREST] [me\u00adn|PARTICIPANT] \ufeff in [Ak\u2060tobe|PLACE]",
}
"""Each span ends where units do, so all are kept."""


def row(marked: str) -> dict[str, Any]:
    text, spans = corpus.parse(marked)
    return {"id": "a", "text": text, "spans": [msgspec.to_builtins(span) for span in spans]}


@pytest.mark.parametrize("marked", READABLE.values(), ids=READABLE)
def test_spans_come_back_where_they_were(encoder: Encoder, marked: str) -> None:
    text, gold = corpus.parse(marked)
    ledger = Ledger()
    learned = list(examples("train", [row(marked)], encoder, PROTEST, ledger))
    [books] = ledger.balances()
    assert books.kept == books.entered == len(gold)
    [encoded] = encoder.encode([text])
    tags = np.concatenate([example.tags for example in learned])
    found = set()
    for layer, each in enumerate(tag_sets(PROTEST)):
        sure = np.eye(1 + 2 * len(each.roles), dtype=np.float32)[tags[:, layer]] * 20
        [spans] = decode([sure])
        found |= {(encoded.units[s.first][0], encoded.units[s.last - 1][1], each.roles[s.role]) for s in spans}
    assert found == {span.key for span in gold}


@pytest.mark.train
def test_predicted_quotes_are_the_texts_own(layered: Tagger) -> None:
    articles = [Article.of(corpus.parse(marked)[0], id=name) for name, marked in READABLE.items()]
    with corpus.eager(layered):
        found = list(annotate(layered, articles, scheme=PROTEST.fingerprint, by="model", batch=4))
    for article, annotation in zip(articles, found, strict=True):
        assert annotation.spans, article.id
        assert disagreement(annotation, article) is None


def test_a_sentence_that_is_one_unknown_piece_is_one_unit_and_the_ledger_says_so(encoder: Encoder) -> None:
    # The default encoder knows no Thai: the sentence becomes one [UNK], and nothing inside it can be told apart.
    ledger = Ledger()
    list(examples("train", [row("ตำรวจ[จับกุม|ARREST]ผู้[ประท้วง|PROTEST][ศุกร์|TIME]")], encoder, PROTEST, ledger))
    assert [(entry.outcome, entry.reason) for entry in ledger.entries] == [
        ("dropped", "shares a token with another span of its layer"),
        ("changed", "widened to whole tokens"),
        ("changed", "widened to whole tokens"),
    ]
    [books] = ledger.balances()
    assert (books.entered, books.kept) == (3, 0)


def test_the_vocabulary_is_counted_by_unit(encoder: Encoder) -> None:
    # march-ers (2) . (1), then a Han sign that the default encoder lacks, and one that it has; in windows of 16 each
    # unit is counted once. Steps: 2 + 1 + 1; the last unit has none.
    [encoded] = encoder.encode(["marchers.\u8b66\u4e94"])
    assert measure(encoder, encoded.windows) == Known(units=4, unknown=1, steps=3, pieces=4)
    [encoded] = encoder.encode(["word " * 100])
    assert measure(encoder, encoded.windows).units == 100
    assert measure(encoder, []) == Known(units=0, unknown=0, steps=0, pieces=0)


@pytest.mark.parametrize(("name", "poor"), [(name, name not in {"combining", "zero-width"}) for name in READABLE])
def test_a_vocabulary_is_poor_where_words_are_unknown_or_spelled(encoder: Encoder, name: str, poor: bool) -> None:
    encoder = Encoder(encoder.tokenizer, window=128, overlap=32)
    [encoded] = encoder.encode([corpus.parse(READABLE[name])[0]])
    assert measure(encoder, encoded.windows).poor == poor


def test_english_news_is_known(encoder: Encoder) -> None:
    texts = [article.text for article in jsonl.read(SAMPLE / "articles.jsonl", Article)]
    found = measure(encoder, (window for encoded in encoder.encode(texts) for window in encoded.windows))
    assert not found.poor
    assert str(found) == "0.1% of words unknown, 1.1 sub-tokens a word"


@pytest.mark.train
def test_fit_says_that_the_encoder_hardly_knows_the_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marked = [READABLE["kazakh"], READABLE["cyrillic"]]
    for name, texts, said in (("kazakh", marked, True), ("english", corpus.PROTEST[:1], False)):
        made = corpus.dataset(tmp_path / name, PROTEST, train=texts)
        settings = FitConfig(
            dataset=made, run=tmp_path / name / "run", epochs=1, least_steps=0, window=64, overlap=16, device="cpu"
        )
        (tmp_path / "settings.yaml").write_text(config.dump(settings))
        assert run(["train", "fit", str(tmp_path / "settings.yaml")]) == 0
        out = capsys.readouterr().out
        assert ("the encoder hardly knows these texts: 18.8% of words unknown" in out) == said

"""Encoders of other families from a folder: byte-level pieces as in RoBERTa, pieces with their space as in XLM-R.

They are small and know nothing, but tokenise and count positions as the large ones do.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnxruntime import InferenceSession
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    DebertaV2Config,
    DebertaV2ForTokenClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article, disagreement
from rolecall.train import encoders
from rolecall.train import run as runs
from rolecall.train.export import write_network
from rolecall.train.exported import OnnxNetwork
from rolecall.train.fit import fit
from rolecall.train.packing import filled
from rolecall.train.run import Run
from rolecall.train.settings import FitConfig
from rolecall.train.windows import Encoder

pytestmark = pytest.mark.train
SAMPLE = Path(__file__).parents[2] / "sample"
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SIZES: dict[str, Any] = {
    "vocab_size": 600,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 66,  # the first two are never used: 64 tokens
}
AWKWARD = (
    "Zhalistan \U0001f389: miners  march in Қызылорда\r\n\r\n"
    "\U0001f469\u200d\U0001f692 workers\u00a0of the anti-oil field."
)


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts(), trainers.BpeTrainer(vocab_size=600, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    return tokenizer


def with_spaces() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        texts(), trainers.UnigramTrainer(vocab_size=600, special_tokens=SPECIAL, unk_token="<unk>")
    )
    return tokenizer


def texts() -> list[str]:
    return [article.text for article in jsonl.read(SAMPLE / "articles.jsonl", Article)]


@pytest.fixture(params=["roberta", "xlm-roberta"], scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    tokenizer = byte_level() if request.param == "roberta" else with_spaces()
    ends = [(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    kind: Any = PreTrainedTokenizerFast
    kind(
        tokenizer_object=tokenizer,
        bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>",
    ).save_pretrained(folder)  # fmt: skip
    if request.param == "roberta":
        RobertaForMaskedLM(RobertaConfig(**SIZES)).save_pretrained(folder)
    else:
        XLMRobertaForMaskedLM(XLMRobertaConfig(**SIZES)).save_pretrained(folder)
    return folder


def test_awkward_characters_are_units_of_their_own(folder: Path) -> None:
    encoder = Encoder(encoders.load_tokenizer(encoders.resolve(str(folder))), window=64, overlap=16)
    [encoded] = encoder.encode([AWKWARD])
    assert [AWKWARD[start:end] for start, end in encoded.units] == [
        "Zhalistan", "\U0001f389", ":", "miners", "march", "in", "Қызылорда", "\U0001f469\u200d\U0001f692",
        "workers", "of", "the", "anti", "-", "oil", "field", ".",
    ]  # fmt: skip


def test_positions_are_counted_from_behind_the_padding(folder: Path) -> None:
    network = encoders.load_model(encoders.resolve(str(folder)), ["O", "B-X", "I-X"]).network
    positions = encoders.absolute_positions(network)
    assert positions is not None
    assert (positions.start, len(positions)) == (network.config.pad_token_id + 1, 64)


def test_an_encoder_of_distances_has_no_positions() -> None:
    network = DebertaV2ForTokenClassification(
        DebertaV2Config(**SIZES, relative_attention=True, position_biased_input=False)
    )
    assert encoders.absolute_positions(network) is None


def test_it_trains_on_every_span_and_predicts(folder: Path, dataset: Path, tmp_path: Path) -> None:
    settings = FitConfig(
        dataset=dataset, run=tmp_path / "run", encoder=str(folder), overlap=16, epochs=1, device="cpu", shift=True
    )
    fitted = fit(settings)
    assert all(book.kept == book.entered > 0 for book in fitted.books)
    assert runs.open_run(fitted.path).info.window == 64
    articles, out = dataset / "test" / "articles.jsonl", tmp_path / "predictions.jsonl"
    assert run(["train", "predict", str(fitted.path), str(articles), "--out", str(out), "--device", "cpu"]) == 0
    for article, annotation in zip(jsonl.read(articles, Article), jsonl.read(out, Annotation), strict=True):
        assert disagreement(annotation, article) is None
    compare_networks(runs.open_run(fitted.path), [article.text for article in jsonl.read(articles, Article)], tmp_path)


def compare_networks(opened: Run, texts: list[str], folder: Path) -> None:
    """Hold the exported network against the run's: on windows as long as it takes, and on filled up ones."""
    tagger = runs.load_tagger(opened, "cpu")
    write_network(opened, folder / "model.onnx", "float32")
    session = InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    windows = [window.ids for each in tagger.encoder.encode([*texts, "Miners march."]) for window in each.windows]
    assert len({len(ids) for ids in windows}) > 1
    windows.append(np.resize(windows[0], 64))
    ids, mask = filled(windows, tagger.encoder.padding)
    real = mask.astype(bool)
    expected, found = tagger.network(ids, mask)[real], OnnxNetwork(session, 1, "float32")(ids, mask)[real]
    assert np.abs(expected - found).max() < 1e-4
    rounded = runs.load_tagger(opened, "cpu", half=True).network(ids, mask)[real]
    assert 0 < np.abs(expected - rounded).max() < 0.05

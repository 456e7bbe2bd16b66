"""Vectors of units from a real encoder, and the regression's log-probabilities."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rolecall.train import encoders
from rolecall.train.baselines.frozen import Head, Reader, _learn, _means, _sizes
from rolecall.train.labels import TagSet
from rolecall.train.windows import Encoder

pytestmark = pytest.mark.train
TAGS = TagSet("layer", ("A", "B"), 0)


@pytest.fixture(scope="module")
def reader() -> Reader:
    source = encoders.resolve("default")
    model = encoders.load_model(source, ["O"]).network.base_model.eval()
    return Reader(model, Encoder(encoders.load_tokenizer(source), window=32, overlap=8))


def test_a_mean_is_over_the_sub_tokens_of_a_unit() -> None:
    states = np.array([[9, 9], [1, 2], [3, 6], [5, 5], [7, 0]], dtype=np.float32)
    found = _means(states, np.array([1, 3]), np.array([2, 1]))
    assert found.tolist() == [[2, 4], [5, 5]]


def test_a_unit_has_the_mean_of_its_sub_tokens(reader: Reader) -> None:
    text = "Unquestionably Karaganda slept"
    [(units, vectors)] = reader.read([text])
    assert [text[start:end] for start, end in units] == text.split()
    inputs = reader.encoder.tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
    offsets = inputs.pop("offset_mapping")[0].tolist()
    with torch.inference_mode():
        states = reader.model(**inputs).last_hidden_state[0].numpy()
    for (start, end), vector in zip(units, vectors, strict=True):
        own = [at for at, (low, high) in enumerate(offsets) if start <= low < high <= end]
        assert vector == pytest.approx(states[own].mean(axis=0), abs=1e-5)
    assert sum(end - start for start, end in offsets) == len(text) - 2
    assert len(offsets) - 2 > len(units)


def test_long_texts_are_read_to_their_end_and_in_any_company(reader: Reader) -> None:
    texts = ["Police detained twelve marchers in Aktobe. " * 20, "Miners march.", "\u200b"]
    found = reader.read(texts)
    assert [len(units) for units, _ in found] == [140, 3, 0]
    for text, (units, vectors) in zip(texts, found, strict=True):
        [(alone, same)] = reader.read([text])
        assert alone == units
        assert vectors == pytest.approx(same, abs=1e-4)
        assert np.abs(vectors).sum(axis=1).all()


def test_a_sub_token_that_opens_with_a_space_counts() -> None:
    offsets = [(0, 2), (2, 5), (5, 7), (7, 8)]  # "ab", " cd", "ef", "." as byte-level encoders cut "ab cdef."

    def tokenizer(text: str, **_: object) -> dict[str, list[tuple[int, int]]]:
        assert text == "ab cdef."
        return {"offset_mapping": offsets}

    assert _sizes(tokenizer, "ab cdef.", [(0, 2), (3, 7), (7, 8)]).tolist() == [1, 2, 1]


def test_tags_that_training_lacks_are_never_likely() -> None:
    vectors = np.array([[0.0], [0.0], [5.0], [5.0]], dtype=np.float32)
    head = _learn(vectors, np.array([0, 0, 3, 3], dtype=np.int16), TAGS)
    logits = head.logits(vectors)
    assert logits.shape == (4, 5)
    assert logits.argmax(axis=1).tolist() == [0, 0, 3, 3]
    assert np.exp(logits[:, [0, 3]]).sum(axis=1) == pytest.approx(np.ones(4))
    assert (logits[:, [1, 2, 4]] < -60).all()


def test_a_layer_without_spans_is_outside_everywhere() -> None:
    head = _learn(np.zeros((3, 2), dtype=np.float32), np.zeros(3, dtype=np.int16), TAGS)
    assert head.model is None
    assert head.logits(np.zeros((2, 2), dtype=np.float32)).argmax(axis=1).tolist() == [0, 0]
    assert Head(("A",), SimpleNamespace(), np.array([0])).logits(np.zeros((0, 2), dtype=np.float32)).shape == (0, 3)

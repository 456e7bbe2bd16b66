"""The usual recipe: labels on first sub-tokens, what is too long cut off, the most probable tag of each word."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from rolecall.core.records import Article
from rolecall.train import encoders
from rolecall.train.baselines.recipe import Model, _example, _tags, first_pieces

NAMES = ["O", "B-A", "I-A"]


def test_first_pieces() -> None:
    assert first_pieces([None, 0, 0, 1, 3, 3, 3, None]) == [(1, 0), (3, 1), (4, 3)]
    assert first_pieces([None, None]) == []


class Echo(torch.nn.Module):
    """Gives the third tag to [CLS] and to what follows it, then always the second."""

    device = torch.device("cpu")

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        logits = torch.zeros(*input_ids.shape, 3)
        logits[:, :2, 2] = 1
        logits[:, 2:, 1] = 1
        return SimpleNamespace(logits=logits)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(Echo(), encoders.load_tokenizer(encoders.resolve("default")), 6, NAMES)


def test_a_tag_sits_on_the_first_sub_token(model: Model) -> None:
    words = ["Karaganda", "slept", "and", "Aktobe", "woke"]
    pieces = model.tokenizer(words, is_split_into_words=True).word_ids(0)
    assert pieces[:5] == [None, 0, 0, 0, 1]
    example = _example(model, words, [1, 0, 2, 1, 2])
    assert example["labels"] == [-100, 1, -100, -100, 0, -100]  # six sub-tokens: the rest is cut off
    assert len(example["input_ids"]) == len(example["attention_mask"]) == 6


def test_words_that_were_cut_off_have_no_tag(model: Model) -> None:
    words = ["Police", "left", "the", "square", "at", "noon"]
    assert _tags(model, [words, ["Police"]]) == [["I-A", "B-A", "B-A", "B-A", "O", "O"], ["I-A"]]
    assert Article.of(" ".join(words)).text.split() == words

"""Windows with tags, the ledger of what cannot be tagged, and the loss by layer."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import datasets
import numpy as np
import pytest
import torch

from rolecall.core import bio
from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger
from rolecall.core.scheme import load_scheme
from rolecall.train.examples import Collator, Example, examples, load
from rolecall.train.labels import tag_sets
from rolecall.train.loss import Loss
from rolecall.train.windows import Encoder, Window

PROTEST = load_scheme("protest")


def row(text: str, *spans: tuple[str, str]) -> dict[str, Any]:
    found = [(text.index(phrase), phrase, role) for phrase, role in spans]
    return {
        "id": "a",
        "text": text,
        "spans": [{"start": s, "end": s + len(phrase), "role": role, "text": phrase} for s, phrase, role in found],
    }


def names(example: Example, layer: int) -> list[str]:
    tags = bio.tag_names(role.name for role in PROTEST.layers[layer].roles)
    return [tags[tag] for tag in example.tags[:, layer]]


def test_layers_are_tagged_apart(encoder: Encoder) -> None:
    ledger = Ledger()
    article = row("Police held 12 marchers", ("12", "DETAINED_COUNT"), ("marchers", "PARTICIPANT"), ("held", "ARREST"))
    [example] = examples("train", [article], encoder, PROTEST, ledger)
    assert names(example, 0) == ["O", "B-ARREST", "O", "O"]
    assert names(example, 1) == ["O", "O", "O", "B-PARTICIPANT"]
    assert names(example, 2) == ["O", "O", "B-DETAINED_COUNT", "O"]
    assert [str(balance) for balance in ledger.balances()] == [
        "encode train: 3 spans in = 3 kept + 0 changed + 0 dropped"
    ]


def test_what_tokens_cannot_reach_is_in_the_ledger(encoder: Encoder) -> None:
    ledger = Ledger()
    article = row(
        "strikers \u200b went home", ("striker", "PARTICIPANT"), ("\u200b", "PLACE"), ("went home", "PROTEST")
    )
    [example] = examples("train", [article], encoder, PROTEST, ledger)
    assert names(example, 1)[0] == "B-PARTICIPANT"
    assert [(entry.outcome, entry.reason, entry.became) for entry in ledger.entries] == [
        ("changed", "widened to whole tokens", "0:8 PARTICIPANT 'strikers'"),
        ("dropped", "holds no token", None),
    ]
    [balance] = ledger.balances()
    assert (balance.entered, balance.kept) == (3, 1)


def test_a_span_across_windows_keeps_its_tags(encoder: Encoder) -> None:
    text = " ".join(["march"] * 40)
    article = {**row(text), "spans": [{"start": 0, "end": len(text), "role": "PLACE", "text": text}]}
    found = list(examples("train", [article], encoder, PROTEST, Ledger()))
    assert len(found) > 2
    assert [name for example in found for name in names(example, 3)] == ["B-PLACE"] + ["I-PLACE"] * 39


def test_the_collator_labels_the_units_first_sub_tokens_only() -> None:
    window = Window(np.array([2, 11, 12, 13, 3], dtype=np.int32), 0, np.array([1, 3]))
    short = Window(np.array([2, 11, 3], dtype=np.int32), 0, np.array([1]))
    batch = Collator(0)([Example(window, np.array([[1, 0], [2, 5]])), Example(short, np.array([[0, 7]]))])
    ignored = [-100, -100]
    assert batch["labels"].tolist() == [
        [ignored, [1, 0], ignored, [2, 5], ignored],
        [ignored, [0, 7], ignored, ignored, ignored],
    ]


def test_of_no_examples_the_collator_makes_one_window_without_a_label() -> None:
    batch = Collator(7, range(2, 8), layers=3)([])
    assert (batch["input_ids"].tolist(), batch["attention_mask"].tolist()) == ([[7]], [[1]])
    assert batch["labels"].tolist() == [[[-100] * 3]]
    assert 2 <= int(batch["position_ids"]) < 8


def test_windows_begin_anywhere_that_leaves_them_room() -> None:
    window = Window(np.array([2, 11, 3], dtype=np.int32), 0, np.array([1]))
    collator = Collator(0, range(2, 8))
    rows = collator([Example(window, np.array([[1]]))] * 400)["position_ids"].tolist()
    assert {tuple(row) for row in rows} == {(2, 3, 4), (3, 4, 5), (4, 5, 6), (5, 6, 7)}
    assert "position_ids" not in Collator(0)([Example(window, np.array([[1]]))])


def test_the_loss_is_the_mean_over_units_added_over_layers() -> None:
    tags = tag_sets(PROTEST)
    logits = torch.zeros(1, 3, 42)
    labels = torch.full((1, 3, 4), -100)
    labels[0, 1] = 0
    labels[0, 2] = torch.tensor([8, 10, 14, 6])
    uniform = sum(np.log(width) for width in (9, 11, 15, 7))
    loss = Loss(tags)
    assert loss(SimpleNamespace(logits=logits), labels).item() == pytest.approx(uniform, rel=1e-5)
    logits[0, 2, 9 + 10] = 50  # sure of, and right in, one layer of one unit: only that layer's part goes
    expected = uniform - np.log(11) / 2
    assert loss(SimpleNamespace(logits=logits), labels).item() == pytest.approx(expected, rel=1e-5)
    halves = [
        loss(SimpleNamespace(logits=logits[:, i : i + 1]), labels[:, i : i + 1], num_items_in_batch=8) for i in (1, 2)
    ]
    assert torch.stack(halves).sum().item() == pytest.approx(expected, rel=1e-5)


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no dataset"):
        load(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no dataset"):
        load(tmp_path)
    table = datasets.Dataset.from_dict({"id": ["a"], "text": ["b"]})
    table.save_to_disk(tmp_path / "table")
    with pytest.raises(InputError, match="has no train split"):
        load(tmp_path / "table")
    datasets.DatasetDict(train=table).save_to_disk(tmp_path / "plain")
    with pytest.raises(InputError, match="lacks columns spans"):
        load(tmp_path / "plain")

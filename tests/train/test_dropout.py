"""Dropout with bits drawn faster: the same to whoever trains with it as torch's own."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import BertConfig, DistilBertConfig, ModernBertConfig

from rolecall.train import dropout as own
from rolecall.train.dropout import QuickDropout, dropout, drops_attention
from rolecall.train.fit import fit
from rolecall.train.settings import FitConfig


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_as_many_are_dropped_as_was_asked_and_the_others_scaled_up(p: float, dtype: torch.dtype) -> None:
    count = 1_000_003  # no multiple of four
    found = dropout(torch.ones(count, dtype=dtype), p)
    dropped = round(65_536 * p) / 65_536
    assert set(found.tolist()) == {0.0, torch.tensor(1 / (1 - dropped), dtype=dtype).item()}
    deviation = (count * p * (1 - p)) ** 0.5
    assert abs(int(found.eq(0).sum()) - count * p) < 4 * deviation


def test_neighbours_are_dropped_independently() -> None:
    """Also those that one draw of 64 bits decides on."""
    kept = dropout(torch.ones(4_000_000), 0.5).ne(0).double()
    rows = kept.view(-1, 4).T
    assert torch.corrcoef(rows).fill_diagonal_(0).abs().max() < 5e-3  # five standard deviations of a million pairs
    assert abs(torch.corrcoef(torch.stack((kept[:-1], kept[1:])))[0, 1]) < 2.5e-3


def test_the_gradient_goes_where_the_values_went() -> None:
    values = torch.randn(3, 5, 7, requires_grad=True)
    found = dropout(values, 0.25)
    (gradient,) = torch.autograd.grad(found.sum(), values)
    assert torch.equal(gradient, torch.where(found.eq(0), 0.0, 1 / 0.75))
    assert torch.equal(found, values * gradient)


def test_a_seed_says_what_is_dropped() -> None:
    def draw(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return dropout(torch.ones(1000), 0.1)

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))
    state = torch.get_rng_state()
    first = dropout(torch.ones(1000))
    torch.set_rng_state(state)
    assert torch.equal(first, dropout(torch.ones(1000)))


@pytest.mark.parametrize(("p", "training"), [(0.0, True), (1.0, True), (0.3, False), (1e-9, True)])
def test_what_needs_no_bits_is_torch_s(p: float, training: bool) -> None:
    values = torch.randn(4, 3)
    assert torch.equal(dropout(values, p, training), functional.dropout(values, p, training))


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="dropout probability"):
        dropout(torch.ones(1), p)


def test_values_are_replaced_in_place_where_that_is_asked() -> None:
    values = torch.ones(1000)
    assert dropout(values, 0.5, inplace=True) is values
    assert values.eq(0).any()


def test_layers_and_functions_use_it_while_it_is_entered() -> None:
    layer, ones = torch.nn.Dropout(0.5), torch.ones(1000)

    def drawn(function: Any) -> torch.Tensor:
        torch.manual_seed(3)
        return torch.as_tensor(function(ones))

    expected = drawn(dropout)
    with QuickDropout():
        for function in (layer, functional.dropout):
            assert torch.equal(drawn(function), expected)
        assert torch.equal(layer.eval()(ones), ones)
    assert not torch.equal(drawn(functional.dropout), expected)


def test_configs_say_whether_attention_is_dropped() -> None:
    def says(config: Any) -> bool:
        network: Any = torch.nn.Module()
        network.config = config
        return drops_attention(network)

    assert says(BertConfig())
    assert says(DistilBertConfig())
    assert not says(BertConfig(attention_probs_dropout_prob=0.0))
    assert not says(ModernBertConfig())


@pytest.mark.train
def test_training_drops_everything_by_it(dropping: FitConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: set[int] = set()

    def watched(values: torch.Tensor, p: float, training: bool, inplace: bool) -> torch.Tensor:
        if training and p:
            shapes.add(values.dim())
        return dropout(values, p, training, inplace)

    def attended(*values: Any, dropout_p: float = 0.0, **options: Any) -> torch.Tensor:
        assert not dropout_p, "torch drops for itself"
        return attention(*values, **options)

    attention = functional.scaled_dot_product_attention
    monkeypatch.setattr(own, "dropout", watched)
    monkeypatch.setattr(functional, "scaled_dot_product_attention", attended)
    fit(dropping.model_copy(update={"run": tmp_path / "run", "epochs": 1, "precision": "float32", "keep": "last"}))
    assert shapes == {3, 4}  # hidden states, and attention

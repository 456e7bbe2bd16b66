"""The loss against every tag sequence, listed one by one, and its gradient against finite differences."""

from itertools import pairwise, product
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rolecall.train import transitions
from rolecall.train.labels import TagSet
from rolecall.train.loss import Loss

TAGS = (TagSet("one", ("X",), 0), TagSet("two", ("Y", "Z"), 3))
IGNORED = -100
WEIGHTS = [
    transitions.valid(wide) + np.random.default_rng(wide).normal(size=(wide, wide)) for wide in (3, 5)
]  # fmt: skip


def improbability(logits: np.ndarray, gold: list[int], weights: np.ndarray) -> float:  # type: ignore[type-arg]
    def score(path: tuple[int, ...]) -> float:
        links = sum(weights[pair] for pair in pairwise(path))
        return float(sum(logits[unit, tag] for unit, tag in enumerate(path)) + links)

    every = product(range(logits.shape[1]), repeat=len(gold))
    return float(np.logaddexp.reduce([score(path) for path in every]) - score(tuple(gold)))


@pytest.mark.filterwarnings("ignore:invalid value encountered in logaddexp")
def test_it_is_how_improbable_the_gold_sequences_are() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(2, 6, 8)).astype(np.float32) * 2
    labels = torch.full((2, 6, 2), IGNORED)
    # The first window has four units, on tokens 1, 2, 4 and 5; the second one, on token 1.
    places, golds = [[1, 2, 4, 5], [1]], [([1, 2, 0, 1], [4, 4, 3, 4]), ([2], [1])]  # some begin inside a span
    expected = 0.0
    for window, (own, layers) in enumerate(zip(places, golds, strict=True)):
        for layer, gold in enumerate(layers):
            labels[window, own, layer] = torch.tensor(gold)
            expected += improbability(logits[window, own][:, TAGS[layer].columns], gold, WEIGHTS[layer])
    found = Loss(TAGS, WEIGHTS)(SimpleNamespace(logits=torch.from_numpy(logits)), labels)
    assert found.item() == pytest.approx(expected * 2 / 10, rel=1e-5)  # ten labels, a mean over units


def test_its_gradient_is_that_of_its_value() -> None:
    rng = np.random.default_rng(2)
    logits = torch.from_numpy(rng.normal(size=(2, 4, 8)).astype(np.float32)).requires_grad_()
    labels = torch.tensor([[[1, 0], [2, 1], [0, 2], [1, 3]], [[2, 0], [IGNORED] * 2, [1, 1], [IGNORED] * 2]])
    loss = Loss(TAGS, WEIGHTS)
    loss(SimpleNamespace(logits=logits), labels).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    for place in [(0, 0, 1), (0, 1, 2), (0, 3, 6), (1, 0, 0), (1, 2, 4), (1, 1, 0)]:
        step = torch.zeros_like(logits)
        step[place] = 1e-2
        ahead, behind = (loss(SimpleNamespace(logits=logits.detach() + way), labels).item() for way in (step, -step))
        assert logits.grad[place].item() == pytest.approx((ahead - behind) / 2e-2, abs=2e-4)


def test_without_weights_it_is_the_cross_entropy() -> None:
    rng = np.random.default_rng(3)
    logits = torch.from_numpy(rng.normal(size=(3, 5, 3)).astype(np.float32))
    labels = torch.from_numpy(rng.integers(0, 3, (3, 5, 1)))
    found = Loss(TAGS[:1])(SimpleNamespace(logits=logits), labels)
    plain = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    assert found.item() == pytest.approx(plain.item(), rel=1e-5)


def test_a_layer_without_labels_has_no_part() -> None:
    logits = torch.randn(1, 3, 8, requires_grad=True)
    labels = torch.tensor([[[1, IGNORED], [0, IGNORED], [1, IGNORED]]])
    both = Loss(TAGS, WEIGHTS)(SimpleNamespace(logits=logits), labels)
    alone = Loss(TAGS[:1], WEIGHTS[:1])(SimpleNamespace(logits=logits), labels[..., :1])
    assert both.item() == pytest.approx(2 * alone.item(), rel=1e-5)
    both.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert not logits.grad[..., 3:].any()


def test_a_long_and_very_sure_window_stays_finite() -> None:
    logits = torch.full((1, 5000, 3), -50.0)
    labels = torch.zeros(1, 5000, 1, dtype=torch.long)
    labels[0, ::2], labels[0, 1::2] = 1, 2
    logits.scatter_(2, labels, 50.0)
    logits.requires_grad_()
    loss = Loss(TAGS[:1], WEIGHTS[:1])(SimpleNamespace(logits=logits), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(0, abs=1e-3)
    assert logits.grad is not None
    assert bool(logits.grad.isfinite().all())


def test_a_batch_without_labels_moves_nothing() -> None:
    logits = torch.randn(1, 2, 8, requires_grad=True)
    loss = Loss(TAGS, WEIGHTS)(SimpleNamespace(logits=logits), torch.full((1, 2, 2), IGNORED), torch.tensor(7))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()

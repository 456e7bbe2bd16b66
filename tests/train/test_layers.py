"""Layers beside each other: spans that overlap across them, and losses of which none drowns another."""

from math import log
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
import torch
from transformers import set_seed

from rolecall.core.ledger import Ledger
from rolecall.core.records import Article
from rolecall.core.scheme import Layer, Scheme, load_scheme
from rolecall.train import head
from rolecall.train.examples import Collator, examples
from rolecall.train.job import new_tagger
from rolecall.train.labels import tag_sets
from rolecall.train.loss import Loss
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger, tag
from tests.train import corpus

PROTEST = load_scheme("protest")
IGNORED = -100


def keys(tagger: Tagger, text: str) -> set[tuple[int, int, str]]:
    [spans] = tag(tagger, [Article.of(text, id="a")], tagger.encoder.encode([text]), 512)
    return {span.key for span in spans}


@pytest.mark.train
@pytest.mark.parametrize("sentence", corpus.PROTEST)
def test_one_phrase_comes_out_in_two_layers_and_a_place_inside_a_name(layered: Tagger, sentence: str) -> None:
    text, gold = corpus.parse(sentence)
    assert keys(layered, text) == {span.key for span in gold}


@pytest.mark.train
def test_the_same_bounds_and_nested_bounds_in_one_article(layered: Tagger) -> None:
    [marked] = corpus.shuffled(corpus.PROTEST, 1, seed=9)
    text, gold = corpus.parse(marked)
    found = keys(layered, text)
    assert found == {span.key for span in gold}
    at = {(start, end): {role for *bounds, role in found if bounds == [start, end]} for start, end, _ in found}
    assert {"PARTICIPANT", "DETAINEE"} in at.values()
    assert {"PARTICIPANT", "VICTIM"} in at.values()
    [(start, end)] = [(start, end) for start, end, role in found if role == "ORGANIZER"]
    assert any(start < low < high < end for low, high, role in found if role == "PLACE")


def two_layers(dense: int, sparse: int) -> Scheme:
    """A scheme of two layers with so many roles."""
    [role, *_] = PROTEST.layers[0].roles

    def layer(name: str, number: int) -> Layer:
        own = (role.model_copy(update={"name": f"{name}{i}", "hotkey": None}) for i in range(number))
        return Layer(name=name, roles=tuple(own))

    return Scheme(name="two", version=1, layers=(layer("DENSE", dense), layer("SPARSE", sparse)))


def test_a_layer_costs_what_it_costs_alone() -> None:
    # Four units. The dense layer (2 roles, 5 tags) has three units of a role, the sparse one (5 roles, 11 tags) one.
    # Uniform logits cost log 5 and log 11 a unit, however many units of a layer are O.
    both, dense, sparse = tag_sets(two_layers(2, 5)), tag_sets(two_layers(2, 1))[:1], tag_sets(two_layers(5, 1))[:1]
    labels = torch.tensor([[[1, 0], [2, 0], [3, 0], [0, 7], [IGNORED, IGNORED]]])
    logits = torch.zeros(1, 5, 16)
    loss = Loss(both)(SimpleNamespace(logits=logits), labels)
    assert loss.item() == pytest.approx(log(5) + log(11), rel=1e-6)
    alone = [
        Loss(dense)(SimpleNamespace(logits=logits[..., :5]), labels[..., :1]),
        Loss(sparse)(SimpleNamespace(logits=logits[..., 5:]), labels[..., 1:]),
    ]
    assert [each.item() for each in alone] == pytest.approx([log(5), log(11)], rel=1e-6)


def test_a_layers_gradient_does_not_depend_on_the_others() -> None:
    rng = np.random.default_rng(0)
    both, sparse = tag_sets(two_layers(2, 5)), tag_sets(two_layers(5, 1))[:1]
    values = torch.from_numpy(rng.normal(size=(3, 8, 16)))
    labels = torch.stack([torch.from_numpy(rng.integers(0, wide, (3, 8))) for wide in (5, 11)], dim=-1)
    others = labels.clone()
    others[..., 0] = 0

    def gradient(tags: object, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits = logits.clone().requires_grad_()
        Loss(tags)(SimpleNamespace(logits=logits), targets).backward()  # type: ignore[arg-type, no-untyped-call]
        assert logits.grad is not None
        return logits.grad

    own = gradient(sparse, values[..., 5:], labels[..., 1:])
    assert torch.equal(gradient(both, values, labels)[..., 5:], own)
    assert torch.equal(gradient(both, values, others)[..., 5:], own)
    assert own.abs().sum() > 0


@pytest.mark.train
def test_a_sparse_layer_moves_the_encoder_beside_a_dense_one(settings: FitConfig) -> None:
    # Of 40 units, 20 are spans of the dense layer and 1 is a span of the sparse one. Both heads start out knowing their
    # tags' frequencies: what is left is for the encoder to learn. With seeds 0 to 5 the sparse layer's part of
    # the loss is 16 to 17 percent, and of the encoder's gradient (norm) 34 to 43 percent; half of that holds anywhere.
    scheme = two_layers(5, 5)
    words = " ".join(f"word [men|DENSE{i % 5}]" if i != 7 else "[rally|SPARSE3] [men|DENSE0]" for i in range(20))
    text, spans = corpus.parse(words)
    row = {"id": "a", "text": text, "spans": [msgspec.to_builtins(span) for span in spans]}
    set_seed(0)
    tagger = new_tagger(settings, scheme)
    found = list(examples("train", [row], tagger.encoder, scheme, Ledger()))
    head.start_from_frequencies(tagger.model, found, tagger.tags)
    batch = Collator(tagger.encoder.padding)(found)
    labels = batch.pop("labels")
    losses, norms = [], []
    for layer in range(2):
        own = torch.full_like(labels, IGNORED)
        own[..., layer] = labels[..., layer]
        tagger.model.zero_grad()
        loss = Loss(tagger.tags)(tagger.model(**batch), own, num_items_in_batch=int(labels.ne(IGNORED).sum()))
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.item())
        grads = [p.grad for p in tagger.model.base_model.parameters() if p.grad is not None]
        norms.append(torch.stack([grad.norm() for grad in grads]).norm().item())
    assert losses[1] / sum(losses) > 0.08
    assert norms[1] / sum(norms) > 0.17

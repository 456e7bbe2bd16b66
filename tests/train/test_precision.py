"""Numbers to train in: chosen by the machine, said by the run, and left behind in float32."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rolecall.evaluate.counts import Counts
from rolecall.train import run as runs
from rolecall.train.examples import load
from rolecall.train.fit import fit
from rolecall.train.interrupts import Stop
from rolecall.train.job import prepare
from rolecall.train.precision import full, is_half, plain_attention
from rolecall.train.processes import Team
from rolecall.train.settings import FitConfig, Precision
from rolecall.train.tagger import Tagger
from rolecall.train.trainer import Around, SpanTrainer, arguments


@pytest.mark.parametrize(
    ("precision", "able", "half"),
    [
        ("auto", {"avx512_bf16": True}, True),
        ("auto", {"amx_bf16": True, "avx512_bf16": False}, True),
        ("auto", {"avx2": True}, False),
        ("float32", {"avx512_bf16": True}, False),
        ("bfloat16", {}, True),
    ],
)
def test_a_cpu_is_asked_what_it_multiplies(
    monkeypatch: pytest.MonkeyPatch, precision: Precision, able: dict[str, bool], half: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able, raising=False)
    assert is_half(precision, "cpu") is half


def test_other_devices_train_in_float32_unless_told() -> None:
    assert not is_half("auto", "mps")
    assert is_half("bfloat16", "mps")


@pytest.mark.train
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_both_leave_float32_weights_and_say_so(tiny: FitConfig, tmp_path: Path, precision: Precision) -> None:
    fitted = fit(tiny.model_copy(update={"run": tmp_path / "run", "epochs": 1, "precision": precision, "keep": "last"}))
    assert runs.open_run(fitted.path).info.precision == precision
    assert {weight.dtype for weight in load_file(fitted.path / "model.safetensors").values()} == {torch.float32}


@pytest.mark.train
def test_what_trains_in_bfloat16_is_measured_in_float32(tiny: FitConfig, tmp_path: Path) -> None:
    settings = tiny.model_copy(update={"run": tmp_path / "run", "epochs": 1, "precision": "bfloat16"})
    job = prepare(settings, load(settings.dataset), Team(), None)
    model, measured = job.tagger.model, []
    seen: set[tuple[bool, torch.dtype]] = set()
    model.classifier.register_forward_hook(lambda layer, _, output: seen.add((layer.training, output.dtype)))

    def measure(tagger: Tagger) -> dict[str, Counts]:
        ids = np.array([job.learned[0].window.ids], dtype=np.int64)
        measured.append(tagger.network(ids, np.ones_like(ids)))
        return {}

    args = arguments(settings, tmp_path, measured=True)
    around, best = Around(Team(), Stop(0)), tmp_path / "best.safetensors"
    trainer = SpanTrainer(job.tagger, job.learned, settings, args=args, measure=measure, around=around, best=best)
    trainer.go_on(None)
    assert seen == {(True, torch.bfloat16), (False, torch.float32)}
    measure(job.tagger)  # the kept weights, as whoever comes after training reads them
    assert seen == {(True, torch.bfloat16), (False, torch.float32)}
    assert np.array_equal(measured[0], measured[1])


def test_what_wraps_a_network_comes_back_however_the_block_ends() -> None:
    network: Any = torch.nn.Linear(1, 1)
    network.forward = wrapped = lambda _: torch.zeros(1)

    def interrupt() -> None:
        with full(network):
            assert network(torch.ones(1, 1)).shape == (1, 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert network.forward is wrapped
    with full(plain := torch.nn.Linear(1, 1)):
        pass
    assert "forward" not in vars(plain)


def test_attention_is_put_back_however_the_block_ends() -> None:
    from transformers import BertConfig, BertForTokenClassification

    network = BertForTokenClassification(
        BertConfig(vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    )
    before = network.config._attn_implementation
    seen = []

    def interrupt() -> None:
        with plain_attention(network, wanted=True):
            seen.append(network.config._attn_implementation)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert seen == ["eager"]
    assert network.config._attn_implementation == before != "eager"

"""Numbers to train in: chosen by the machine, said by the run, and left behind in float32."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rolecall.train import run as runs
from rolecall.train.fit import fit
from rolecall.train.precision import is_half, plain_attention
from rolecall.train.settings import FitConfig, Precision


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
def test_both_leave_float32_weights_and_say_so(dataset: Path, tmp_path: Path, precision: Precision) -> None:
    settings = FitConfig(
        dataset=dataset, run=tmp_path / "run", epochs=1, batch_tokens=256, least_steps=0, window=64, overlap=16,
        device="cpu", precision=precision, keep="last",
    )  # fmt: skip
    fitted = fit(settings)
    assert runs.open_run(fitted.path).info.precision == precision
    assert {weight.dtype for weight in load_file(fitted.path / "model.safetensors").values()} == {torch.float32}


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

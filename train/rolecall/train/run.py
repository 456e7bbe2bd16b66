"""The folder of a run: a model that transformers loads as it is, and beside it all that rolecall needs to know.

DIR/config.json, model.safetensors, tokenizer*.json   the model, for AutoModelForTokenClassification
DIR/transitions.json how tags follow each other, for the decoder
DIR/run.json         versions, scheme, dataset, encoder, kept epoch
DIR/settings.yaml    every setting
DIR/scheme.yaml      the labelling scheme
DIR/metrics.jsonl    a line an epoch
DIR/ledger.jsonl     what the encoder's tokens could not reach
"""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import msgspec
import torch

from rolecall.core import __version__, config, jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.scheme import Scheme, load_scheme
from rolecall.train import encoders, transitions
from rolecall.train.labels import column_names, tag_sets
from rolecall.train.precision import is_half
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from rolecall.train.windows import Encoder

MARK = "run.json"


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What made a run; `dataset` is the SHA-256 of the dataset's manifest, `epoch` the one whose weights are kept.

    `stopped` is the epoch behind which training ended early, as `patience` says.
    """

    scheme: str
    dataset: str
    encoder: str
    window: int
    overlap: int
    epoch: int
    stopped: int | None = None
    threads: int
    processes: int = 1
    device: str
    precision: str = "float32"
    versions: dict[str, str]


class Run(NamedTuple):
    """A run that was opened; `name` is what its annotations are signed with."""

    path: Path
    info: Info
    scheme: Scheme

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.resolve().name


def versions() -> dict[str, str]:
    """Name the versions that a result depends on."""
    packages = ("torch", "transformers", "tokenizers", "datasets", "numpy")
    return {"rolecall": __version__, "python": platform.python_version(), **{name: version(name) for name in packages}}


def conditions(settings: FitConfig) -> dict[str, str]:
    """Name what a result depends on besides settings and data: versions, and what device and precision are here."""
    device = find_device(settings.device)
    return {
        **versions(),
        "device": device,
        "precision": "bfloat16" if is_half(settings.precision, device) else "float32",
    }


def save(folder: Path, tagger: Tagger, info: Info, scheme: Scheme) -> None:
    """Write a model and what describes it into a folder."""
    encoders.save(tagger.model, tagger.encoder.tokenizer, folder)
    transitions.write(folder, tagger.tags, tagger.transitions)
    jsonl.write_text(folder / "scheme.yaml", config.dump(scheme))
    jsonl.write_json(folder / MARK, info)


def open_run(path: Path) -> Run:
    """Read what a run says of itself; raise InputError where the folder holds none."""
    try:
        info = msgspec.json.decode((path / MARK).read_bytes(), type=Info)
    except OSError as error:
        raise InputError("holds no run", path=path, remedy="make one: rolecall train fit") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be understood: {error}", path=path / MARK, remedy="train the run again") from error
    scheme = load_scheme(path / "scheme.yaml")
    if scheme.fingerprint != info.scheme:
        raise SchemeMismatchError(info.scheme, scheme.fingerprint, path=path / "scheme.yaml")
    return Run(path, info, scheme)


def load_tagger(run: Run, device: str = "auto") -> Tagger:
    """Load the model of a run onto a device; raise InputError where that fails, or where its labels are others."""
    tags = tag_sets(run.scheme)
    source = encoders.Source(str(run.path), run.name, "train the run again")
    tokenizer, model = encoders.load_tokenizer(source), encoders.load_trained(source)
    if model.config.id2label != dict(enumerate(column_names(tags))):
        raise InputError(
            "has other labels than the scheme beside it", path=run.path / "config.json", remedy="train the run again"
        )
    encoder = Encoder(tokenizer, window=run.info.window, overlap=run.info.overlap)
    try:
        model.to(find_device(device))
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device {device!r}: {str(error).splitlines()[0]}", remedy="use --device auto") from error
    return Tagger(model.eval(), encoder, tags, transitions.read(run.path, tags))


def find_device(name: str) -> str:
    """Resolve "auto" to the best device there is."""
    if name != "auto":
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"

"""The folder of a run: a model that transformers loads as it is, and beside it all that rolecall needs to know.

DIR/config.json, model.safetensors, tokenizer*.json   the model, for AutoModelForTokenClassification
DIR/transitions.json how tags follow each other, for the decoder
DIR/run.json         versions, scheme, dataset, encoder, kept epoch
DIR/settings.yaml    every setting
DIR/scheme.yaml      the labelling scheme
DIR/metrics.jsonl    a line an epoch
DIR/ledger.jsonl     what the encoder's tokens could not reach
"""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.core import __version__, config, jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.scheme import Scheme, load_scheme
from rolecall.train import encoders, exported, transitions
from rolecall.train.labels import TagSet, column_names, tag_sets
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from rolecall.train.windows import Encoder

MARK = "run.json"
PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "numpy")
"""What training depends on."""
READING = ("torch", "transformers", "tokenizers", "numpy")
"""What labels of a run depend on, as long as it is not exported."""


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


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Name the versions that a result depends on."""
    return {"rolecall": __version__, "python": platform.python_version(), **{name: version(name) for name in packages}}


def packages(run: Run) -> tuple[str, ...]:
    """Name the packages that labels of a run depend on."""
    return exported.PACKAGES if exported.is_exported(run.path) else READING


def conditions(settings: FitConfig) -> dict[str, str]:
    """Name what a result depends on besides settings and data: versions, and what device and precision are here."""
    from rolecall.train.device import find_device
    from rolecall.train.precision import is_half

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


def precision(run: Run, *, half: bool = False) -> str:
    """Name what the run's matrix products are made of, `half` when bfloat16 was asked for.

    Raises InputError for an exported run then, whose numbers were chosen when it was exported.
    """
    if not exported.is_exported(run.path):
        return "bfloat16" if half else "float32"
    own = exported.read_note(run.path).precision
    if half:
        raise InputError(f"is an exported run, which computes in {own}", path=run.path, remedy="leave --precision out")
    return own


def load_tagger(run: Run, device: str = "auto", threads: int | None = None, *, half: bool = False) -> Tagger:
    """Load the network of a run, or of one that was exported, onto a device; `half` has it compute in bfloat16.

    Raises InputError where that fails, or where its labels are others than the scheme's. An exported one is loaded
    without torch, and keeps to so many threads; torch has its number for all it does, see `threads.limited`.
    """
    numbers = precision(run, half=half)
    tags, window, overlap = _tags(run), run.info.window, run.info.overlap
    weights = transitions.read(run.path, tags)
    if exported.is_exported(run.path):
        network, encoder = exported.load(run.path, window=window, overlap=overlap, device=device, threads=threads)
        return Tagger(network, encoder, tags, weights)
    from rolecall.train.torch_network import moved

    source = encoders.Source(str(run.path), run.name, "train the run again")
    encoder = Encoder(encoders.load_tokenizer(source), window=window, overlap=overlap)
    return Tagger(moved(encoders.load_trained(source), device, half=numbers == "bfloat16"), encoder, tags, weights)


def _tags(run: Run) -> tuple[TagSet, ...]:
    """Return the tag sets of a run; raise InputError where its model has other labels."""
    tags, path = tag_sets(run.scheme), run.path / "config.json"
    try:
        labels = json.loads(path.read_bytes())["id2label"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("cannot be understood: it names no labels", path=path, remedy="train the run again") from error
    if labels != {str(index): name for index, name in enumerate(column_names(tags))}:
        raise InputError("has other labels than the scheme beside it", path=path, remedy="train the run again")
    return tags

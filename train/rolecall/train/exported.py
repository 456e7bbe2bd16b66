"""A run that was exported to ONNX: its folder, and its network, which is read without torch.

DIR/model.onnx       the network: inputs `input_ids` and `attention_mask`, output `logits`, as optimum names them
DIR/export.json      from which run, with what, and how it was verified
DIR/config.json, tokenizer*.json, transitions.json, run.json, scheme.yaml   as in the run
"""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rolecall.core.errors import InputError
from rolecall.train.network import Integers
from rolecall.train.threads import sensible
from rolecall.train.windows import Encoder

MODEL, NOTE = "model.onnx", "export.json"
Precision = Literal["int8", "float32"]
PACKAGES = ("onnxruntime", "tokenizers", "numpy")
"""What labels depend on."""
AGAIN = "export the run again: rolecall train export"


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """How the exported network's spans compare with those of the run, on the same articles.

    `same` spans have the same bounds and role; `agreement` is their strict micro F1, and `f1_before` and `f1_after` are
    those against gold, where it was given. `loss` is what F1 lost against gold, else what is missing to full agreement;
    `limit` is how much was allowed. `score` is the largest difference of the probabilities of a span that both have.
    """

    articles: int
    spans: int
    same: int
    added: int
    missing: int
    agreement: float
    score: float
    loss: float
    limit: float
    f1_before: float | None = None
    f1_after: float | None = None

    @property
    def good(self) -> bool:
        """Whether no more was lost than allowed."""
        return self.loss <= self.limit


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """The file export.json; `run` is the name of the run, `weights` SHA-256 of its files, `padding` a token id."""

    run: str
    weights: str
    precision: Precision
    padding: int
    versions: dict[str, str]
    verified: Verified | None = None


class Loaded(NamedTuple):
    """A network and what cuts texts for it."""

    network: "OnnxNetwork"
    encoder: Encoder


class OnnxNetwork:
    """A token classifier as a session of ONNX Runtime."""

    device = "cpu"

    def __init__(self, model: Any, threads: int, precision: Precision) -> None:
        self.model, self.threads, self.precision = model, threads, precision

    def __call__(self, ids: Integers, mask: Integers) -> NDArray[np.float32]:
        """Run one batch."""
        return np.asarray(self.model.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0], dtype=np.float32)


def is_exported(folder: Path) -> bool:
    """Say whether a folder holds an exported run."""
    return (folder / NOTE).is_file()


def load(folder: Path, *, window: int, overlap: int, device: str = "auto", threads: int | None = None) -> Loaded:
    """Load an exported network, which computes on the CPU with a number of threads, and its tokenizer.

    Raises InputError for another device, and where ONNX Runtime is not installed or cannot read the network.
    """
    if device not in {"auto", "cpu"}:
        raise InputError(
            f"device {device!r}: an exported run computes on the CPU",
            path=folder,
            remedy="use --device auto, or the run itself",
        )
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise InputError(
            "is an exported run, and onnxruntime is not installed", path=folder, remedy="pip install 'rolecall[onnx]'"
        ) from error
    note = read_note(folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads = threads or sensible()
    try:
        session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # both raise classes of their own, which derive from it alone
        line = str(error).partition("\n")[0]
        raise InputError(f"cannot be loaded: {line}", path=folder, remedy=AGAIN) from error
    encoder = Encoder(tokenizer, window=window, overlap=overlap, padding=note.padding)
    return Loaded(OnnxNetwork(session, threads, note.precision), encoder)


def read_note(folder: Path) -> Note:
    """Read what an exported run says of itself; raise InputError where it cannot be understood."""
    path = folder / NOTE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be understood: {error}", path=path, remedy=AGAIN) from error
